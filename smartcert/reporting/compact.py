"""How is a page written shorter than the sections of its notebook, with nothing lost that a reader sees or hears?

A section stands in notebooks too, where charts carry every colour themselves, as some hosts drop style sheets. A page
has its style sheet: what that says of charts and shapes is left out of them. `restore_charts` puts it back. The trace
is compressed, and `unpack_trace` puts that back.
"""

from __future__ import annotations

import base64
import re
import zlib

from smartcert.reporting.palette import LIGHT_COLOURS, css_colour

SHORTER = (
    (' width="16" height="16" fill="none" stroke="currentColor" stroke-width="2.2"', ""),  # the shape of an outcome
    (' fill="none"', ""),
    *((f'class="{name}" fill="{css_colour(name)}"', f'class="{name}"') for name in LIGHT_COLOURS),
    *((f'="{css_colour(name)}"', f'="var(--{name})"') for name in LIGHT_COLOURS),
)
"""What a page has otherwise than its sections: attributes of drawings, each with what stands in place of it.

No text of a section can be taken for one: it has its quotation marks escaped, as the strings of the trace have.
"""

_CHART = re.compile(r'<svg class="chart".*?</svg>', re.DOTALL)
_TAG = re.compile("<[^<>]+>")
_COLOURED = re.compile(rf'<(?:path|text|g) class=("?)({"|".join(LIGHT_COLOURS)})\1(?=[ >])')
_VARIABLE = re.compile(rf'=("?)var\(--({"|".join(LIGHT_COLOURS)})\)\1(?=[ />])')
_BLOCKS = "caption|dd|details|div|dl|dt|figcaption|figure|h[1-6]|li|ol|p|section|summary|table|tbody|td|th|thead|tr|ul"
_SPACE_BEFORE_BLOCK = re.compile(rf">\n\s*(?=</?(?:{_BLOCKS})\b)")
"""Space between a tag and that of a block, which no browser shows."""


def compact_html(html: str) -> str:
    """Return the HTML of a section as its page has it; doing it twice changes nothing more."""
    for long, short in SHORTER:
        html = html.replace(long, short)
    return html


_NEEDLESS_END_TAG = re.compile(
    r"</t[dh]>(?=<t[dh]\b|</tr>)|</tr>(?=<tr\b|</t(?:head|body|able)>)|</thead>(?=<tbody\b)|</tbody>(?=<tbody\b|</table>)"
    r"|</li>(?=<li\b|</[ou]l>)|</d[td]>(?=<d[td]\b)|</dd>(?=</d(?:l|iv)>)|</caption>(?=<t(?:head|body|r)\b)"
)
"""End tags that the standard lets a page leave out (html.spec.whatwg.org, "optional tags")."""
_NEEDLESS_QUOTES = re.compile(
    r'( (?:scope|colspan|tabindex|data-at|class(?!="(?:narrow-)?chart")|[xy]|fill|stroke(?:-width|-linecap)?'
    r"""|font-(?:size|weight)|text-anchor)=)"([^\s"'=<>`]+)"(?=[ >])"""
)
"""The attributes that a page has often, with values that the standard lets stand without quotation marks."""


def shorten_markup(html: str) -> str:
    """Return HTML without what no reader sees: space before blocks, end tags that every parser adds, quotation marks.

    What has preformatted text keeps its space. Texts have their quotation marks escaped, so none of them is changed.
    """
    html = _NEEDLESS_END_TAG.sub("", html if "<pre" in html else _SPACE_BEFORE_BLOCK.sub(">", html))
    return "".join(_NEEDLESS_QUOTES.split(html))  # its groups are all but the marks; `sub` takes twice as long


def restore_charts(html: str) -> str:
    """Return a page with the colours of the light palette in its charts, for a program that reads no style of SVG.

    Charts that were not made shorter are as welcome.
    """
    return _CHART.sub(lambda chart: _restore_chart(compact_html(chart[0])), html)


def _restore_chart(chart: str) -> str:
    return _TAG.sub(_restore_tag, chart).replace("<svg ", '<svg fill="none" ', 1)


def _restore_tag(match: re.Match[str]) -> str:
    """Return a tag of a chart with its colours; texts may have anything that looks like one."""
    coloured = _COLOURED.sub(lambda tag: f'{tag[0]} fill="{LIGHT_COLOURS[tag[2]]}"', match[0])
    return _VARIABLE.sub(lambda own: f'="{LIGHT_COLOURS[own[2]]}"', coloured)


TRACE_ID = "smartcert-trace"
"""The id of the element that carries the trace."""
_PLAIN_TRACE = re.compile(rf'<script type="application/json" id="{TRACE_ID}">(.*?)</script>', re.DOTALL)
PACKED_TRACE_TYPE = "application/gzip"
"""The type of that element where the trace is compressed."""
_PACKED_TRACE = re.compile(rf'<script type="{PACKED_TRACE_TYPE}" id="{TRACE_ID}">(.*?)</script>', re.DOTALL)
_GZIP = 31
"""What zlib calls the format."""
_LEVEL = 7
"""How hard it tries: the highest level takes half as long again for a hundredth less."""
_MOST_BYTES = 20_000_000
"""How long a trace may be; the longest of ours has a hundredth."""


def pack_trace(html: str) -> str:
    """Return HTML with its trace compressed. By hand ``base64 -d`` and ``gunzip`` give back the JSON."""

    def pack(match: re.Match[str]) -> str:
        packed = base64.b64encode(zlib.compress(match[1].encode(), _LEVEL, _GZIP)).decode()
        return f'<script type="{PACKED_TRACE_TYPE}" id="{TRACE_ID}">{packed}</script>'

    return _PLAIN_TRACE.sub(pack, html)


def unpack_trace(html: str) -> str:
    """Return a page with its trace as the notebook has it: as JSON. One that `pack_trace` did not write stays."""

    def unpack(match: re.Match[str]) -> str:
        reader = zlib.decompressobj(_GZIP)
        try:
            text = reader.decompress(base64.b64decode(match[1], validate=True), _MOST_BYTES).decode()
        except (zlib.error, ValueError):
            return match[0]
        is_intact = reader.eof and not reader.unused_data and "<" not in text
        return f'<script type="application/json" id="{TRACE_ID}">{text}</script>' if is_intact else match[0]

    return _PACKED_TRACE.sub(unpack, html)
