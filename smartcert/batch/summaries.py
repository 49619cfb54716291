"""The summaries of a round: the committee's from all of it, the press's from what is public, with its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import quote

from smartcert.batch.journal import Journal
from smartcert.batch.outputs import Outputs
from smartcert.batch.parts import package_part
from smartcert.batch.task import EngineName, Task
from smartcert.reporting import press_record
from smartcert.reporting.record import Audience, RoundRecord

COMMITTEE, PRESS = "committee", "press"
PRESS_RECORD = "round.press.json"
RESULTS = ("results.csv", "results.xlsx")


def audiences_of(wanted: tuple[Audience, ...]) -> tuple[Audience, ...]:
    """Return whom a run makes summaries for: reviewers are the committee, and see the press's too."""
    if Audience.REVIEWER in wanted:
        return (Audience.REVIEWER, Audience.PUBLIC)
    return (Audience.PUBLIC,) if Audience.PUBLIC in wanted else ()


def place_public(record: RoundRecord, outputs: Outputs, journal: Journal) -> str:
    """Place the press's record and, where they are not fresh, the tables of the public results; return the record."""
    press = press_record.press_of(record)
    text = press_record.to_json(press)
    outputs.renew_press(text)
    parts = {"round": sha256(text).hexdigest(), "package": package_part()}
    if not journal.is_fresh(RESULTS[0], parts):
        from smartcert.reporting.public_results import results_csv, results_xlsx  # openpyxl takes a moment to import

        outputs.place_file(RESULTS[0], results_csv(press))
        outputs.place_file(RESULTS[1], results_xlsx(press))
        journal.placed(RESULTS[0], parts, RESULTS)
    return text.decode()


def summary_tasks(
    record: RoundRecord,
    text: Callable[[], str],
    *,
    audiences: tuple[Audience, ...],
    outputs: Outputs,
    notebook: str,
    languages: tuple[str, ...],
    engine: EngineName,
    journal: Journal,
) -> Iterator[Task]:
    """Yield the tasks of the summaries. The records that they are made from are placed before.

    ``text`` gives the round's record as it was placed, for the committee. They lead to the pages that are there, and to
    those that are being made: these are there when the summaries are placed.
    """
    making = journal.making
    for audience in audiences:
        public = audience is Audience.PUBLIC
        name = PRESS_RECORD if public else "round.json"
        given = place_public(record, outputs, journal) if public else text()
        for language in languages:
            ids = () if public else tuple(one.id for one in record.evaluations)
            links = [*(quote(page) for page in outputs.reports(ids, language, making)), *RESULTS]
            yield Task(
                applicant_id="",
                language=language,
                notebook=notebook,
                record_name=name,
                record=given,
                parameters={
                    "record": name,
                    "round": record.round.id,
                    "language": language,
                    "audience": PRESS if public else COMMITTEE,
                    "links": " ".join(links),
                },
                engine=engine,
                audience=audience,
            )
