"""Earlier rounds and certificates of the same local government: on its report, and in what makes exactly that stale."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from smartcert.batch.earlier import find_earlier_files
from smartcert.batch.plan import RunPlan
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.certification.events import Draft, EventKind
from smartcert.certification.periods import compute_first_period
from smartcert.certification.store import Register
from smartcert.errors import InputError, UsageError
from smartcert.model.citation import Text
from smartcert.model.earlier import EarlierCertificate, LaterChange
from smartcert.model.evaluation import Evaluation
from smartcert.recompute import recompute
from smartcert.reporting.applicant.earlier import build_round_rows
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import redact
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Audience, Record, RoundRecord, from_json, to_json
from smartcert.services.cards import RoundCards
from smartcert.services.earlier import find_known
from smartcert.services.history import open_history
from smartcert.services.holders import codes_of
from tests.support.build import example
from tests.support.registering import K, clock, course, draft, law
from tests.support.report_pages import batch_page


def earlier_round(name: str = "example-2021", day: date = date(2021, 9, 1), *only: str) -> RoundRecord:
    """Return the example's record as that of another round, of all its applicants or of some."""
    own = example().round_record()
    pairs = [pair for pair in own.pairs if not only or pair[0].id in only]
    return replace(
        own,
        round=replace(own.round, id=name, governing_day=day, title=Text(ko="2021년 공모", en="Round of 2021")),
        evaluations=tuple(pair[0] for pair in pairs),
        outcomes=tuple(pair[1] for pair in pairs),
    )


def test_an_earlier_round_is_known_of_those_who_took_part_and_of_nobody_else() -> None:
    known = find_known(example(), [earlier_round("example-2021", date(2021, 9, 1), "haneul", "ara")])[0]
    assert set(known) == {"haneul", "ara"}
    (past,) = known["haneul"].rounds
    assert (past.round, past.points, past.outcome.computed) == ("example-2021", Fraction(1394), 4)
    assert past.outcome.decided is None or (past.outcome.decided.by, past.outcome.decided.reason) == ("", "")


@pytest.mark.parametrize(
    "other",
    [
        lambda record: replace(record, round=replace(record.round, governing_day=date(2023, 9, 13))),
        lambda record: replace(record, round=replace(record.round, invented=False)),
    ],
)
def test_a_round_that_is_not_earlier_or_of_another_kind_does_not_count(
    other: Callable[[RoundRecord], RoundRecord],
) -> None:
    assert find_known(example(), [other(earlier_round())])[0] == {}


def test_rounds_stand_oldest_first_and_the_round_of_the_report_last() -> None:
    rounds = [earlier_round("b", date(2022, 1, 1)), earlier_round("a", date(2020, 1, 1))]
    known = find_known(example(), rounds)[0]["haneul"]
    assert [one.round for one in known.rounds] == ["a", "b"]
    section = ApplicantReport(replace(example().record("haneul"), earlier=known), "en").earlier()
    assert section is not None
    places = [section.html.index(text) for text in ("<td>1 January 2020", "<td>1 January 2022", "◀ this round")]
    assert places == sorted(places)


def test_who_was_renamed_or_got_another_code_is_the_same_holder() -> None:
    """Someone whose code changed was in a round under the old code, and is in this one under the new."""
    code = next(one.code for one in open_history().certifications if len(codes_of(one.code)) > 1)
    old, new = codes_of(code)[0], codes_of(code)[-1]
    opened, past = example(), earlier_round("example-2021", date(2021, 9, 1), "haneul")

    def with_code(evaluation: Evaluation, code: str) -> Evaluation:
        return replace(evaluation, applicant=replace(evaluation.applicant, code=code))

    past = replace(past, evaluations=(with_code(past.evaluations[0], old),))
    own = replace(opened)
    own.__dict__["verdicts"] = tuple(with_code(one, new) if one.id == "haneul" else one for one in opened.verdicts)
    own.__dict__["outcomes"] = opened.outcomes
    assert set(find_known(own, [past])[0]) == {"haneul"}


def test_published_certificates_of_a_real_round_are_those_from_before_it() -> None:
    certification = next(one for one in open_history().certifications if one.round_year == 2021 and one.level)
    opened = example()
    own = replace(opened, round=replace(opened.round, invented=False))
    own.__dict__["verdicts"] = tuple(
        replace(one, applicant=replace(one.applicant, code=certification.code)) if one.id == "haneul" else one
        for one in opened.verdicts
    )
    own.__dict__["outcomes"] = opened.outcomes
    certificates = find_known(own, [])[0]["haneul"].certificates
    assert certificates
    assert all(one.first < own.facts.governing_day for one in certificates)
    assert certificates[0].level == certification.level
    assert find_known(opened, [])[0] == {}


def test_certificates_of_a_register_beside_the_outputs_stand_on_the_report_as_far_as_they_are_earlier(
    tmp_path: Path,
) -> None:
    own = next(one for one in example().evaluations if one.id == "haneul").applicant.code
    day, path = date(2021, 4, 1), tmp_path / "register.sqlite"
    with Register.create(path) as register:
        register.append_all(list(course(day, subject=own)), law, clock)
        register.append_all(list(course(date(2023, 12, 21), subject="9110000000")), law, clock)
    (tmp_path / "example").mkdir()
    found = find_earlier_files(tmp_path / "example", "example").register
    known = find_known(example(), [], found)[0]
    assert set(known) == {"haneul"}
    first, last = compute_first_period(day, law(day))
    (certificate,) = known["haneul"].certificates
    assert (certificate.level, certificate.first, certificate.last, certificate.ended) == (3, first, last, "")
    page = batch_page(replace(example().record("haneul"), earlier=known["haneul"]), "en")
    section = page[page.index("Earlier rounds and certificates") :]
    assert "1 April 2021" in section
    with sqlite3.connect(path) as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {name}")
        store.execute("UPDATE events SET body = replace(body, '2021-04-01', '2021-04-02')")
    with pytest.raises(UsageError, match="is not intact"):
        find_known(example(), [], found)[0]


def test_a_certificate_that_ended_early_was_valid_to_the_day_before(tmp_path: Path) -> None:
    own = next(one for one in example().evaluations if one.id == "haneul").applicant.code
    day, path = date(2022, 4, 1), tmp_path / "register.sqlite"
    with Register.create(path) as register:
        register.append_all(list(course(day, subject=own)), law, clock)
        given_up = draft(EventKind.SURRENDERED, date(2023, 2, 1), actor=own, subject=own)
        register.append_all([given_up], law, clock)
    (certificate,) = find_known(example(), [], path)[0]["haneul"].certificates
    assert (certificate.first, certificate.last, certificate.ended) == (day, date(2023, 1, 31), "surrendered")


def test_the_points_and_shares_of_every_round_have_the_digits_of_the_report() -> None:
    known = find_known(example(), [earlier_round()])[0]["ara"]
    own = replace(example().record("ara"), earlier=known)
    rows = build_round_rows(own, Words("en", "report"))
    assert [(row.points, row.share) for row in rows] == [("1,408.5", "70.4%")] * 2
    known = find_known(example(), [earlier_round()])[0]["danbi"]
    rows = build_round_rows(replace(example().record("danbi"), earlier=known), Words("en", "report"))
    assert [(row.points, row.share) for row in rows] == [("1,600.0", "80.0%")] * 2


def test_the_section_is_there_only_where_something_is_known_and_the_page_is_equal_to_its_recomputation() -> None:
    record = example().record("haneul")
    assert ApplicantReport(record, "en").earlier() is None
    certificate = EarlierCertificate(
        name=Text(ko="하늘시", en="Haneul-si"),
        round="2019",
        level=None,
        first=date(2019, 1, 1),
        last=date(2020, 12, 31),
        ended="revoked",
    )
    known = replace(find_known(example(), [earlier_round()])[0]["haneul"], certificates=(certificate,))
    own = replace(record, earlier=known)
    assert from_json(Record, to_json(own)) == own
    page = batch_page(own, "en")
    assert "Earlier rounds and certificates" in page
    assert "revoked" in page
    assert recompute(page).equal
    assert not recompute(page.replace("Round of 2021", "Round of 2020")).equal
    assert "이전 공모와 인증" in batch_page(own, "ko")
    certified = next(one.application for one in example().outcomes if one.certified)
    public = redact(replace(example().record(certified), earlier=known), Audience.PUBLIC)
    assert b"earlier" not in to_json(public)


def test_exactly_the_pages_that_show_it_depend_on_an_earlier_round(tmp_path: Path) -> None:
    request = RunRequest(round="example", output=tmp_path / "example", audiences=tuple(Audience))

    def parts() -> dict[str, dict[str, str]]:
        return {
            report.page: dict(report.parts) for report in RunPlan(request, Notebooks.from_package(), example()).reports
        }

    before = parts()
    (tmp_path / "example-2021").mkdir()
    record = tmp_path / "example-2021" / "round.json"
    record.write_bytes(to_json(earlier_round("example-2021", date(2021, 9, 1), "haneul", "hanbit")))
    after = parts()
    changed = {page for page in before if before[page] != after[page]}
    assert changed == {
        f"applicants/{name}/report{audience}.{language}.html"
        for name in ("haneul", "hanbit")
        for audience in ("", ".applicant")
        for language in ("ko", "en")
    }
    record.write_bytes(to_json(earlier_round("another-name", date(2021, 9, 1))))
    assert parts() == before  # a copy under another name is no round of its own
    record.write_text("{}")
    with pytest.raises(InputError, match="the record of a round"):
        parts()


def test_beside_a_folder_of_another_name_nothing_is_looked_for(tmp_path: Path) -> None:
    for name in ("mine", "example", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "round.json").write_bytes(b"")
    (tmp_path / "register.sqlite").write_bytes(b"")
    assert find_earlier_files(tmp_path / "mine", "example").paths == ()
    assert [path.parent.name for path in find_earlier_files(tmp_path / "example", "example").records] == ["mine", "old"]
    assert find_earlier_files(tmp_path / "example", "example").register == tmp_path / "register.sqlite"


# --- what became of the certificate since -----------------------------------------------------------------------------


def _enter_since(path: Path, *drafts: Draft) -> None:
    """Enter a certificate of the round for 아라군, then what came after it."""
    code = next(one for one in example().evaluations if one.id == "ara").applicant.code
    first = list(course(date(2023, 12, 21), subject=code))
    applied = replace(first[0], facts={**first[0].facts, "round": "example", "application": "ara"})
    with Register.create(path) as register:
        register.append_all([applied, *first[1:], *(replace(one, subject=code) for one in drafts)], law, clock)


_NOTICE = draft(K.FIRST_NOTICE, date(2024, 2, 1), ground="improper", until="2024-03-01")
_REVOKED = [
    _NOTICE,
    draft(K.EXPLANATION_RECEIVED, date(2024, 2, 2)),
    draft(K.EXPLANATION_REJECTED, date(2024, 2, 3)),
    draft(K.REVOKED, date(2024, 2, 4)),
]
LATER = {
    "nothing": ([], None, None),
    "notice": ([_NOTICE], None, None),
    "revoked": (_REVOKED, "revoked", date(2024, 2, 4)),
    "restored": ([*_REVOKED, draft(K.REINSTATED, date(2024, 5, 1))], None, None),
    "upheld": (
        [*_REVOKED, draft(K.REINSTATED, date(2024, 5, 1)), draft(K.REVOCATION_RESUMED, date(2024, 9, 1))],
        "revoked",
        date(2024, 9, 1),
    ),
    "surrendered": ([draft(K.SURRENDERED, date(2024, 3, 1))], "surrendered", date(2024, 3, 1)),
    "suspended": ([draft(K.SUSPENDED, date(2024, 3, 1))], "suspended", date(2024, 3, 1)),
    "replaced": (list(course(date(2025, 3, 1))), "replaced", date(2025, 3, 1)),
}


@pytest.mark.parametrize("name", LATER)
def test_card_and_public_page_say_what_became_of_the_certificate_since(name: str, tmp_path: Path) -> None:
    drafts, status, since = LATER[name]
    path = tmp_path / "register.sqlite"
    _enter_since(path, *drafts)
    later = find_known(example(), [], path)[1]
    assert later == ({"ara": LaterChange(status=status, since=since)} if status and since else {})
    for language in ("ko", "en"):
        words = Words(language, "public")
        card = RoundCards(example(), later=later).render("ara", language).decode()
        public = redact(replace(example().record("ara"), later=later.get("ara")), Audience.PUBLIC)
        page = batch_page(public, language)
        decided = example().record("ara").outcome.decided
        assert decided is not None
        as_of = words("public.as_of", on=decided.on), Words(language, "card")("card.today_unknown")
        for shown, of_that_day in zip((page, card), as_of, strict=True):
            told = " ".join(html.unescape(re.sub("<[^>]+>", " ", shown)).split())
            assert of_that_day in told
            for one in ("revoked", "surrendered", "suspended", "replaced", "lapsed"):
                sentence = words(f"public.later.{one}", since=since or date(2024, 1, 1))
                assert (sentence in told) is (one == status), (name, one)


def test_without_a_register_nothing_is_known_of_later_and_one_that_is_damaged_is_refused(tmp_path: Path) -> None:
    assert find_known(example(), [], None)[1] == {}
    path = tmp_path / "register.sqlite"
    _enter_since(path, *_REVOKED)
    path.with_name("register.sqlite.heads").write_text("1 " + "0" * 64 + "\n")
    with pytest.raises(UsageError, match="not intact"):
        find_known(example(), [], path)[1]
