"""Maps of local governments: all of a day are on them, later ones as what they were, and what cannot be is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

import smartcert
from smartcert.analysis.maps import _load_boundaries, list_shapes
from smartcert.errors import UsageError
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.reporting.palette import LIGHT_COLOURS


def test_every_local_government_of_the_day_of_the_boundaries_has_a_shape() -> None:
    governments = load_local_governments()
    day = max(_load_boundaries()[0], governments.begins)
    for entity in governments.governments_on(day):
        assert list_shapes(entity.code_on(day) or "") or "incheon" in entity.id, entity.id


def test_a_merged_government_is_the_union_of_what_it_was_and_a_divided_one_is_not_drawn() -> None:
    governments = load_local_governments()
    merged = governments.entities["jeonnam-gwangju"].code_on(date(2026, 8, 1))
    assert {shape[:2] for shape in list_shapes(merged or "")} == {"29", "46"}
    assert list_shapes(governments.entities["jemulpo-gu"].code_on(date(2026, 8, 1)) or "") == ()
    figure = smartcert.plot_map(pd.Series({governments.entities["jemulpo-gu"].code_on(date(2026, 8, 1)): 1.0}))
    assert "Divided since, not on the map: Jemulpo-gu" in figure.axes[0].texts[0].get_text()


def test_an_old_code_is_the_same_place() -> None:
    assert list_shapes("4211000000") == list_shapes("5111000000") == ("5111000000",)


@pytest.mark.parametrize("draw", [smartcert.plot_map, smartcert.plot_tiles])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pd.Series(dtype=float), "no value"),
        (pd.Series({"9900000000": 1.0}), "has ever had the code"),
        ([1.0], r"values: pd.Series\[Any\]"),
        (pd.Series([1.0, 2.0], index=["1100000000"] * 2), "more than once"),
    ],
)
def test_what_is_on_no_map_is_refused(draw: object, values: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        draw(values)  # type: ignore[operator]


def test_history_is_drawn_as_a_map_and_as_tiles_in_both_languages() -> None:
    history = smartcert.history("2026-09-01")
    assert "2026-09-01" in history.map(language="ko").axes[0].get_title(loc="left")
    shown = {text.get_text() for text in history.tiles(language="en").axes[0].texts}
    assert {"Seoul", "11"} <= shown


@pytest.mark.parametrize(
    ("draw", "values", "said"),
    [
        (smartcert.plot_map, {"4111000000": 1.0, "4113000000": float("inf")}, "the value of 4113000000 is infinite"),
        (smartcert.plot_map, {"4111000000": 1.0, 4111000000: 2.0}, "occurs more than once"),
        (smartcert.plot_tiles, {"4111000000": 1.0}, "no region has ever had the code 4111000000"),
        (smartcert.plot_tiles, {"411": 1.0}, "no region has ever had the code 411"),
        (smartcert.plot_tiles, {"41": 1.0, "4100000000": 2.0}, "has more than one value"),
    ],
)
def test_no_value_is_drawn_for_another_or_over_another(draw: Any, values: dict[Any, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        draw(pd.Series(values))


def test_the_least_value_of_a_map_does_not_look_as_one_that_is_missing() -> None:
    figure = smartcert.plot_map(pd.Series({"1100000000": 0.0, "2600000000": 10.0}))
    (shapes,) = figure.axes[0].collections
    colours = {mpl.colors.to_hex(colour) for colour in shapes.get_facecolor()}
    assert colours == {LIGHT_COLOURS["panel"], LIGHT_COLOURS["possible"], LIGHT_COLOURS["own"]}
