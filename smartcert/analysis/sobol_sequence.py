"""Points of a Sobol sequence: they fill the unit cube more evenly than random ones, so that averages err less.

Source of the direction numbers: Joe and Kuo (2008), Constructing Sobol sequences with better two-dimensional
projections, SIAM Journal on Scientific Computing 30; construction: Bratley and Fox (1988), ACM Algorithm 659.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Floats
from smartcert.errors import UsageError

_BITS = 30
_DIRECTIONS = (
    (3, 1),
    (7, 1, 3),
    (11, 1, 3, 1),
    (13, 1, 1, 1),
    (19, 1, 1, 3, 3),
    (25, 1, 3, 5, 13),
    (37, 1, 1, 5, 5, 17),
    (41, 1, 1, 5, 5, 5),
    (47, 1, 1, 7, 11, 19),
    (55, 1, 1, 5, 1, 1),
    (59, 1, 1, 1, 3, 11),
    (61, 1, 3, 5, 5, 31),
    (67, 1, 3, 3, 9, 7, 49),
    (91, 1, 1, 1, 15, 21, 21),
    (97, 1, 3, 1, 13, 27, 49),
    (103, 1, 1, 1, 15, 7, 5),
    (109, 1, 3, 1, 15, 13, 25),
    (115, 1, 1, 5, 5, 19, 61),
    (131, 1, 3, 7, 11, 23, 15, 103),
    (137, 1, 3, 7, 13, 13, 15, 69),
    (143, 1, 1, 3, 13, 7, 35, 63),
    (145, 1, 3, 5, 9, 1, 25, 53),
    (157, 1, 3, 1, 13, 9, 35, 107),
    (167, 1, 3, 1, 5, 27, 61, 31),
    (171, 1, 1, 5, 11, 19, 41, 61),
    (185, 1, 3, 5, 3, 3, 13, 69),
    (191, 1, 1, 7, 13, 1, 19, 1),
    (193, 1, 3, 7, 5, 13, 19, 59),
    (203, 1, 1, 3, 9, 25, 29, 41),
    (211, 1, 3, 5, 13, 23, 1, 55),
    (213, 1, 3, 7, 3, 13, 59, 17),
    (229, 1, 3, 1, 3, 5, 53, 69),
    (239, 1, 1, 5, 5, 23, 33, 13),
    (241, 1, 1, 7, 7, 1, 61, 123),
    (247, 1, 1, 7, 9, 13, 61, 49),
    (253, 1, 3, 3, 5, 3, 55, 33),
    (285, 1, 3, 1, 15, 31, 13, 49, 245),
    (299, 1, 3, 5, 15, 31, 59, 63, 97),
    (301, 1, 3, 1, 11, 11, 11, 77, 249),
    (333, 1, 3, 1, 11, 27, 43, 71, 9),
    (351, 1, 1, 7, 15, 21, 11, 81, 45),
    (355, 1, 3, 7, 3, 25, 31, 65, 79),
    (357, 1, 3, 1, 1, 19, 11, 3, 205),
    (361, 1, 1, 5, 9, 19, 21, 29, 157),
    (369, 1, 3, 7, 11, 1, 33, 89, 185),
    (391, 1, 3, 3, 3, 15, 9, 79, 71),
    (397, 1, 3, 7, 11, 15, 39, 119, 27),
    (425, 1, 1, 3, 1, 11, 31, 97, 225),
    (451, 1, 1, 1, 3, 23, 43, 57, 177),
)
"""Per dimension from the second on: its primitive polynomial as a binary number, then the initial numbers."""
MAX_DIMENSIONS = len(_DIRECTIONS) + 1


def build_sobol_points(number: int, dimensions: int, seed: int | None = None) -> Floats:
    """Return ``number`` points (number, dimensions) of the sequence in [0, 1), the first at the origin.

    With a ``seed`` all points are moved by a random digital shift: they stay as even, and no point is at the origin.
    In each dimension every interval of length 1 / number holds exactly one point.

    >>> build_sobol_points(4, 2).tolist()
    [[0.0, 0.0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]

    Raises:
        UsageError: a number that is no power of two, for which the points are not even, or more dimensions than there
            are direction numbers.
    """
    if number < 1 or number & (number - 1):
        raise UsageError(f"a Sobol sequence is even at powers of two (128, 256, 512 ...), not at {number}")
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise UsageError(f"a Sobol sequence has 1 to {MAX_DIMENSIONS} dimensions here, not {dimensions}")
    codes = np.arange(number, dtype=np.uint32)
    codes ^= codes >> np.uint32(1)  # the Gray code, in which the next point differs in one bit
    points = np.zeros((number, dimensions), dtype=np.uint32)
    for dimension in range(dimensions):
        for bit, direction in enumerate(_list_directions(dimension)):
            chosen = (codes >> np.uint32(bit)) & np.uint32(1)
            points[:, dimension] ^= chosen * direction
    if seed is not None:
        points ^= np.random.default_rng(seed).integers(0, 1 << _BITS, dimensions, dtype=np.uint32)
    half = 0.0 if seed is None else 0.5
    values: Floats = (points.astype(np.float64) + half) / float(1 << _BITS)
    return values


def _list_directions(dimension: int) -> NDArray[np.uint32]:
    """Return the direction numbers of a dimension (bits,), as whole numbers of `_BITS` bits."""
    if dimension == 0:
        return np.array([1 << (_BITS - 1 - bit) for bit in range(_BITS)], dtype=np.uint32)
    polynomial, *initial = _DIRECTIONS[dimension - 1]
    degree = len(initial)
    numbers = [value << (_BITS - 1 - bit) for bit, value in enumerate(initial)]
    for bit in range(degree, _BITS):
        number = numbers[bit - degree] ^ (numbers[bit - degree] >> degree)
        for step in range(1, degree):
            if polynomial >> (degree - step) & 1:
                number ^= numbers[bit - step]
        numbers.append(number)
    return np.array(numbers, dtype=np.uint32)
