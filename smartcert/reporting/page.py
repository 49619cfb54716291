"""A page of a notebook: sections that show themselves, and the typeface with just the characters that they use.

The sections carry what the page template needs beside their HTML: the page's language and title, the titles for the
list of contents, and the style. JupyterLab shows the same HTML and takes the style from the last cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from smartcert.reporting import figures
from smartcert.reporting.basis import cite_lines
from smartcert.reporting.typeface import font_css
from smartcert.reporting.words import Words

PAGE = "application/vnd.smartcert.page+json"
SECTION = "application/vnd.smartcert.section+json"
STYLE = "application/vnd.smartcert.style+css"

_ASCII = frozenset(chr(code) for code in range(0x20, 0x7F))
"""Always in the typeface: what is escaped in HTML appears as ASCII."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a page as HTML, with what the page template reads of it."""

    title: str
    html: str
    data: Mapping[str, object] = field(default_factory=dict)
    """Further representations by MIME type."""

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": self.title, "text/html": self.html, **self.data}


@cache
def environment() -> Environment:
    """Return the environment of the sections' templates: everything is escaped, nothing may be undefined."""
    made = Environment(
        loader=PackageLoader("smartcert.reporting", "sections"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = figures.plain
    made.filters["decimal"] = figures.decimal
    made.globals["cite_lines"] = cite_lines
    return made


@cache
def style() -> str:
    """Return the style sheet of all pages."""
    return (files("smartcert.reporting") / "template" / "smartcert" / "page.css").read_text("utf-8")


class Page:
    """The sections of one page in the order in which they were first made; each keeps its number when made again."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._made: dict[str, Section] = {}
        self.also: frozenset[str] = frozenset()
        """Characters that the page may come to show later: those of live tables."""

    def _header(self, template: str, *, title: str, **values: object) -> Section:
        """Return the page's header from a template; its data name the language and the title of the page."""
        html = self._render(template, **values)
        words = self.words
        page = {
            "lang": words.language,
            "title": figures.plain(title),
            "skip": words("page.skip"),
            "contents": words("page.contents"),
            "footer": words("page.footer"),
        }
        made = Section(title=figures.plain(title), html=html, data={PAGE: page})
        self._made["head"] = made
        return made

    def _section(self, name: str, template: str, *, title: str, **values: object) -> Section:
        """Return a numbered section from a template; ``name`` is its id in the page."""
        known = [made for made in self._made if made != "head"]
        number = known.index(name) + 1 if name in known else len(known) + 1
        heading = f"{number}. {title}"
        body = Markup(self._render(template, **values))  # noqa: S704  # made by the escaping environment above
        html = self._render("section.html.j2", name=name, heading=heading, body=body)
        made = Section(title=heading, html=html, data={SECTION: {"id": name, "title": heading}})
        self._made[name] = made
        return made

    def _render(self, template: str, **values: object) -> str:
        words = self.words
        return environment().get_template(template).render(w=words, lang=words.language, **values)

    def typeface(self) -> Section:
        """Return the style with the typeface cut down to the characters of the sections made so far. Call it last."""
        texts = (made.html + made.title + str(dict(made.data)) for made in self._made.values())
        shown = _ASCII.union(self.also, *texts)
        css = style() + font_css(character for character in shown if character.isprintable())
        html = f"<style>{css}</style>"
        return Section(title="CSS", html=html, data={STYLE: css})
