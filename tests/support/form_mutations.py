"""Seeded mutations of real forms: of bytes, of the parts inside, and of what stands in the cells."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

from smartcert.simulation.packages import build_zip

HOSTILE = (
    *("", " ", "0", "-1", "1e308", "NaN", "#N/A", "=1+1", "=cmd|'/c calc'!A0", "없음", "-", "1,23", "1.2.3", "약 5"),
    *("\u202e12", "１２", "12%", "9" * 40, "../../x", "TRUE", "2023-13-45", "<b>1</b>", "&amp;", "\x00", "٣", "½"),
)
TEXT = re.compile(rb"(<(?:v|t)(?: [^>]*)?>)([^<]*)(</(?:v|t)>)")
HANGUL_TEXT = re.compile(rb"(<hp:t>)([^<]*)(</hp:t>)")
OPEN_TEXT = re.compile(rb"(<text:p>)([^<]*)(</text:p>)")
OLD_TEXT = re.compile(rb"(\x01)((?:[\x20-\x7e]\x00){1,8})()")


def bytes_flipped(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def cut(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(data))
    return data[:begin] + data[begin + rng.randrange(len(data)) :]


def doubled(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(data))
    end = min(len(data), begin + rng.randrange(1, 4000))
    return data[:end] + data[begin:end] * rng.randint(1, 50) + data[end:]


def inside(data: bytes, rng: random.Random, change: Callable[[bytes, random.Random], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    forms = [name for name in files if name.endswith((".xml", ".xlsx"))]
    name = rng.choice(forms)
    if name.endswith(".xlsx"):
        return build_zip(files | {name: inside(files[name], rng, change)})
    if not files[name]:
        return data
    files[name] = change(files[name], rng)
    return build_zip(files)


def cell_changed(pattern: re.Pattern[bytes]) -> Callable[[bytes, random.Random], bytes]:
    def change(data: bytes, rng: random.Random) -> bytes:
        found = list(pattern.finditer(data))
        if not found:
            return bytes_flipped(data, rng)
        one = rng.choice(found)
        text = rng.choice(HOSTILE).encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b"\x00", b"&#0;")
        return data[: one.start(2)] + text + data[one.end(2) :]

    return change


def mutated_zip(data: bytes, pattern: re.Pattern[bytes], seed: int) -> bytes:
    rng = random.Random(seed)
    kind = rng.randrange(7)
    if kind < 3:
        return (bytes_flipped, cut, doubled)[kind](data, rng)
    if kind == 3:
        return inside(data, rng, bytes_flipped)
    if kind == 4:
        return inside(data, rng, cut if rng.random() < 0.5 else doubled)
    return inside(data, rng, cell_changed(pattern))


def mutated_csv(data: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    kind = rng.randrange(6)
    if kind < 3:
        return (bytes_flipped, cut, doubled)[kind](data, rng)
    lines = data.split(b"\n")
    number = rng.randrange(len(lines))
    cells = lines[number].split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(HOSTILE).encode()
    lines[number] = b",".join(cells)
    if kind == 5:
        rng.shuffle(lines)
    return b"\n".join(lines)


def mutated_xls(data: bytes, seed: int) -> bytes:
    """Return an old workbook with bytes, sectors or the letters of a text changed; a text keeps its length."""
    rng = random.Random(seed)
    kind = rng.randrange(6)
    if kind < 3:
        return (bytes_flipped, cut, doubled)[kind](data, rng)
    if kind == 3:  # two sectors change their places
        out = bytearray(data)
        first, second = (512 * rng.randrange(1, len(data) // 512) for _ in range(2))
        out[first : first + 512], out[second : second + 512] = data[second : second + 512], data[first : first + 512]
        return bytes(out)
    one = rng.choice(list(OLD_TEXT.finditer(data)))
    letters = rng.choice(HOSTILE).ljust(len(one[2]) // 2)[: len(one[2]) // 2]
    return data[: one.start(2)] + letters.encode("utf-16-le", "replace")[: len(one[2])] + data[one.end(2) :]
