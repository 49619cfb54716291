"""A document as one HTML page that needs nothing else: to be looked at, mailed, and printed on A4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from smartcert.reporting.documents.blocks import Block, Cell, Document, DocumentTable, Paragraph, ParagraphStyle, Span
from smartcert.reporting.formats import show_unseen
from smartcert.reporting.languages import mark_other_language
from smartcert.reporting.typeface import build_font_css

_STYLE = """\
@page { size: A4 %(orientation)s; margin: 20mm; }
body { font-family: "함초롬바탕", "Batang", "Nanum Myeongjo", "smartcert", serif; font-size: 11pt; line-height: 1.6;
  color: #111; background: #fff; max-width: %(width)s; margin: 2rem auto; padding: 0 1rem; word-break: keep-all;
  overflow-wrap: anywhere; }
a { color: inherit; }
p { margin: 0 0 .6em; white-space: pre-wrap; }
.letterhead, h1.title { font-size: 20pt; font-weight: bold; text-align: center; margin-bottom: 1.2em; }
h1, h2 { font-size: 13pt; margin: .4em 0 .8em; }
h1 ~ h2 { break-after: avoid; }
h1:not(.title) ~ h2, h3 { font-size: 11pt; margin: 1.2em 0 .2em; break-after: avoid; }
.signature { font-size: 18pt; font-weight: bold; text-align: center; margin: 1.5em 0 1em; }
.small { font-size: 9pt; margin-bottom: .2em; }
.specimen { font-size: 14pt; font-weight: bold; text-align: center; }
.blank { color: #a00000; background: none; text-decoration: underline; }
table { border-collapse: collapse; width: 100%%; margin: .4em 0 1em; font-size: 9.5pt; line-height: 1.4; }
th, td { border: 1px solid #444; padding: .3em .4em; text-align: left; vertical-align: top; white-space: pre-line; }
@media screen and (max-width: 40rem) {
  table { font-size: 8pt; }
  th, td { padding: .2em; }
  th, td:first-child { overflow-wrap: break-word; }
}
th { background: #e8e8e8; }
tr { break-inside: avoid; }
hr { border: 0; border-top: 1px solid #111; }
"""
_COMPACT_STYLE = """\
@page { margin: 12mm 16mm; }
body { font-size: 9.5pt; line-height: 1.4; max-width: 178mm; margin: 1rem auto; }
p { margin-bottom: .35em; }
.letterhead, h1.title { font-size: 16pt; margin-bottom: .5em; }
h1 { font-size: 12pt; margin: .3em 0 .5em; }
.specimen { font-size: 10pt; }
.signature { font-size: 14pt; margin: .6em 0 .5em; }
.small { font-size: 8pt; }
"""


def write_html(document: Document) -> str:
    """Return a document as an HTML page; everything in it is escaped, and unseen characters are shown by number."""
    sheet = {
        "orientation": "landscape" if document.landscape else "portrait",
        "width": "250mm" if document.landscape else "170mm",
    }
    blocks = mark_other_language("\n".join(_write_blocks(document, _Linker(document.links))), document.language)
    # machines of offices have Korean fonts; where there is none the letters come along, in one weight
    font = build_font_css((sign for sign in blocks if not sign.isascii() and sign.isprintable()), bold=())
    return f"""<!DOCTYPE html>
<html lang="{document.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_escape(document.title)}</title>
<style>
{font}{_STYLE % sheet}{_COMPACT_STYLE if document.compact else ""}</style>
</head>
<body>
<main>
{blocks}
</main>
</body>
</html>
"""


def _escape(text: str) -> str:
    return escape(show_unseen(text))


class _Linker:
    """Escapes texts, and makes links of what leads somewhere; of two such texts at one place the longer one counts."""

    def __init__(self, links: Iterable[tuple[str, str]]) -> None:
        self._addresses = {_escape(text): address for text, address in links if text}
        longest_first = "|".join(map(re.escape, sorted(self._addresses, key=lambda text: (-len(text), text))))
        # neither a part of a longer word or number, nor of a longer citation: 제8조 of 제8조제4항, Art. 8 of Art. 8(4)
        self._pattern = re.compile(rf"(?<!\w)(?:{longest_first})(?!제\d|의\d|[0-9A-Za-z(])") if longest_first else None

    def write(self, text: str) -> str:
        escaped = _escape(text)
        return self._pattern.sub(self._write_link, escaped) if self._pattern else escaped

    def _write_link(self, match: re.Match[str]) -> str:
        return f'<a href="{escape(self._addresses[match[0]])}" rel="noreferrer">{match[0]}</a>'


def _write_blocks(document: Document, linker: _Linker) -> Iterator[str]:
    """Yield each block; headings go down from the title, and the text that names a table has an id."""
    titled = any(isinstance(block, Paragraph) and block.style is ParagraphStyle.TITLE for block in document.blocks)
    below = 2 if titled else 1
    headings = {ParagraphStyle.TITLE: 1, ParagraphStyle.HEADING: below, ParagraphStyle.SUBHEADING: below + 1}
    names = _find_table_names(document.blocks)
    for number, block in enumerate(document.blocks):
        if isinstance(block, DocumentTable):
            yield _write_table(block, f' aria-labelledby="b{names[number]}"' if number in names else "", linker)
        elif isinstance(block, Paragraph):
            level = headings.get(block.style)
            own = number if number in names.values() else None
            yield _write_paragraph(block, f"h{level}" if level else "p", own, linker)
        else:
            yield "<hr>"


def _find_table_names(blocks: Sequence[Block]) -> dict[int, int]:
    """Return which block names each table, both by their numbers: its own heading, else the paragraph before it.

    A heading names the first table below it: under one heading no two tables have the same name.
    """
    names: dict[int, int] = {}
    heading: int | None = None
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph) and block.style in (ParagraphStyle.HEADING, ParagraphStyle.SUBHEADING):
            heading = number
        elif isinstance(block, DocumentTable):
            if heading is not None:
                names[number] = heading
            elif number and isinstance(blocks[number - 1], Paragraph):
                names[number] = number - 1
            heading = None
    return names


def _write_paragraph(paragraph: Paragraph, tag: str, number: int | None, linker: _Linker) -> str:
    """Return a paragraph or heading, with an id where something after it needs its ``number``."""
    own = "" if number is None else f' id="b{number}"'
    plain = paragraph.style in (ParagraphStyle.BODY, ParagraphStyle.HEADING, ParagraphStyle.SUBHEADING)
    look = "" if plain else f' class="{paragraph.style}"'
    indent = f' style="margin-left: {1.5 * paragraph.indent:g}em"' if paragraph.indent else ""
    return f"<{tag}{own}{look}{indent}>{''.join(_write_span(span, linker) for span in paragraph.spans)}</{tag}>"


def _write_span(span: Span, linker: _Linker) -> str:
    words = _escape(span.text) if span.blank else linker.write(span.text)
    words = f"<strong>{words}</strong>" if span.bold else words
    return f'<mark class="blank">{words}</mark>' if span.blank else words


def _write_table(table: DocumentTable, name: str, linker: _Linker) -> str:
    heading = "".join(_write_row(row, "col", linker) for row in table.rows[: table.heading_rows])
    body = "".join(_write_row(row, "row", linker) for row in table.rows[table.heading_rows :])
    columns = "".join(f'<col style="width: {100 * width / sum(table.widths):.1f}%">' for width in table.widths)
    head = f"<thead>{heading}</thead>\n" if heading else ""
    return f"<table{name}>\n<colgroup>{columns}</colgroup>\n{head}<tbody>\n{body}</tbody>\n</table>"


def _write_row(row: tuple[Cell, ...], scope: str, linker: _Linker) -> str:
    cells = []
    for cell in row:
        wide = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
        tag, attributes = ("th", f' scope="{scope}"') if cell.shaded else ("td", "")
        words = linker.write(cell.text)
        cells.append(f"<{tag}{attributes}{wide}>{f'<strong>{words}</strong>' if cell.bold else words}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>\n"
