"""What passes the check of a page is for Chromium what the check took it for: nothing in it runs or is loaded."""

from __future__ import annotations

import random
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.checks import check_page
from smartcert.errors import ReportError
from tests.batch.test_checks import PAGE, task
from tests.support.chromium import chromium

pytestmark = pytest.mark.browser

PIECES = (
    "<p> </p> <div> </div> <table> </table> <tr> <td> </td> <caption> <b> </b> <a_href=#x> </a> <svg>"
    " </svg> <g> <text> </text> <desc> <title> </title> <style> </style> <math> <mi> <mtext> <mglyph>"
    " <annotation-xml> <noscript> </noscript> <select> <option> </select> <textarea> </textarea> <template>"
    " </template> <plaintext> <xmp> </xmp> <!-- --> <!--> --!> <![CDATA[ ]]> <? ?> </p_x> </br> <br/>"
    " <img_alt=x_src=data:image/png;base64,AA==> <image> <frameset> <body> <html> <head> </body> </html>"
    " <details> <summary> </details> <ol> <li> </ol> <colgroup> <col> <tbody> <tfoot> <foreignObject>"
    " <script> </script> <iframe> </iframe> <noembed> <form> <input> <button> <h2> </h2> <nobr> <font>"
    " <pre> </pre> <listing> x &lt;script&gt; &#0; \x00 \x0b <p/onload=x> <a\x0chref=javascript:x>"
    " <svg/onload=x> <a/href=//x> <p_title='--><img_src=x_onerror=x()>'> <b_id=x> <tspan> <path_d=M0>"
    " <lineargradient> <section> <hr> <s> <mark> <q> <ruby> <rt> <rp> <dd> <dt> <dl> <small> <time> </font>"
)
"""Pieces on which parsers have disagreed; a low line stands for a blank in a tag."""

LIST_ELEMENTS = """() => [...document.querySelectorAll("*")].map(
  element => [element.localName, [...element.attributes].map(one => [one.name, one.value])]
)"""


def list_elements(page: str) -> list[Any]:
    root = LexborHTMLParser(page).root
    assert root is not None
    return [
        (str(node.tag), sorted((name.lower(), value or "") for name, value in node.attributes.items()))
        for node in root.traverse()
        if not str(node.tag).startswith(("-", "!"))
    ]


def test_what_passes_is_parsed_in_the_same_way_and_does_nothing() -> None:
    parts, chance, pages = PIECES.split(" "), random.Random(7), []
    while len(pages) < 150:
        fragment = "".join(chance.choice(parts).replace("_", " ") for _ in range(chance.randint(1, 7)))
        page = PAGE.replace("<p>", f"{fragment}<p>", 1)
        try:
            check_page(page, task())
        except ReportError:
            continue
        pages.append(page)
    with chromium() as browser:
        tab = browser.new_page()
        done: list[str] = []
        tab.on("request", lambda request: done.append(request.url))
        tab.on("dialog", lambda dialog: done.append(dialog.message))
        for page in pages:
            tab.set_content(page, wait_until="load")
            seen = [
                (tag.lower(), sorted((n.lower(), v) for n, v in named)) for tag, named in tab.evaluate(LIST_ELEMENTS)
            ]
            assert seen == [(tag.lower(), named) for tag, named in list_elements(page)], page
        assert [address for address in done if not address.startswith("data:")] == []
