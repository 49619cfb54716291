"""Writes the fonts of ``smartcert/reporting/fonts``, once: NanumGothic as outlines that take half the bytes in a page.

Run by hand on the original files: ``python .ci/convert_font.py NanumGothic.ttf NanumGothicBold.ttf``. The many short
curves become the cubic ones that they were drawn with, and these the fewest quadratic ones, on a grid of 200 units an
em. A contour is rounded from where it begins, so that equal ones stay equal, which compresses. Hints and kerning are
left out. The name of the original is reserved: these have ours. A sign that NanumGothic lacks and pages have is drawn
as another one.
"""

import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.roundTools import otRound
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen, RecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FAMILY = "smartcert"
UNITS = 200  # an em: the widths of Hangul, 0.94, and of a space, 0.28, stay exact
TO_CUBIC = 3  # units of the original, which has 1,000 an em: how far a curve may be from the one that it replaces
TO_QUADRATIC = 1  # of our units
COPYRIGHT = "Copyright (c) 2011 NHN Corporation, with Reserved Font Name NanumGothic."
LICENCE = "Licensed under the SIL Open Font License, Version 1.1 (openfontlicense.org)."
SUBSTITUTES = {0x2212: 0x2013, 0x27E8: 0x2039, 0x27E9: 0x203A}
"""An en dash for minus, ‹› for ⟨⟩."""
METRICS = ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent", "xAvgCharWidth")


def main(style: str, source: Path, target: Path) -> None:
    """Convert one weight."""
    original = TTFont(source)
    shapes, scale = original.getGlyphSet(), UNITS / original["head"].unitsPerEm
    cmap = original.getBestCmap()
    for code, drawn in SUBSTITUTES.items():
        cmap.setdefault(code, cmap[drawn])
    order = original.getGlyphOrder()
    outlines = {name: _draw(shapes, name, scale) for name in order}
    builder = FontBuilder(UNITS)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(outlines)
    builder.setupHorizontalMetrics(
        {name: (otRound(shapes[name].width * scale), getattr(outlines[name], "xMin", 0)) for name in order}
    )
    lines = original["hhea"]
    builder.setupHorizontalHeader(ascent=otRound(lines.ascent * scale), descent=otRound(lines.descent * scale))
    names = {"fullName": f"{FAMILY} {style}", "psName": f"{FAMILY}-{style}", "licenseDescription": LICENCE}
    builder.setupNameTable({"copyright": COPYRIGHT, "familyName": FAMILY, "styleName": style, **names}, mac=False)
    system = original["OS/2"]
    builder.setupOS2(
        usWeightClass=system.usWeightClass,
        fsSelection=system.fsSelection,
        fsType=0,
        **{name: otRound(getattr(system, name) * scale) for name in METRICS},
    )
    builder.setupPost(keepGlyphNames=False)
    head = builder.font["head"]
    head.flags |= 1 << 11  # "converted", as WOFF 2.0 asks for
    head.macStyle = original["head"].macStyle
    head.created = head.modified = original["head"].modified
    builder.font.recalcTimestamp = False
    builder.save(target)
    print(target.name, target.stat().st_size, "bytes,", len(order), "glyphs")  # noqa: T201 - run by hand


def _draw(shapes, name, scale):
    """Return the outline of a glyph."""
    composed, cubic, outline = DecomposingRecordingPen(shapes), RecordingPen(), TTGlyphPen(None)
    shapes[name].draw(composed)
    composed.replay(Qu2CuPen(cubic, TO_CUBIC, all_cubic=True))
    pen = Cu2QuPen(outline, TO_QUADRATIC)
    for operator, points in cubic.value:
        if operator == "moveTo":
            ((left, low),) = points
            begin = otRound(left * scale), otRound(low * scale)
        getattr(pen, operator)(*((begin[0] + (x - left) * scale, begin[1] + (y - low) * scale) for x, y in points))
    return outline.glyph()


if __name__ == "__main__":
    folder = Path(__file__).parents[1] / "smartcert" / "reporting" / "fonts"
    for style, source in zip(("Regular", "Bold"), sys.argv[1:], strict=True):
        main(style, Path(source), folder / f"{FAMILY}-{style}.ttf")
