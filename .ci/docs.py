"""Writes the API reference to ``build/docs``; a warning is a failure."""

import warnings
from pathlib import Path

import pandas as pd
import pdoc

import smartcert

warnings.simplefilter("error")
# pandas-stubs writes Series[float], which pandas itself cannot evaluate
pd.Series.__class_getitem__ = classmethod(lambda kind, _: kind)
for name in smartcert.__all__:
    getattr(smartcert, name)  # loads what is named lazily: pdoc shows what is there
pdoc.render.configure(docformat="google", search=True)
pdoc.pdoc("smartcert", output_directory=Path(__file__).parents[1] / "build" / "docs")
