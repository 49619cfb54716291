"""Two local governments with one name: 중구 of 한빛광역시 and of 별빛광역시 stay apart wherever either is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from smartcert.analysis.frames import applicants
from smartcert.certification.events import Purpose
from smartcert.cli.register.options import load_law
from smartcert.cli.reports import _format_row
from smartcert.evaluation.committee import check_proceedings
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.audience import build_press_record, redact
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.records import Audience
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_results_csv
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.appeals import build_appeal_pack
from smartcert.services.clock import get_now
from smartcert.services.register_entries import IssueRequest, draft_entries
from smartcert.services.rounds import OpenRound, open_round
from tests.support.report_pages import sections
from tests.support.small_example import small_example

BOTH = ("danbi", "areum")
"""One is certified, the other on hold."""
NAMED = re.compile(r"(?:한빛광역시|별빛광역시) 중구|Jung-gu, (?:Hanbit|Byeolbit)")
ALONE = re.compile(r"(?<!한빛광역시 )(?<!별빛광역시 )중구|Jung-gu(?!, (?:Hanbit|Byeolbit))")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenRound:
    folder = small_example(tmp_path_factory.mktemp("rounds") / "example", (*BOTH, "haneul", "yeoul", "garam"))
    table = folder / "registry.csv"
    text = table.read_text("utf-8-sig")
    for ko, en in (("단비구", "Danbi-gu"), ("아름구", "Areum-gu")):
        text = text.replace(f"{ko},{en}", "중구,Jung-gu")
    table.write_text(text, "utf-8")
    return open_round(str(folder))


def list_texts(opened: OpenRound) -> Iterator[tuple[str, str]]:
    """Yield everything that names an applicant: what it is, and its text."""
    whole, press = opened.round_record(), build_press_record(opened.round_record())
    for language in LANGUAGES:
        for name in BOTH:
            record = opened.record(name)
            audiences = [Audience.APPLICANT, *([Audience.PUBLIC] if record.outcome.certified else [])]
            for seen in (record, *(redact(record, audience) for audience in audiences)):
                yield f"report of {name}", "".join(section.html for section in sections(seen, language))
        summary = RoundSummary(whole, language)
        for part in ("overview", "levels", "applicants", "refused"):
            yield f"summary, {part}", getattr(summary, part)().html
        for part in ("overview", "applicants"):
            yield f"press, {part}", getattr(PressSummary(press, language), part)().html
        for pair in zip(opened.evaluations, opened.outcomes, strict=True):
            yield "table of the demo", _format_row(*pair, Words(language, "commands"))[0]
    yield "index", render_index(whole, pages=())
    yield "results.csv", build_results_csv(press).decode()
    yield "frame", applicants(opened)[["name_ko", "name_en"]].to_csv()
    for name in BOTH:
        pack = build_appeal_pack(opened, name, (), lambda _: None)
        yield (
            "appeal pack",
            "".join(data.decode() for file, data in pack.files.items() if file.endswith((".txt", ".csv"))),
        )
    moment = get_now().astimezone(KOREAN_TIME)
    request = IssueRequest(purpose=Purpose.NEW, at=moment, reason="a trial")
    for draft in draft_entries(opened, "danbi", request, load_law(), now=moment):
        yield f"register, {draft.kind}", f"{draft.actor} {draft.facts.get('name_ko')} {draft.facts.get('name_en')}"
    for finding in check_proceedings(opened.round, opened.evaluations, opened.rules.committee):
        for text in finding.facts.names.values():
            yield f"finding {finding.code}", f"{text.ko} {text.en}"


@pytest.mark.slow
def test_neither_is_named_without_its_parent(opened: OpenRound) -> None:
    named = set()
    for what, text in list_texts(opened):
        assert not ALONE.search(text), (what, ALONE.search(text))
        named |= {(what.partition(",")[0], match) for match in NAMED.findall(text)}
    for what in ("report of danbi", "report of areum", "summary", "press", "index", "frame", "register", "appeal pack"):
        assert any(where == what for where, _ in named), what
    names = {match for _, match in named}
    assert names == {"한빛광역시 중구", "별빛광역시 중구", "Jung-gu, Hanbit", "Jung-gu, Byeolbit"}
