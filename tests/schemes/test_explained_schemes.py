"""The document on a scheme's criteria: it states what the scheme says, and nothing that does not hold in it."""

from __future__ import annotations

from pathlib import Path

from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.plain import write_plain
from smartcert.services.criteria import CATALOGUE_PAGES, build_criteria
from tests.support.scheme_rounds import open_scheme


def explain(parent: Path, name: str) -> str:
    """Return the document of a scheme of ``tests/schemes`` in English, as text."""
    rules = open_scheme(parent, name, {}).rules
    assert rules.facts is not None
    return write_plain(build_criteria(rules, rules.facts.title, Words("en", *CATALOGUE_PAGES, scheme=rules.facts)))


def test_bounds_in_points_are_stated_in_points_and_requirements_cite_what_states_them(tmp_path: Path) -> None:
    text = explain(tmp_path, "leed")
    assert "Platinum: 80 points or more" in text
    assert "≈" not in text
    requirements = text.partition("WEP must be met")[2].partition("Who decides")[0]
    assert "2021-223" not in requirements


def test_the_marks_of_the_rules_are_stated_only_where_an_indicator_has_none_of_its_own(tmp_path: Path) -> None:
    text = explain(tmp_path, "grant")
    assert "marks from 0 to 100 in steps of 0.5" in text
    assert "marks from 1 to 5" not in text
    assert "The next 2 applicants are on the reserve list." in text


def test_how_long_a_certificate_is_valid_is_not_known_where_a_scheme_of_another_law_does_not_state_it(
    tmp_path: Path,
) -> None:
    text = explain(tmp_path, "leed")
    assert "not stated by the scheme: no certificate can be entered in the register" in text
    assert "years from the day of issue" not in text
