"""An executed notebook as a page: nbconvert with our own template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

import smartcert.reporting

TEMPLATE = "smartcert"
TEMPLATES = Path(smartcert.reporting.__file__).parent / "template"
"""The folder that nbconvert looks for our template in."""


class PageExporter(HTMLExporter):
    """nbconvert's HTML exporter without its second pass.

    That pass parses the finished page again to add filler texts to images without one and tab stops to parts of
    Jupyter's own templates; it takes longer than all the rest. A page of ours has no such image: `checks` refuses it.
    Nor are there preprocessors: the template reads the outputs as they are, and each would validate the notebook again.
    """

    def from_notebook_node(  # type: ignore[override]  # its base promises a notebook; an exporter to text returns text
        self, nb: Any, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """Return the page and the resources."""
        base: Any = self  # nbconvert is typed in part only
        resources = base._init_resources(resources)
        chosen = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        base.register_filter("filter_data_type", chosen)
        base.register_filter("highlight_code", _code)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **options)
        return str(page), resources

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return both as they are: with no preprocessor they would be copied twice for nothing."""
        return nb, resources


@cache
def exporter() -> PageExporter:
    """Return the exporter of this process; its templates are compiled once."""
    kind: Any = PageExporter  # nbconvert is typed in part only
    made: PageExporter = kind(
        template_name=TEMPLATE, extra_template_basedirs=[str(TEMPLATES)], default_preprocessors=[]
    )
    return made


def page_of(notebook: Any) -> str:
    """Return the page of an executed notebook. It depends on nothing but the notebook."""
    page, _ = exporter().from_notebook_node(notebook, resources={"metadata": {"name": TEMPLATE, "path": ""}})
    return page


def _code(source: str, **_: Any) -> str:
    """Stand in for the highlighter: a page shows no code."""
    return source
