"""How do pages look inside JupyterLab, Notebook and VS Code, whose style sheets reach into every output?

The style sheet of the pages is made stronger than any of the host's, all that the host sets is taken back first, and
the colours follow the host's theme instead of the system's. So it looks the same in every host, and changes nothing
outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from smartcert.reporting.typeface import build_extra_font_css

_ROOT = ".smartcert:not(#s#s)"
"""The class with the weight of two ids, which no style sheet of a host has."""
_OWN_CLASS = re.compile(r"\.smartcert(?![\w-])")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DARK = re.compile(
    r"@media screen and \(prefers-color-scheme: dark\) \{\s*\.smartcert,\s*\.smartcert-page \{(.*?)\}\s*\}", re.DOTALL
)
_PAPER = "/* paper */"
"""What follows in the style sheet is about printing a page, and would print the host otherwise."""
_DARK_HOSTS = (
    "[data-jp-theme-light='false']",
    ".vscode-dark",
    ".vscode-high-contrast:not(.vscode-high-contrast-light)",
)
_NO_HOST = "body:not([data-jp-theme-light]):not([data-vscode-theme-kind])"
_RESET = f"""
{_ROOT} {{ all: initial; display: block; padding: 0.25rem 0.75rem; }}
{_ROOT} :where(:not(svg, svg *, img)) {{ all: revert; }}
"""
_LINKS = f"{_ROOT} a {{ color: var(--own); text-underline-offset: 0.2em; }}\n"


@cache
def load_style(name: str) -> str:
    """Return one of our style sheets."""
    return (files("smartcert.reporting") / "template" / "smartcert" / f"{name}.css").read_text("utf-8")


@cache
def notebook_css() -> str:
    """Return the style sheet of the pages for outputs in a notebook, in ASCII."""
    css = load_style("page").partition(_PAPER)[0]
    dark = _DARK.search(css)
    colours = dark[1] if dark else ""
    themes = ", ".join(f"{host} .smartcert" for host in _DARK_HOSTS)
    themed = (
        f"{themes} {{{colours}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ {_NO_HOST} .smartcert {{{colours}}} }}\n"
    )
    head, _, rest = css.partition(dark[0]) if dark else (css, "", "")
    strong = _OWN_CLASS.sub(_ROOT, _COMMENT.sub("", head + themed + rest))
    text = "\n".join(line.strip() for line in (_RESET + strong + _LINKS).splitlines() if line.strip())
    return "".join(character if character.isascii() else f"\\{ord(character):x} " for character in text)


_FOR_PAGE: ContextVar[bool] = ContextVar("_FOR_PAGE", default=False)


@contextmanager
def skip_notebook_styles() -> Iterator[None]:
    """Have outputs bring no style along in here: for cells that become a page, which has a style of its own."""
    token = _FOR_PAGE.set(True)
    try:
        yield
    finally:
        _FOR_PAGE.reset(token)


def build_notebook_style(characters: Iterable[str]) -> str:
    """Return the ``style`` element of an output: the style sheet, and the typeface of its characters."""
    if _FOR_PAGE.get():
        return ""
    shown = frozenset(filter(str.isprintable, frozenset(characters)))
    return f"<style data-smartcert>{notebook_css()}{build_extra_font_css(shown)}</style>"
