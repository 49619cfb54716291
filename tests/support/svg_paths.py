"""Where the paths of our charts lead."""

from __future__ import annotations

import re


def list_corners(commands: str) -> list[tuple[float, float]]:
    """Return the points of a path whose commands are M, l, h, v and Z."""
    found: list[tuple[float, float]] = []
    for command, text in re.findall(r"([MlhvZ])([-\d. ]*)", commands):
        numbers = [float(number) for number in text.split()]
        x, y = found[-1] if found else (0.0, 0.0)
        match command:
            case "M":
                found.append((numbers[0], numbers[1]))
            case "l":
                found.append((round(x + numbers[0], 6), round(y + numbers[1], 6)))
            case "h":
                found.append((round(x + numbers[0], 6), y))
            case "v":
                found.append((x, round(y + numbers[0], 6)))
    return found
