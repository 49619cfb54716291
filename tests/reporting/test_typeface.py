"""The typeface: what a subset holds, that it is the same every time, and that nothing is measured wrongly."""

from __future__ import annotations

import base64
import io
import os
import re
import struct
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smartcert.reporting import typeface
from smartcert.reporting.fonts.woff import pack_woff2
from tests.support.embedded_typeface import find_missing_characters
from tests.support.patience import PATIENCE

SAMPLE = "스마트도시 인증 뷁 Aé 1,400점 → ≈ · 漢"


def fonts(css: str) -> list[TTFont]:
    return [TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", css)]


def original(weight: int) -> TTFont:
    return TTFont(typeface.FONT_FILES[weight], lazy=True)


def drawing(font: TTFont, character: str) -> list[object]:
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[font.getBestCmap()[ord(character)]].draw(pen)
    return list(pen.value)


def test_a_subset_holds_the_characters_asked_for_and_no_others() -> None:
    regular, bold = fonts(typeface.build_font_css(set(SAMPLE), bold={"가"}))
    assert {chr(code) for code in regular.getBestCmap()} == set(SAMPLE)
    assert {chr(code) for code in bold.getBestCmap()} == {"가"}


@pytest.mark.slow
def test_outlines_and_widths_are_those_of_the_original_also_where_glyphs_are_composed() -> None:
    for weight, font in zip(
        (typeface.REGULAR, typeface.BOLD), fonts(typeface.build_font_css(set(SAMPLE))), strict=True
    ):
        full = original(weight)
        for character in sorted(set(SAMPLE)):
            assert drawing(font, character) == drawing(full, character), character
            widths = [f["hmtx"].metrics[f.getBestCmap()[ord(character)]] for f in (font, full)]
            assert widths[0] == widths[1], character


def test_a_subset_has_no_hints_and_keeps_the_licence_but_not_the_reserved_name() -> None:
    (font, _) = fonts(typeface.build_font_css({"가", "A"}))
    assert set(font.keys()) == {
        "GlyphOrder", "OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post",
    }  # fmt: skip
    names = {record.nameID: str(record) for record in font["name"].names}
    assert names[1] == typeface.FONT_FAMILY
    assert not any("nanum" in names[number].lower() for number in (1, 4, 6))
    assert "SIL Open Font License" in names[13]
    assert "SIL Open Font License" in typeface.build_font_css({"가"}).partition("@font-face")[0]


def test_the_same_characters_give_the_same_bytes_in_any_order_and_process() -> None:
    css = typeface.build_font_css(list(SAMPLE))
    typeface._font_face_rule.cache_clear()
    assert typeface.build_font_css(list(reversed(SAMPLE))) == css
    code = f"from smartcert.reporting.typeface import build_font_css; print(build_font_css({SAMPLE!r}), end='')"
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Seoul", "PYTHONUTF8": "1"},
        )
        assert run.stdout.decode() == css


@pytest.mark.parametrize("characters", ["", "가", "스마트도시 인증", "".join(map(chr, range(0xAC00, 0xAC00 + 1500)))])
def test_a_subset_is_a_complete_woff2_however_many_bytes_a_length_takes(characters: str) -> None:
    data = base64.b64decode(re.findall(r"base64,([A-Za-z0-9+/=]+)", typeface.build_font_css(characters))[0])
    font = TTFont(io.BytesIO(data))
    tags = font.reader.keys()
    total = 12 + sum(16 + -(-len(font.reader[tag]) // 4) * 4 for tag in tags if tag not in {"glyf", "loca"})
    total += sum(16 + -(-font.reader.tables[tag].origLength // 4) * 4 for tag in ("glyf", "loca"))
    assert struct.unpack_from(">4s4sLHHL", data) == (b"wOF2", b"\0\1\0\0", len(data), len(tags), 0, total)
    assert len(font.getGlyphSet()) == len(set(characters)) + 1
    assert list(tags).index("glyf") < list(tags).index("hmtx")  # browsers refuse it the other way round


def build_font(points: list[tuple[int, int]], flags: list[int], ends: list[int]) -> bytes:
    """Return a font of one letter with this outline."""
    glyph = Glyph()
    glyph.numberOfContours, glyph.endPtsOfContours = len(ends), ends
    glyph.coordinates, glyph.flags, glyph.program = GlyphCoordinates(points), bytearray(flags), Program()
    glyph.program.fromBytecode(b"")
    font = FontBuilder(200)
    font.setupGlyphOrder([".notdef", "A"])
    font.setupCharacterMap({65: "A"})
    font.setupGlyf({".notdef": Glyph(), "A": glyph})
    font.setupHorizontalMetrics({".notdef": (188, 0), "A": (188, min(x for x, _ in points))})
    font.setupHorizontalHeader(ascent=184, descent=-46)
    font.setupPost(keepGlyphNames=False)
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


steps = st.tuples(st.integers(-768, 768), st.integers(-768, 768), st.integers(0, 1))


@given(st.lists(st.lists(steps, min_size=3, max_size=300), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_outline_on_a_small_grid_is_read_back_as_it_was(contours: list[list[tuple[int, int, int]]]) -> None:
    moves = [step for contour in contours for step in contour]
    points = list(zip(accumulate(x for x, _, _ in moves), accumulate(y for _, y, _ in moves), strict=True))
    assume(max(abs(number) for point in points for number in point) < 2**15)
    flags, ends = [on for _, _, on in moves], [count - 1 for count in accumulate(map(len, contours))]
    again = TTFont(io.BytesIO(pack_woff2(build_font(points, flags, ends))))
    outline = again["glyf"]["A"]
    assert list(outline.coordinates) == points
    assert [flag & 1 for flag in outline.flags] == flags
    assert list(outline.endPtsOfContours) == ends
    assert again["hmtx"]["A"] == (188, min(x for x, _ in points))


def test_an_outline_on_a_large_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="768"):
        pack_woff2(build_font([(0, 0), (769, 1), (0, 1)], [1, 1, 1], [2]))


def test_faces_that_were_prepared_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeface, "_PREPARED_FACES", {})
    texts = [frozenset(map(chr, range(first, last))) for first, last in ((32, 127), (0xAC00, 0xAE00), (0x2000, 0x2700))]
    texts += [frozenset(SAMPLE), frozenset()]
    subsets = [typeface._subset_weight(weight, text) for weight in typeface.FONT_FILES for text in texts]
    typeface.prepare_subsets()
    assert subsets == [typeface._subset_weight(weight, text) for weight in typeface.FONT_FILES for text in texts]


def test_characters_that_the_font_lacks_are_left_out_and_told() -> None:
    (font, _) = fonts(typeface.build_font_css({"가", "🏙", "\u202e"}))
    assert set(font.getBestCmap()) == {ord("가")}
    assert find_missing_characters("가a🏙\u202e\u2068\n 뷁") == {"🏙"}


def test_signs_that_numbers_are_written_with_are_drawn() -> None:
    assert find_missing_characters("−≈→·–—…×÷%≥≤±⟨⟩㎡℃") == set()


def test_no_characters_at_all_make_a_font_that_can_be_read() -> None:
    css = typeface.build_font_css(set())
    assert "@font-face" in css
    assert not fonts(css)[0].getBestCmap()
    assert "700" not in css


@given(st.text(max_size=60), st.floats(min_value=12, max_value=400))
def test_what_is_fitted_fits_and_is_the_beginning_of_the_text(text: str, width: float) -> None:
    fitted = typeface.shorten_to_width(text, 12, width)
    assert typeface.measure_text(fitted, 12) <= width + 1e-6
    assert fitted == text or text.startswith(fitted.removesuffix("…"))
    if typeface.measure_text(text, 12) <= width:
        assert fitted == text


def test_the_font_lies_in_the_package_with_its_licence() -> None:
    folder = Path(typeface.__file__).parent / "fonts"
    assert {path.name for path in folder.iterdir() if path.suffix not in {".py", ""}} == {
        "smartcert-Regular.ttf", "smartcert-Bold.ttf", "OFL.txt",
    }  # fmt: skip
    licence = (folder / "OFL.txt").read_text(encoding="utf-8")
    assert "Reserved Font Name NanumGothic" in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks for open files in /proc")
def test_no_font_stays_open_whose_place_forked_processes_would_share() -> None:
    code = (
        "import os; from smartcert.reporting import typeface; typeface.preload_fonts();"
        "print([path for one in os.listdir('/proc/self/fd')"
        " if (path := os.path.realpath(f'/proc/self/fd/{one}')).endswith('.ttf')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_forked_processes_cut_the_same_typeface_at_the_same_time() -> None:
    code = (
        "import hashlib, os, sys\n"
        "from smartcert.reporting import typeface\n"
        "typeface.preload_fonts()\n"
        "made = [os.fork() for _ in range(3)]  # eight processes\n"
        "for n in range(40):\n"
        "    text = typeface.build_font_css(chr(0xAC00 + m) for m in range(n, n + 30))\n"
        "    os.write(1, f'{n} {hashlib.sha256(text.encode()).hexdigest()}\\n'.encode())\n"
        "for pid in reversed(made):\n"
        "    if not pid: break\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    lines = done.stdout.splitlines()
    assert (len(lines), len(set(lines))) == (8 * 40, 40)
