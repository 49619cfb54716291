"""Every way in which an official can write criteria that do not hold together is refused at its place, in words."""

from __future__ import annotations

from typing import Any

import pytest

from smartcert.errors import InputError
from tests.support.criteria import read_edition
from tests.support.worked_cases import worked


@pytest.mark.parametrize("case", worked("criteria_refused"))
def test_criteria_that_do_not_hold_together_are_refused_at_their_place(case: dict[str, Any]) -> None:
    with pytest.raises(InputError) as error:
        read_edition(case["edition"])
    lines = str(error.value).splitlines()
    assert any(case["says"] in line and case["place"] in line for line in lines), lines
