"""QR codes as one path of an inline SVG: dark on light in every colour scheme, in the quiet zone that readers need."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup, escape

from smartcert.errors import UsageError

_QUIET = 4


def qr_svg(text: str, alt: str) -> Markup:
    """Return the QR code of ``text`` with error correction M (15 % may be unreadable).

    Raises:
        UsageError: the library segno is not installed.
    """
    try:
        import segno
    except ImportError:
        raise UsageError("QR codes need the package segno: pip install 'smartcert[certificate]'") from None
    code = segno.make(text, error="m", micro=False, boost_error=False)
    size = len(code.matrix) + 2 * _QUIET
    path = "".join(_runs(row, line) for line, row in enumerate(code.matrix))
    return Markup(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{alt}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(size=size, alt=escape(alt), path=path)


def _runs(row: bytes | bytearray, line: int) -> str:
    """Return the dark modules of one row as rectangles, neighbours as one."""
    parts, x = [], _QUIET
    for dark, run in groupby(row):
        wide = len(list(run))
        if dark:
            parts.append(f"M{x} {line + _QUIET}h{wide}v1h-{wide}z")
        x += wide
    return "".join(parts)
