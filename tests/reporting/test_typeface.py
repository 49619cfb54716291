"""The typeface: what a subset holds, that it is the same every time, and that nothing is measured wrongly."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from smartcert.reporting import typeface

SAMPLE = "스마트도시 인증 뷁 Aé 1,400점 → ≈ · 漢"


def fonts(css: str) -> list[TTFont]:
    return [TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", css)]


def original(weight: int) -> TTFont:
    return TTFont(typeface._FONTS / typeface._FONT_FILES[weight], lazy=True)


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


def test_characters_that_the_font_lacks_are_left_out_and_told() -> None:
    (font, _) = fonts(typeface.build_font_css({"가", "🏙", "\u202e"}))
    assert set(font.getBestCmap()) == {ord("가")}
    assert typeface.find_missing_characters("가a🏙\u202e\u2068\n 뷁") == {"🏙"}


def test_signs_that_numbers_are_written_with_are_drawn() -> None:
    assert typeface.find_missing_characters("−≈→·–—…×÷%≥≤±⟨⟩㎡℃") == set()


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
    assert {path.name for path in folder.iterdir()} == {"NanumGothic.ttf", "NanumGothicBold.ttf", "OFL.txt"}
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    lines = done.stdout.splitlines()
    assert (len(lines), len(set(lines))) == (8 * 40, 40)
