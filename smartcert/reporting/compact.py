"""How is a page written shorter than the sections of its notebook, with nothing lost that a reader sees or hears?

A section stands in notebooks too, where charts carry every colour themselves, as some hosts drop style sheets. A page
has its style sheet: what that says of charts and shapes is left out of them. `restore_charts` puts it back.
"""

from __future__ import annotations

import re

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
_COLOURED = re.compile(rf'<(?:path|text|g) class="({"|".join(LIGHT_COLOURS)})"')
_VARIABLE = re.compile(rf'="var\(--({"|".join(LIGHT_COLOURS)})\)"')
_BLOCKS = "caption|dd|details|div|dl|dt|figcaption|figure|h[1-6]|li|ol|p|section|summary|table|tbody|td|th|thead|tr|ul"
_SPACE_BEFORE_BLOCK = re.compile(rf">\n\s*(?=</?(?:{_BLOCKS})\b)")
"""Space between a tag and that of a block, which no browser shows."""


def compact_html(html: str) -> str:
    """Return the HTML of a section as its page has it; doing it twice changes nothing more."""
    for long, short in SHORTER:
        html = html.replace(long, short)
    return html


def remove_space_at_blocks(html: str) -> str:
    """Return HTML without the space before blocks that no reader sees; what has preformatted text stays as it is."""
    return html if "<pre" in html else _SPACE_BEFORE_BLOCK.sub(">", html)


def restore_charts(html: str) -> str:
    """Return a page with the colours of the light palette in its charts, for a program that reads no style of SVG.

    Charts that were not made shorter are as welcome.
    """
    return _CHART.sub(lambda chart: _restore_chart(compact_html(chart[0])), html)


def _restore_chart(chart: str) -> str:
    coloured = _COLOURED.sub(lambda tag: f'{tag[0]} fill="{LIGHT_COLOURS[tag[1]]}"', chart)
    return _VARIABLE.sub(lambda own: f'="{LIGHT_COLOURS[own[1]]}"', coloured).replace("<svg ", '<svg fill="none" ', 1)
