"""The two pages that explain all others: the glossary, and the statement on accessibility."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from smartcert.files import sha256_base64
from smartcert.lazy_dataclass import dataclass
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Words, load_catalogue
from smartcert.reporting.formats import Language
from smartcert.reporting.page import STYLE_MIME, Page, PageSection, template_environment

GLOSSARY_GROUPS: Mapping[str, tuple[str, ...]] = {
    "result": (
        *("certified", "not_certified", "pending", "criteria", "computed", "level", "threshold", "floor"),
        *("excluded", "on_hold", "reason"),
    ),
    "points": (
        *("total", "scored", "available", "share", "not_scored", "domain", "item", "indicator", "edition", "rounding"),
    ),
    "application": (
        *("governing_day", "window", "documents", "supplement", "quantitative", "qualitative", "lookup", "size_type"),
        "code",
    ),
    "judging": ("written", "inspection", "corrected", "mark", "committee", "conflict", "carried", "objection"),
    "certificate": ("register", "validity", "mark_of_certification"),
    "evidence": ("basis", "illustrative", "interpretation", "fictitious", "hash", "signature"),
    "statistics": ("median", "middle_half", "simulation"),
}
"""The terms of the glossary in the order of its page; the words stand in the catalogue under the same names."""
OF_CITIES = frozenset({
    *("certified", "not_certified", "quantitative", "qualitative", "lookup", "size_type", "mark_of_certification"),
    *("committee", "code"),
})  # fmt: skip
"""Terms of the certification of cities that other schemes do not have, or call otherwise."""


class CheckStatus(StrEnum):
    """Whether the pages meet a point: shown by a test, not concerned, not met, or not tested by anybody."""

    MET = "met"
    NOT_CONCERNED = "not_concerned"
    NOT_MET = "not_met"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessibilityCheck:
    """A point of a standard, with the names of the tests that show that it is met, or that it does not concern a page.

    ``id`` is its number in the standard, or the key of its words where it has none.
    """

    id: str
    status: CheckStatus
    tests: tuple[str, ...] = ()


def _check(number: str, status: CheckStatus, *tests: str) -> AccessibilityCheck:
    return AccessibilityCheck(id=number, status=status, tests=tests)


_MET, _NOT_CONCERNED = CheckStatus.MET, CheckStatus.NOT_CONCERNED
_NOT_MET, _NOT_TESTED = CheckStatus.NOT_MET, CheckStatus.NOT_TESTED
_AXE = "test_axe_finds_nothing_wrong_and_nothing_undecided"
_WELL_FORMED = "test_a_page_is_well_formed_and_named_in_its_language"
_KEYBOARD = "test_the_keyboard_goes_through_a_page_in_its_order_and_its_place_is_seen"
_ALLOWED = "test_what_runs_loads_sends_or_restyles_is_refused"
_STILL = "test_nothing_moves_for_those_who_asked_for_that"
_INPUT = "test_scripts_listen_to_nothing_but_single_clicks_and_values"
_TABLES = "test_every_table_has_a_caption_and_every_head_its_scope"
_HEARD = "test_what_is_heard_tells_a_page"
_SIZES = "test_controls_are_large_enough_and_sections_apart"
_HEADINGS = "test_headings_go_down_one_step_at_a_time"
_NARROW = "test_nothing_is_cut_off_or_scrolls_the_page_sideways_also_with_wide_spacing"

KWCAG_CHECKS: tuple[AccessibilityCheck, ...] = (
    _check("5.1.1", _MET, _AXE, "test_the_text_alternative_tells_the_numbers"),
    _check("5.2.1", _NOT_CONCERNED, _ALLOWED),
    _check("5.3.1", _MET, _TABLES, _HEARD),
    _check("5.3.2", _MET, _HEADINGS, _KEYBOARD),
    _check("5.3.3", _MET, "test_no_instruction_names_a_thing_by_its_look_or_side"),
    _check("5.4.1", _NOT_TESTED),
    _check("5.4.2", _NOT_CONCERNED, _ALLOWED),
    _check("5.4.3", _MET, _AXE, "test_text_in_charts_stands_out_from_what_is_really_painted_behind_it"),
    _check("5.4.4", _MET, _SIZES),
    _check("6.1.1", _MET, _KEYBOARD, "test_the_index_sorts_by_the_keyboard_both_ways_those_without_points_last"),
    _check("6.1.2", _MET, _KEYBOARD),
    _check("6.1.3", _MET, _AXE, _SIZES),
    _check("6.1.4", _NOT_CONCERNED, _INPUT),
    _check("6.2.1", _NOT_CONCERNED, _INPUT),
    _check("6.2.2", _NOT_CONCERNED, _STILL),
    _check("6.3.1", _NOT_CONCERNED, _STILL),
    _check("6.4.1", _MET, _AXE, _KEYBOARD),
    _check("6.4.2", _MET, _WELL_FORMED, _HEADINGS),
    _check("6.4.3", _MET, _AXE, "test_links_of_one_name_lead_to_one_place"),
    _check("6.4.4", _NOT_CONCERNED, "test_sheets_are_a4_numbered_and_none_ends_with_a_heading"),
    _check("6.5.1", _MET, _INPUT),
    _check("6.5.2", _MET, _INPUT),
    _check("6.5.3", _MET, "test_the_name_of_a_link_or_button_has_its_visible_words"),
    _check("6.5.4", _NOT_CONCERNED, _INPUT),
    _check("7.1.1", _MET, _WELL_FORMED, "test_words_of_another_language_are_marked_as_such"),
    _check("7.2.1", _MET, "test_an_attribute_that_nobody_thought_of_is_refused"),
    _check("7.2.2", _MET, "test_every_letter_has_its_contact_as_the_last_sentence_before_what_is_enclosed"),
    _check("7.3.1", _MET, "test_a_value_that_the_indicator_cannot_have_is_refused"),
    _check("7.3.2", _MET, _AXE),
    _check("7.3.3", _NOT_CONCERNED, _ALLOWED),
    _check("7.3.4", _NOT_CONCERNED, _INPUT),
    _check("8.1.1", _MET, "test_html_validate_finds_nothing_wrong", "test_the_nu_html_checker_finds_nothing_wrong"),
    _check("8.2.1", _MET, _AXE, _HEARD),
)
"""The 33 checks of the Korean web content accessibility guidelines 2.2 (KWCAG 2.2, KS X OT0003) by their numbers."""
KRDS_POINTS: tuple[AccessibilityCheck, ...] = (
    _check("skip", _MET, _KEYBOARD),
    _check("headings", _MET, _HEADINGS),
    _check("contrast", _MET, _AXE),
    _check("narrow", _MET, _NARROW),
    _check("tables", _MET, _TABLES),
    _check("folds", _MET, "test_what_is_folded_opens_without_scripts_and_is_open_on_paper"),
    _check("labels", _MET, _AXE),
    _check("words", _MET, "test_a_retired_term_stands_nowhere"),
    _check("banner", _NOT_MET),
    _check("header", _NOT_MET),
    _check("typeface", _NOT_MET),
    _check("size", _NOT_MET),
    _check("modes", _NOT_MET),
    _check("tokens", _NOT_MET),
)
"""Points of the government's design system (KRDS) by the keys of their words."""
OTHER_GAPS = ("readers", "label", "other_pages")
"""What was not shown beside the two standards, by the keys of the words."""


def list_reference_links(pages: Collection[str], words: Words) -> list[tuple[str, str]]:
    """Return links to the glossary in the language of a page of the round, with their texts, where there is one."""
    return [(page, words("links.glossary")) for page in (f"glossary.{words.language}.html",) if page in pages]


def render_glossary(language: str, scheme: SchemeFacts | None = None) -> str:
    """Return the glossary as one HTML page that fetches nothing; without the terms of cities for other schemes."""
    return _render(_Glossary(language, scheme))


def render_statement(language: str) -> str:
    """Return the statement on accessibility as one HTML page that fetches nothing."""
    return _render(_Statement(language))


class _ReferencePage(Page):
    """A page of one piece: everything between the tags of its body is built at once."""

    def build(self) -> PageSection:
        """Return the body."""
        raise NotImplementedError

    @property
    def other(self) -> Language:
        """The language that the page is not in."""
        return "en" if self.words.language == "ko" else "ko"

    def name_other(self, page: str) -> str:
        """Return the name of the other language in that language."""
        return str(load_catalogue(self.other, page)[f"{page}.own"])


class _Glossary(_ReferencePage):
    def __init__(self, language: str, scheme: SchemeFacts | None) -> None:
        super().__init__(Words(language, "report", "glossary", scheme=scheme))
        self._is_city = scheme is None or scheme.worded_as_city

    def build(self) -> PageSection:
        words = self.words
        return self.add_header(
            "glossary_body.html.j2",
            title=words("glossary.title"),
            groups=[(words(f"glossary.group.{name}"), list(self._list_terms(name))) for name in GLOSSARY_GROUPS],
            other=self.other,
            other_name=self.name_other("glossary"),
        )

    def _list_terms(self, group: str) -> Iterator[tuple[str, str, str, str]]:
        """Yield the key, the name, the name in the other language and the explanation of each term of a group."""
        words = self.words
        others = load_catalogue(self.other, "glossary")
        for term in GLOSSARY_GROUPS[group]:
            if self._is_city or term not in OF_CITIES:
                other = str(others[f"glossary.{term}.name"])
                yield term, words(f"glossary.{term}.name"), other, words(f"glossary.{term}.text")


class _Statement(_ReferencePage):
    def __init__(self, language: str) -> None:
        super().__init__(Words(language, "report", "statement"))

    def build(self) -> PageSection:
        words = self.words
        kwcag = [check.status for check in KWCAG_CHECKS]
        return self.add_header(
            "statement_body.html.j2",
            title=words("statement.title"),
            kwcag=[self._describe(check, "kwcag") for check in KWCAG_CHECKS],
            krds=[self._describe(check, "krds") for check in KRDS_POINTS],
            counts=words(
                "statement.counts",
                all=len(kwcag),
                met=kwcag.count(_MET),
                not_concerned=kwcag.count(_NOT_CONCERNED),
                not_met=kwcag.count(_NOT_MET),
                not_tested=kwcag.count(_NOT_TESTED),
            ),
            gaps=[words(f"statement.gap.{gap}") for gap in OTHER_GAPS],
            other=self.other,
            other_name=self.name_other("statement"),
        )

    def _describe(self, check: AccessibilityCheck, standard: str) -> tuple[str, str, str, str, list[str]]:
        """Return the number, the name, the status, how it is shown and the names of the tests in words."""
        words, key = self.words, f"statement.{standard}.c{check.id.replace('.', '_')}"
        number = check.id if check.id[0].isdigit() else ""
        tests = [test.removeprefix("test_").replace("_", " ") for test in check.tests]
        return number, words(f"{key}.name"), words(f"statement.{check.status.value}"), words(f"{key}.how"), tests


def _render(page: _ReferencePage) -> str:
    body = page.build()
    css = str(page.typeface().data[STYLE_MIME])
    return (
        template_environment()
        .get_template("reference.html.j2")
        .render(
            language=page.words.language,
            title=body.title,
            skip=page.words("page.skip"),
            css=css,
            digest=sha256_base64(css.encode()),
            body=body.html,
        )
    )
