"""A certificate is under the law of its own scheme: who decides, how long it is valid, by which articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from smartcert.certification.events import Draft, EventKind, Purpose, RefusedError
from smartcert.certification.procedure import find_edition
from smartcert.certification.state import HolderState
from smartcert.certification.store import Register
from smartcert.certification.timeline import compute_standing
from smartcert.errors import NoRuleError
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.rules.parameters import Role
from smartcert.rules.rulebook import Rulebook
from smartcert.services.holders import codes_of
from smartcert.services.register_entries import IssueRequest, draft_entries
from smartcert.services.rounds import open_round
from tests.support.registering import law, rulebook

AT = datetime(2023, 12, 21, 10, tzinfo=KOREAN_TIME)
EDITION = "service-illustrative-2023"


def change_service(**values: Any) -> Rulebook:
    """Return the rules in which the scheme of services states other values on certificates."""
    book = rulebook()
    scheme = book.schemes["service"]
    own = dict(scheme.files["certification"])
    for name, value in values.items():
        (rule,) = own.get(name) or book.files["certification"][name]
        own[name] = (replace(rule, value=value, name=f"service.{name}"),)
    changed = replace(scheme, files={**scheme.files, "certification": own})
    return replace(book, schemes={**book.schemes, "service": changed})


def issue(book: Rulebook, file: Path) -> Register:
    opened = open_round("service-example")
    request = IssueRequest(purpose=Purpose.NEW, at=AT, reason="x")
    Register.create(file).close()
    register = Register.open(file, codes_of)
    drafts = draft_entries(opened, "gaon", request, book.certification_on, now=AT)
    register.append_all(drafts, book.certification_on, lambda: AT)
    return register


def test_what_a_scheme_states_takes_the_place_of_the_law_of_cities() -> None:
    book = change_service(valid_years=3)
    day = AT.date()
    assert book.certification_on(day, EDITION).valid_years.value == 3
    assert book.certification_on(day, "illustrative-2023").valid_years.value == 2
    assert book.certification_on(day).valid_years.value == 2
    assert book.certification_on(day, EDITION).issues == book.certification_on(day).issues


def test_services_state_their_own_validity_and_do_not_cite_pages_about_cities() -> None:
    services = law(AT.date(), EDITION)
    for rule in (services.valid_years, services.extension_months_before):
        assert {cite.source.id for cite in rule.basis.cite} == {"notice-2021-223"}
        assert rule.basis.status == "inferred"
    assert "KICT" in services.evaluates.basis.note.en


def test_a_certificate_of_a_scheme_is_valid_as_long_as_the_scheme_says(tmp_path: Path) -> None:
    book = change_service(valid_years=3, decides=Role.OPERATING_BODY)
    with issue(book, tmp_path / "register.db") as register:
        events = register.events()
        applied, *_, decided, issued = events
        assert (applied.text("edition"), issued.text("valid_to")) == (EDITION, "2026-12-20")
        assert decided.role is Role.OPERATING_BODY
        assert any(name.startswith("service.valid_years@") for name in issued.editions)
        certificate = compute_standing(events, date(2026, 12, 20), book.certification_on).certificate
        assert certificate is not None
        assert certificate.covers(date(2026, 12, 20))
        assert not certificate.covers(date(2026, 12, 21))


def test_the_same_entries_are_refused_under_another_law(tmp_path: Path) -> None:
    changed = change_service(valid_years=3)
    opened = open_round("service-example")
    request = IssueRequest(purpose=Purpose.NEW, at=AT, reason="x")
    drafts = draft_entries(opened, "gaon", request, changed.certification_on, now=AT)
    Register.create(tmp_path / "register.db").close()
    with Register.open(tmp_path / "register.db", codes_of) as register, pytest.raises(RefusedError) as refused:
        register.append_all(drafts, law, lambda: AT)
    assert refused.value.refusal.code == "other_period"


def test_a_notice_is_given_by_whom_the_scheme_of_the_certificate_names(tmp_path: Path) -> None:
    book = change_service(gives_notice=Role.OPERATING_BODY)
    later = datetime(2024, 6, 1, 10, tzinfo=KOREAN_TIME)
    with issue(book, tmp_path / "register.db") as register:
        subject = register.events()[0].subject
        facts = {"ground": "below_criteria", "until": "2024-06-30", "scheme": "service"}
        notice = Draft(
            subject=subject,
            kind=EventKind.FIRST_NOTICE,
            actor="x",
            role=Role.MINISTER,
            at=later,
            reason="x",
            facts=facts,
        )
        with pytest.raises(RefusedError) as refused:
            register.append_all([notice], book.certification_on, lambda: later)
        assert refused.value.refusal.code == "other_role"
        (entered,) = register.append_all(
            [replace(notice, role=Role.OPERATING_BODY)], book.certification_on, lambda: later
        )
        assert any(name.startswith("service.gives_notice@") for name in entered.editions)


def test_an_event_before_any_application_is_under_the_edition_that_it_states() -> None:
    empty = HolderState(subject="x")
    assert find_edition(empty, EventKind.APPLIED, "e") == "e"
    assert find_edition(empty, EventKind.COMPLAINT_RECEIVED) == ""


def test_under_another_law_a_validity_that_is_not_stated_is_not_known_and_not_that_of_cities() -> None:
    book = rulebook()
    service = book.schemes["service"]
    other = replace(service, worded_as_city=False)
    stated = replace(book, schemes={**book.schemes, "service": other})
    assert stated.certification_on(AT.date(), EDITION).valid_years.value == 2
    files = {name: values for name, values in other.files.items() if name != "certification"}
    silent = replace(book, schemes={**book.schemes, "service": replace(other, files=files)})
    with pytest.raises(NoRuleError, match=r"scheme 'service' does not state certification\.valid_years"):
        silent.certification_on(AT.date(), EDITION)
    facts = silent.on(AT.date(), EDITION).facts
    assert facts is not None
    assert not facts.validity_stated
    under_city = replace(silent, schemes={**silent.schemes, "service": replace(service, files=files)})
    assert under_city.certification_on(AT.date(), EDITION).valid_years.value == 2
