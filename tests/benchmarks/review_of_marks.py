"""The review of a committee whose marks have a hundred and one steps: time of the review alone, and of its evaluation.

python -m tests.benchmarks.review_of_marks [--applicants 243] [--evaluators 9] [--highest 100]
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace
from fractions import Fraction

from smartcert.analysis.committee.review import review_committee
from smartcert.model.application import Evaluator, Mark
from smartcert.model.indicator import IndicatorKind, Marks, MarkScale, Section
from smartcert.services.rounds import OpenRound, open_round


def with_marks(opened: OpenRound, applicants: int, evaluators: int, highest: int) -> OpenRound:
    """Return the example round with so many applicants, marked by so many evaluators from 0 to ``highest``."""
    rng = random.Random(7)
    scale = MarkScale(lowest=Fraction(0), highest=Fraction(highest), step=Fraction(1))
    rules = replace(
        opened.rules,
        edition=replace(
            opened.rules.edition, domains=tuple(_rescale(one, scale) for one in opened.rules.edition.domains)
        ),
    )
    committee = tuple(Evaluator(id=f"E{number}", name=f"E{number}") for number in range(1, evaluators + 1))
    names = [one.id for one in rules.edition.indicators() if one.kind is IndicatorKind.QUALITATIVE]
    scored = {one.id for one in opened.evaluations if one.scorecard is not None}
    models = [one for one in opened.round.applications if one.id in scored]
    applications = tuple(
        replace(
            rng.choice(models),
            id=f"a{number:03}",
            exclusions=(),
            marks=tuple(
                Mark(
                    indicator=name,
                    evaluator=member.id,
                    value=Fraction(min(highest, max(0, round(rng.gauss(0.7, 0.15) * highest)))),
                )
                for name in names
                for member in committee
            ),
        )
        for number in range(applicants)
    )
    proceedings = replace(opened.round.proceedings, discussed=(), votes=(), decisions=(), assignments=())
    round_ = replace(opened.round, applications=applications, committee=committee, proceedings=proceedings)
    return OpenRound(folder=opened.folder, round=round_, rulebook=opened.rulebook, rules=rules)


def _rescale(section: Section, scale: MarkScale) -> Section:
    line = Marks(zero_at=scale.lowest, full_at=scale.highest)
    return replace(
        section,
        sections=tuple(_rescale(part, scale) for part in section.sections),
        indicators=tuple(
            replace(one, mark_scale=scale, scale=line) if one.kind is IndicatorKind.QUALITATIVE else one
            for one in section.indicators
        ),
    )


def main() -> None:
    """Print how long the evaluation and the review take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=243)
    parser.add_argument("--evaluators", type=int, default=9)
    parser.add_argument("--highest", type=int, default=100)
    options = parser.parse_args()
    opened = with_marks(open_round("example"), options.applicants, options.evaluators, options.highest)
    began, cpu = time.monotonic(), time.process_time()
    scored = sum(one.scorecard is not None for one in opened.evaluations)
    evaluated, cpu_evaluated = time.monotonic(), time.process_time()
    record = review_committee(opened)
    ended, cpu_ended = time.monotonic(), time.process_time()
    print(f"{scored} applicants scored, {len(record.evaluators)} evaluators, marks 0 to {options.highest}")
    print(f"evaluation {evaluated - began:6.1f} s ({cpu_evaluated - cpu:.1f} s of processor time)")
    print(f"review     {ended - evaluated:6.1f} s ({cpu_ended - cpu_evaluated:.1f} s of processor time)")


if __name__ == "__main__":
    main()
