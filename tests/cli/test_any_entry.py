"""Whatever is entered, under whatever name: a sentence or an entry, an intact register, and an answer to everything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from smartcert.certification.events import FACTS_BY_KIND, EventKind
from smartcert.certification.integrity import verify
from smartcert.certification.store import Register
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.services.holders import codes_of
from tests.cli.test_certificates_of_others import COMPANY, DONG, GEOMDAN, ISSUED, JEMULPO, JUNG, SEO, YEONGJONG, shared
from tests.cli.test_recoding import enter, issue, register
from tests.support.registering import law

pytestmark = pytest.mark.slow

NAMES = (DONG, JUNG, SEO, JEMULPO, YEONGJONG, GEOMDAN, COMPANY, "제물포구", "서해구", "검단구", "영종구")
RESTS_ON_EVALUATION = {
    EventKind(name) for name in ("evaluated", "proposed", "decided", "declined", "issued", "extended")
}


def choose_facts(chance: random.Random, kind: EventKind, day: date) -> Iterator[str]:
    """Yield facts of a kind, each of a value that is likely to be allowed, or missing, or of another entry."""
    entry = str(chance.randint(1, 30))
    values = {
        **dict.fromkeys(("against", "corrects", "complaint"), entry),
        **dict.fromkeys(
            ("decision", "answer", "about", "where", "document", "discretion", "address", "application"), "x"
        ),
        "change": "2026-07-01",
        "holder": chance.choice((JEMULPO, YEONGJONG, GEOMDAN, "")),
        "partner": chance.choice(("", DONG, JUNG)),
        "partners": chance.choice(("", f"lead {COMPANY} x; partner {DONG} y")),
        "ground": chance.choice(("improper", "below_criteria")),
        "until": (day + timedelta(days=chance.randint(0, 60))).isoformat(),
        "purpose": chance.choice(("new", "extension")),
        "round": f"round-{chance.randint(1, 9)}",
        **dict.fromkeys(("fit", "certified", "grant"), "yes"),
        **dict.fromkeys(("upheld", "void"), chance.choice(("yes", "no"))),
        "level": "3",
        "valid_from": day.isoformat(),
        "valid_to": (day + timedelta(days=700)).isoformat(),
        "otherwise": chance.choice(("", "why")),
        "size_type": "small_medium",
        "edition": "illustrative-2023",
        "replacement": chance.choice(("", "x", "[]", '{"facts":{"level":"2"}}')),
        **dict.fromkeys(("name_ko", "name_en"), "하늘시"),
    }
    for name in FACTS_BY_KIND.get(kind, {}):
        if value := values.get(name.removesuffix("?")):
            yield f"--fact={name.removesuffix('?')}={value}"


def choose_command(chance: random.Random) -> list[str]:
    day = ISSUED + timedelta(days=chance.choice((0, 1, 100, 121, 130, 365, 729, 730, 900, chance.randint(0, 1500))))
    name, kind = chance.choice(NAMES), chance.choice(list(EventKind))
    stated = ["--at", str(day), "--reason", "x", "--actor", "Kim" if kind is EventKind.EVALUATED else "Lee"]
    if chance.random() < 0.05:
        stated += ["--certificate", f"SC-2026-000{chance.randint(1, 4)}"]
    if chance.random() < 0.2:
        changes = (["--void"], ["--restore"], ["--set", f"at={day}"], ["--fact", f"holder={JEMULPO}"])
        return ["correct", str(chance.randint(1, 30)), name, *chance.choice(changes), *stated]
    evaluation = ["--evaluation", "5" * 64] if kind in RESTS_ON_EVALUATION else []
    return ["record", kind.value, name, *choose_facts(chance, kind, day), *evaluation, *stated]


def answer(path: Path, *words: str) -> Result:
    done = register(*words, file=path)
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
    assert done.exit_code in (0, 2), (words, done.output)
    return done


@pytest.mark.parametrize("seed", range(4))
def test_any_entry_leaves_an_intact_register_that_answers(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("options", "entries"):
        now = datetime(2031, 1, 1, tzinfo=KOREAN_TIME)
        monkeypatch.setattr(f"smartcert.cli.register.{module}.get_now", lambda now=now: now)
    chance, path = random.Random(seed), tmp_path / "register.sqlite"
    for code in chance.sample((DONG, JUNG, SEO), 2):
        issue(path, code, ISSUED)
    enter(path, list(shared(ISSUED, partner=chance.choice((DONG, JUNG, SEO)))))
    entered = 0
    for _ in range(400):
        command = choose_command(chance)
        with Register.read(path, codes_of) as opened:
            before = opened.head()
        if answer(path, *command).exit_code:
            with Register.read(path, codes_of) as opened:
                assert opened.head() == before, command
            continue
        entered += 1
        assert verify(path, law, codes_of=codes_of) == (), command
        name, on = chance.choice(NAMES), str(ISSUED + timedelta(days=chance.randint(0, 1500)))
        for asked in (("status", name, "--on", on), ("due", "--on", on, "--within", "500d"), ("verify",)):
            assert answer(path, *asked).exit_code == 0, (command, asked)
    assert entered > 15
