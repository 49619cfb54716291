"""An applicant that is renamed, merged or divided after the governing day: all pages say so, no letter goes astray."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path
from tempfile import mkdtemp

import pytest

from smartcert.cli.rounds import list_changed_applicants
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.model.applicant import ApplicantKind
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import redact
from smartcert.reporting.catalogue import load_words
from smartcert.reporting.outcome import describe_changes
from smartcert.reporting.records import Audience, PublicRecord, Record, from_json, to_json
from smartcert.services.cards import RoundCards
from smartcert.services.letters import build_letters
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS

TABLES = (
    "round",
    "applications",
    "documents",
    "measurements",
    "inspections",
    "committee",
    "marks",
    "votes",
    "decisions",
)
GOVERNING_DAY = date(2025, 9, 13)
MERGED, DIVIDED, AREA, RENAMED, SAME = "2900000000", "2811000000", "2826000000", "2911000000", "1111000000"


@cache
def real_round(code: str, decided: str) -> OpenRound:
    """Return the example round two years later among real local governments, with a code and a decision of ``ara``."""
    folder = Path(mkdtemp()) / "rounds" / "real"
    folder.mkdir(parents=True)
    own = re.findall(r"^\w+,(\d{10}),", (PARAMETERS / "rounds/example/applications.csv").read_text("utf-8-sig"), re.M)
    kinds = (ApplicantKind.CITY, ApplicantKind.COUNTY)
    real = [
        entity.code_on(GOVERNING_DAY) or ""
        for entity in load_local_governments().governments_on(GOVERNING_DAY)
        if load_local_governments().kind(entity, GOVERNING_DAY) in kinds
    ]
    codes = dict(zip(own, real, strict=False)) | {own[0]: code}
    for file in (PARAMETERS / "rounds" / "example").iterdir():
        if file.stem not in TABLES:
            continue
        text = file.read_text("utf-8-sig").replace("invented: yes", "invented: no").replace("id: example", "id: real")
        text = re.sub(r"20(2[0-4])(?=-\d\d)", lambda match: f"20{int(match[1]) + 2}", text)
        text = re.sub("registry: .*", "registry: 2025-05", text)
        text = text.replace("cite: [call-2023]", "cite: [notice-2021-223 9(1)]")
        text = re.sub(r"\b9\d{9}\b", lambda match: codes.get(match[0], match[0]), text)
        first, *rows = text.splitlines()
        if rows and first.startswith("applicant,"):
            text = "\n".join([first, *(row for row in rows if row.split(",")[0] in ("ara", "dasom")), ""])
        if file.stem == "decisions":
            row = "{},{},head,2025-11-20,reason,{},{},{},reason"
            rows = [row.format("dasom", 4, 4, "director", "2025-12-01"), row.format("ara", 3, 3, "director", decided)]
            text = "\n".join([first, rows[0], rows[1] if decided else "ara,3,head,2025-11-20,reason,,,,", ""])
        (folder / file.name).write_text(text, "utf-8")
    return open_round(folder)


BEFORE, AFTER = "2026-06-30", "2026-07-01"
NO_RULE = "No rule is known that says who is decided on and notified after that day."
CASES = {
    "merged before its decision": (
        *(MERGED, AFTER, f"Gwangju exists until 30 June 2026. What follows it: Jeonnam-Gwangju. {NO_RULE}"),
        "[addressee, to be confirmed]",
    ),
    "decided on its last day": (
        *(MERGED, BEFORE, "Gwangju exists until 30 June 2026. What follows it: Jeonnam-Gwangju."),
        "Mayor of Gwangju",
    ),
    "merged, not decided": (
        *(MERGED, "", f"Gwangju exists until 30 June 2026. What follows it: Jeonnam-Gwangju. {NO_RULE}"),
        "Mayor of Gwangju",
    ),
    "divided before its decision": (
        *(DIVIDED, AFTER, "What follows it: Jemulpo-gu, Yeongjong-gu. " + NO_RULE),
        "[addressee, to be confirmed]",
    ),
    "a part became another": (
        *(
            AREA,
            AFTER,
            "area of Seo-gu, Incheon changes on 1 July 2026. From then on there are: Seohae-gu, Geomdan-gu.",
        ),
        "Mayor of Seohae-gu",
    ),
    "renamed before its decision": (
        *(RENAMED, AFTER, "Dong-gu, Gwangju is called Dong-gu, Jeonnam-Gwangju from 1 July 2026 on."),
        "Mayor of Dong-gu, Jeonnam-Gwangju",
    ),
    "renamed after its decision": (
        *(RENAMED, BEFORE, "Dong-gu, Gwangju is called Dong-gu, Jeonnam-Gwangju from 1 July 2026 on."),
        "Mayor of Dong-gu, Gwangju",
    ),
    "unchanged": (SAME, AFTER, "", "Mayor of Jongno-gu"),
}


def read(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


@pytest.mark.parametrize(("code", "decided", "said", "addressee"), CASES.values(), ids=CASES)
def test_every_page_and_the_letter_say_it(code: str, decided: str, said: str, addressee: str) -> None:
    opened = real_round(code, decided)
    record = from_json(Record, to_json(opened.record("ara")))
    assert str(record.outcome.decided_on or "") == decided
    letter = read(build_letters(opened, "ara", ("en",))["en"]["html"].decode())
    card = read(RoundCards(opened).render("ara", "en").decode())
    texts = [letter, card, read(ApplicantReport(record, "en").head().html)]
    if decided:
        public = from_json(PublicRecord, to_json(redact(record, Audience.PUBLIC)))
        texts.append(read(PublicReport(public, "en").verdict().html))
    for text in texts:
        assert (said in text) if said else "What follows" not in text, text
    assert f"To: {addressee}" in letter
    korean = build_letters(opened, "ara", ("ko",))["ko"]["html"].decode()
    assert ("존속 기간은 2026년 6월 30일까지입니다." in korean) == ("What follows it" in said)
    lines = " ".join(list_changed_applicants(opened.round, "en"))
    assert (said in lines) == (decided != BEFORE), lines


def test_who_came_of_it_may_not_be_known_and_is_said_so() -> None:
    opened = real_round(MERGED, AFTER)
    (application,) = [own for own in opened.round.applications if own.id == "ara"]
    changes = [replace(change, after=()) for change in application.applicant_changes]
    said = describe_changes(changes, None, load_words("en", "report"))
    assert said == [f"Gwangju exists until 30 June 2026. What follows it: not known. {NO_RULE}"]


def test_a_change_makes_the_reports_of_the_applicant_stale_and_no_others() -> None:
    opened = real_round(MERGED, AFTER)
    same = [replace(own, applicant_changes=()) for own in opened.round.applications]
    before = replace(opened, round=replace(opened.round, applications=tuple(same)))
    stale = {own.id for own in same if before.input_digests(own.id) != opened.input_digests(own.id)}
    assert stale == {own.id for own in opened.round.applications if own.applicant_changes}
    assert "ara" in stale
