"""Certificates that somebody shares, or came to by a merger or division: every command knows what `status` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from smartcert.certification.events import Draft
from smartcert.certification.events import EventKind as K
from smartcert.certification.integrity import verify
from smartcert.certification.store import Register
from smartcert.certification.timeline import compute_standing
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.services.earlier import find_known
from smartcert.services.holders import codes_of
from smartcert.services.rounds import open_round
from tests.cli.conftest import Run
from tests.cli.test_recoding import enter, issue, register
from tests.cli.test_registry import parameters as parameters
from tests.cli.test_registry import smartcert
from tests.cli.test_round_of_2027 import APPLICANT, CODES, fill_round
from tests.support.registering import at, course, draft, extension, law

ISSUED = date(2026, 3, 2)
JUNG, DONG, SEO = "2811000000", "2814000000", "2826000000"
JEMULPO, YEONGJONG, GEOMDAN = "2812500000", "2815500000", "2829000000"
COMPANY = "0018100021"
PERSON = ("--actor", "문다올", "--reason", "a letter")


def rule(
    path: Path, name: str, holder: str = "", kind: str = "change_stands", at: str = "2026-07-10", **facts: str
) -> str:
    given = {"change": "2026-07-01", "decision": "a letter", **({"holder": holder} if holder else {}), **facts}
    stated = [f"--fact={key}={value}" for key, value in given.items()]
    done = register("record", kind, name, "--at", at, *PERSON, *stated, file=path)
    assert done.exit_code == 0, done.stderr
    return done.output


def refuse(path: Path, *words: str, language: str = "en") -> str:
    """Return why a command is refused; nothing is entered."""
    with Register.read(path, codes_of) as opened:
        before = opened.head()
    done = register(*words, file=path, language=language)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    with Register.read(path, codes_of) as opened:
        assert opened.head() == before
    return done.stderr


# --- a certificate that a ruling has passed on ------------------------------------------------------------------------


@pytest.fixture
def round_of_2027(parameters: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A round of 2027 in which 제물포구 is certified, and the path of a register."""
    fill_round(parameters, CODES | {"9000000004": JEMULPO, "9000000005": "1213000000"})
    now = datetime(2027, 12, 21, 20, tzinfo=KOREAN_TIME)
    for module in ("options", "entries"):
        monkeypatch.setattr(f"smartcert.cli.register.{module}.get_now", lambda: now)
    return Path("register.sqlite")


EXTEND = ("extend", "2027", APPLICANT, "--at", "2027-12-21", "--reason", "round of 2027", "--issued-by", "장관실")
ALL = ("issue", "2027", "--all", "--at", "2027-12-21", "--reason", "round of 2027")


def test_a_successor_extends_what_a_ruling_has_passed_on_to_it_in_its_own_name(round_of_2027: Path) -> None:
    path = round_of_2027
    issue(path, DONG, ISSUED)
    assert f"the ruling on the merger or division of {DONG}" in refuse(path, *EXTEND).replace("Minister's ", "")
    rule(path, "제물포구", JEMULPO)
    all_refused = register(*ALL, file=path)
    assert "It may be an extension of certificate SC-2026-0001" in all_refused.output
    done = register(*EXTEND, file=path)
    assert done.exit_code == 0, done.stderr
    for asked in ("제물포구", JEMULPO):
        shown = register("status", asked, "--on", "2027-12-21", file=path).output
        assert "2 March 2028 to 1 March 2030" in shown
        assert re.search(r"(?m)^certification mark +may be used$", shown)
    shown = register("status", DONG, "--on", "2027-12-21", file=path).output
    assert re.search(r"certification mark +may not be used", shown)
    due = register("due", "--on", "2027-12-21", "--within", "1000d", file=path).stdout
    assert [line.split("  ")[1] for line in due.splitlines()] == ["Jemulpo-gu", "Jemulpo-gu"]
    assert register("verify", file=path).exit_code == 0
    assert register(*ALL, file=path).output.count("already there, certificate SC-2026-0001") == 0
    assert "already there, entry 11 (renewal)" in register(*ALL, file=path).output
    assert register("appeal", "2027", APPLICANT, "--output", "pack", file=path).exit_code == 0
    assert ",extended," in Path("pack/entries.csv").read_text("utf-8-sig"), "what its application joined"
    assert smartcert("register", "key", "k.key", "--issuing-office", "Office").exit_code == 0
    rechecked = register("recheck", "2027", "--on", "2027-12-21", file=path)
    assert "Jemulpo-gu" in rechecked.output, rechecked.stderr
    printed = register("certificate", "SC-2026-0001", "--key", "k.key", "--no-pdf", "--on", "2027-12-21", file=path)
    assert printed.exit_code == 0, printed.stderr
    page = Path("outputs/certification/certificates/SC-2026-0001.html").read_text("utf-8")
    assert ("제물포구" in page, JEMULPO in page, "하늘시" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("holder", "known"), [("", True), (JEMULPO, True), (YEONGJONG, False)], ids=["alone", "named", "other"]
)
def test_the_report_of_a_successor_has_the_certificate_that_was_passed_on_to_it(
    holder: str, known: bool, round_of_2027: Path
) -> None:
    of = JUNG if holder == YEONGJONG else DONG
    issue(round_of_2027, of, ISSUED)
    assert find_known(open_round("2027"), [], round_of_2027)[0] == {}, "no ruling yet"
    rule(round_of_2027, of, holder)
    earlier = find_known(open_round("2027"), [], round_of_2027)[0]
    assert [one.first for one in earlier[APPLICANT].certificates] == [ISSUED] if known else earlier == {}


def test_credentials_say_that_a_ruling_is_awaited(round_of_2027: Path) -> None:
    path = round_of_2027
    issue(path, DONG, ISSUED)
    asked = ("--all", "--address", "https://example.org/c", "--on")
    for day, said in (("2026-06-30", False), ("2026-07-01", True), ("2026-07-10", False)):
        if day == "2026-07-10":
            rule(path, DONG, JEMULPO)
        done = register("credentials", day, *asked, day, file=path)
        assert done.exit_code == 0, done.stderr
        assert ("(the ruling on a merger or division is awaited)" in done.output) is said
    assert JEMULPO in Path("2026-07-10/credentials/SC-2026-0001.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("of", "holder", "sentence"),
    [
        (DONG, "", ""),  # came into 제물포구 alone
        (JUNG, JEMULPO, ""),
        (JUNG, YEONGJONG, "There is nothing to extend"),
        (JUNG, "", "the ruling in entry 6 does not say which of several"),
    ],
)
def test_an_extension_goes_by_whom_the_ruling_names(of: str, holder: str, sentence: str, round_of_2027: Path) -> None:
    path = round_of_2027
    issue(path, of, ISSUED)
    rule(path, of, holder)
    if sentence:
        assert sentence in refuse(path, *EXTEND)
    else:
        done = register(*EXTEND, file=path)
        assert done.exit_code == 0, done.stderr
    of_all = register(*ALL, file=path).output
    assert ("issued, certificate" in of_all) is (holder == YEONGJONG)


def test_of_two_certificates_passed_on_to_one_holder_the_number_says_which(round_of_2027: Path) -> None:
    path = round_of_2027
    for code in (DONG, JUNG):
        issue(path, code, ISSUED)
        rule(path, code, JEMULPO)
    assert "SC-2026-0001" in refuse(path, *EXTEND)
    assert "--certificate" in refuse(path, "record", "surrendered", "제물포구", "--fact=document=x", *PERSON)
    assert "none" in refuse(path, *EXTEND, "--certificate", "SC-2026-0009").lower()
    assert register(*EXTEND, "--certificate", "SC-2026-0002", file=path).exit_code == 0
    with Register.read(path, codes_of) as opened:
        periods = [
            len(certificate.periods)
            for code in (DONG, JUNG)
            for certificate in compute_standing(opened.events(code), date(2027, 12, 21), law).certificates
        ]
    assert periods == [1, 2]


def test_who_goes_on_after_a_division_extends_nothing_that_was_passed_on_to_another(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, SEO, ISSUED)  # 인천 서구 goes on as 서해구, 검단구 is new
    entry = ("notice", "서해구", "--ground", "improper", "--until", "2026-09-01", *PERSON, "--at", "2026-08-01")
    rule(path, "서해구", GEOMDAN)
    shown = register("status", "서해구", "--on", "2026-08-01", file=path).output
    assert re.search(r"(?m)^certification mark +may not be used$", shown)
    assert f"A ruling (entry 6) has passed certificate SC-2026-0001 on to {GEOMDAN}" in refuse(path, *entry)
    done = register(entry[0], "검단구", *entry[2:], file=path)
    assert done.exit_code == 0, done.stderr
    assert "notice of revocation" in register("status", "검단구", "--on", "2026-08-01", file=path).output


def test_a_ruling_that_was_taken_out_or_corrected_counts_no_more(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, JUNG, ISSUED)
    rule(path, JUNG, YEONGJONG)
    fixed = ("correct", "6", "제물포구", "--fact", f"holder={JEMULPO}", "--at", "2026-07-11", *PERSON)
    assert register(*fixed, file=path).exit_code == 0
    mark = re.compile(r"(?m)^certification mark +(.*)$")
    assert mark.findall(register("status", "제물포구", "--on", "2026-07-12", file=path).output) == ["may be used"]
    assert mark.findall(register("status", "영종구", "--on", "2026-07-12", file=path).output) == ["may not be used"]
    assert register("correct", "6", JUNG, "--void", "--at", "2026-07-13", *PERSON, file=path).exit_code == 0
    assert "Record the Minister's ruling" in register("status", "제물포구", "--on", "2026-07-14", file=path).output
    assert "the Minister's ruling on" in register("due", "--on", "2026-07-14", "--within", "1d", file=path).output
    assert register("verify", file=path).exit_code == 0


def test_a_ruling_that_a_later_decision_annuls_is_awaited_again_and_may_go_the_other_way(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, DONG, ISSUED)
    rule(path, DONG, kind="change_ends")
    assert "lapsed" in register("status", "제물포구", "--on", "2026-08-01", file=path).output
    annulled = ("record", "reinstated", "제물포구", "--at", "2026-09-01", *PERSON, "--fact=decision=a judgment")
    assert "State from which day" in refuse(path, *annulled)
    assert "from 10 July 2026 to 1 September 2026" in refuse(path, *annulled, "--fact=since=2026-07-01")
    assert register(*annulled, "--fact=since=2026-07-10", file=path).exit_code == 0
    for day in ("2026-08-01", "2026-09-01"):
        for asked in ("제물포구", DONG):
            shown = register("status", asked, "--on", day, file=path).output
            assert "Record the Minister's ruling" in shown, (asked, day)
            assert re.search(r"(?m)^certification mark +not known$", shown)
    assert "the Minister's ruling on" in register("due", "--on", "2026-09-01", "--within", "1d", file=path).output
    rule(path, "제물포구", JEMULPO, at="2026-09-10")
    shown = register("status", "제물포구", "--on", "2026-09-10", file=path).output
    assert re.search(r"(?m)^certification mark +may be used$", shown)
    assert register("verify", file=path).exit_code == 0


@pytest.mark.parametrize(
    "facts",
    [
        ("corrects=6", "void=no", "replacement=x"),
        ("corrects=6", "void=no", "replacement=[]"),
        ("corrects=5", "void=yes", "replacement=x"),
        ("corrects=5", "void=yes", 'replacement={"reason":"x"}'),
        ("corrects=6", "void=no", 'replacement={"facts":[]}'),
        ("corrects=x", "void=no"),
        ("void=no",),
        ("corrects=6",),
    ],
)
def test_a_correction_that_cannot_be_read_is_refused_with_a_sentence(facts: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, DONG, ISSUED)
    rule(path, DONG, JEMULPO)
    stated = [f"--fact={fact}" for fact in facts]
    assert refuse(path, "record", "corrected", "제물포구", *stated, *PERSON, "--at", "2026-08-01")


@pytest.mark.parametrize("lead", [True, False])
def test_an_application_for_an_extension_is_entered_for_whoever_may_ask(lead: bool, joint: Path) -> None:
    stated = ("--fact=round=2027", "--fact=application=a", "--fact=purpose=extension", *PERSON, "--at", "2026-06-01")
    if lead:
        assert register("record", "applied", COMPANY, *stated, file=joint).exit_code == 0
    else:
        assert "who is not among those who apply" in refuse(joint, "record", "applied", DONG, *stated)


def test_a_partner_extends_as_lead_what_the_former_lead_applies_for_with_it(joint: Path) -> None:
    stated = ("--fact=round=2027", "--fact=application=a", "--fact=purpose=extension", *PERSON, "--at", "2026-06-01")
    together = f"--fact=partners=lead {DONG} 동구; partner {COMPANY} 하늘교통"
    others = f"--fact=partners=lead {DONG} 동구; partner {SEO} 서구"
    for language, said in (("en", "no rule says"), ("ko", "정한 규정은 없습니다")):
        assert said in refuse(joint, "record", "applied", DONG, *stated, others, language=language)
    assert register("record", "applied", DONG, *stated, together, file=joint).exit_code == 0
    with Register.read(joint, codes_of) as opened:
        entered = opened.events()[-1]
    assert (entered.subject, entered.text("holder")) == (COMPANY, DONG)
    steps = list(course(date(2026, 6, 1), subject=COMPANY, purpose="extension"))[1:-1]
    names = {"name_ko": "동구", "name_en": "Dong-gu", "partners_ko": "동구(대표), 하늘교통", "holder": DONG}
    days = extension(date(2028, 3, 1), date(2026, 6, 1))
    last = draft(K.EXTENDED, date(2026, 6, 1), subject=COMPANY, **names, **days)
    enter(joint, [replace(one, at=at(date(2026, 6, 1), 13)) for one in (*steps, last)])
    mark = re.compile(r"(?m)^certification mark +(.*)$")
    shown = {asked: register("status", asked, "--on", "2026-06-02", file=joint).output for asked in (DONG, COMPANY)}
    assert {asked: mark.findall(text) for asked, text in shown.items()} == {
        DONG: ["may be used"],
        COMPANY: ["may be used"],
    }
    assert verify(joint, law, codes_of=codes_of) == ()
    # then without the former lead: the one that leads now may leave it out, and the other way round it may not
    again = ("--fact=round=2029", "--fact=application=b", "--fact=purpose=extension", *PERSON, "--at", "2026-06-15")
    assert "led by 동구" in refuse(joint, "record", "applied", COMPANY, *again)
    assert register("record", "applied", DONG, *again, file=joint).exit_code == 0
    alone = draft(
        K.EXTENDED, date(2026, 6, 15), subject=COMPANY, holder=DONG, **extension(date(2030, 3, 1), date(2026, 6, 15))
    )
    steps = list(course(date(2026, 6, 15), subject=COMPANY, purpose="extension"))[1:-1]
    enter(joint, [replace(one, at=at(date(2026, 6, 15), 13)) for one in (*steps, alone)])
    shown = {asked: register("status", asked, "--on", "2026-06-16", file=joint).output for asked in (DONG, COMPANY)}
    assert {asked: mark.findall(text) for asked, text in shown.items()} == {
        DONG: ["may be used"],
        COMPANY: ["may not be used"],
    }
    surrender = ("record", "surrendered", "--fact=document=x", *PERSON, "--at", "2026-06-17")
    assert "is now led by 동구" in refuse(joint, *surrender, COMPANY)
    assert register(*surrender, DONG, file=joint).exit_code == 0
    assert verify(joint, law, codes_of=codes_of) == ()


def test_a_partner_extends_with_whom_the_certificate_of_the_lead_was_passed_on_to(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    first = course(ISSUED, subject=DONG, partners_ko="동구(대표), 하늘교통", name_ko="동구", name_en="Dong-gu")
    asked = {"partners": f"lead {DONG} 동구; partner {COMPANY} 하늘교통"}
    enter(path, [replace(one, facts={**one.facts, **(asked if one.kind is K.APPLIED else {})}) for one in first])
    stated = ("--fact=round=2027", "--fact=application=a", "--fact=purpose=extension", *PERSON, "--at", "2027-06-01")
    apply = ("record", "applied", COMPANY, *stated)
    together = f"--fact=partners=lead {COMPANY} 하늘교통; partner {JEMULPO} 제물포구"
    assert "ruling on the merger or division of" in refuse(path, *apply, together).replace("Minister's ", "")
    rule(path, DONG, JEMULPO)
    assert register("status", "제물포구", "--on", "2026-08-01", file=path).output.count("SC-2026-0001") == 1
    former = f"--fact=partners=lead {COMPANY} 하늘교통; partner {SEO} 서구"
    assert f"제물포구 ({JEMULPO}), who is not among those who apply" in refuse(path, *apply, former)
    assert register(*apply, together, file=path).exit_code == 0
    with Register.read(path, codes_of) as opened:
        entered = opened.events()[-1]
    assert (entered.subject, entered.text("holder")) == (DONG, COMPANY)


PAPER = ("certificate", "SC-2026-0001", "--key", "office.key", "--no-pdf")
FILE = "outputs/certification/certificates/SC-2026-0001.html"


def test_paper_and_check_go_by_the_ruling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "register.sqlite"
    issue(path, DONG, ISSUED)
    assert smartcert("register", "key", "office.key", "--issuing-office", "Office").exit_code == 0

    def check(day: str) -> tuple[int, str]:
        done = register("check", FILE, "--public-key", "office.key.pub", "--on", day, file=path)
        return done.exit_code, re.findall(r"(?m)^Now +(.*)$", done.output)[0]

    assert register(*PAPER, "--on", "2026-06-30", file=path).exit_code == 0
    assert check("2026-06-30") == (0, "Valid on 30 June 2026 (to 1 March 2028). The mark may be used.")
    assert check("2026-07-01") == (
        1,
        "Not known: a merger or division on 1 July 2026, and the Minister's ruling on it is awaited.",
    )
    assert "awaited; none is made of certificate" in refuse(path, *PAPER, "--on", "2026-07-01")
    rule(path, "제물포구")  # who came after it alone
    assert check("2026-07-09")[0] == 1
    assert check("2026-07-10") == (0, "Valid on 10 July 2026 (to 1 March 2028). The mark may be used.")
    rule(path, "제물포구", JEMULPO)
    code, said = check("2026-07-10")
    assert (code, said.startswith("Differs from the register")) == (1, True), "the paper names who was certified before"
    assert register(*PAPER, "--on", "2026-07-10", file=path).exit_code == 0
    assert check("2026-07-10")[0] == 0
    page = Path(FILE).read_text("utf-8")
    assert ("제물포구" in page, JEMULPO in page, DONG in page) == (True, True, False)
    assert verify(path, law, codes_of=codes_of) == ()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("command", [("notice", "--ground", "improper", "--until", "2027-01-01"), ("revoke",)])
def test_before_the_ruling_nothing_is_entered_about_the_certificate_by_the_name_of_a_successor(
    command: tuple[str, ...], language: str, tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, DONG, ISSUED)
    said = refuse(path, command[0], "제물포구", *command[1:], "--at", "2026-08-01", *PERSON, language=language)
    assert "SC-2026-0001" in said
    assert ("is awaited" in said) or ("장관의 판단이 아직 없습니다" in said)


# --- a certificate that several share ---------------------------------------------------------------------------------


def shared(day: date, partner: str = DONG, purpose: str = "new", **last: str) -> Iterator[Draft]:
    """The drafts of an application that a company leads and a local government shares."""
    together = {"partners_ko": "하늘교통(대표), 동구", "partners_en": "Haneul Transport (lead), Dong-gu"}
    for one in course(day, subject=COMPANY, purpose=purpose, **{**together, **last}):
        own = {"partners": f"lead {COMPANY} 하늘교통; partner {partner} 동구"} if one.kind is K.APPLIED else {}
        yield replace(one, facts={**one.facts, **own})


@pytest.fixture
def joint(tmp_path: Path) -> Path:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    enter(path, list(shared(ISSUED)))
    return path


def test_a_partner_is_answered_by_history_and_due_as_by_status(joint: Path) -> None:
    listed = register("history", DONG, file=joint).stdout.splitlines()
    assert len(listed) == 5
    assert all(line.startswith(COMPANY) for line in listed), "whose entries they are is said"
    due = register("due", "--on", "2027-10-01", "--within", "900d", file=joint).stdout
    assert due.count("(Haneul Transport (lead), Dong-gu)") == 3  # two days, and the ruling on the merger of a partner
    alone = register("history", COMPANY, file=joint).stdout.splitlines()
    assert [line.split()[0] for line in alone] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("record", "mark_misused", DONG, "--fact=where=web"), "A valid certificate allows the mark"),
        (("record", "reviewed", DONG, "--fact=fit=yes"), ""),
        (("notice", DONG, "--ground", "improper", "--until", "2026-06-01"), ""),
        (("object", DONG, "--against", "5"), ""),
        (("correct", "1", DONG, "--set", "reason=better"), ""),
        (("record", "complaint_received", DONG, "--fact=about=x"), ""),
    ],
)
def test_an_entry_on_a_partner_is_one_on_the_certificate_that_it_shares(
    command: tuple[str, ...], sentence: str, joint: Path
) -> None:
    if sentence:
        assert sentence in refuse(joint, *command, "--at", "2026-05-01", *PERSON)
        return
    done = register(*command, "--at", "2026-05-01", *PERSON, file=joint)
    assert done.exit_code == 0, done.stderr
    with Register.read(joint, codes_of) as opened:
        entered = opened.events()[-1].subject
    assert entered == (DONG if "complaint_received" in command else COMPANY)
    assert verify(joint, law, codes_of=codes_of) == ()


def test_what_is_entered_on_a_partner_alone_is_shown_beside_the_joint_certificate(joint: Path) -> None:
    assert register("record", "complaint_received", DONG, "--fact=about=x", *PERSON, "--at", "2026-05-01", file=joint)
    shown = register("status", DONG, "--on", "2026-05-02", file=joint).output
    assert "none of its own; the joint certificate" in shown
    assert "entry 6, of 1 May 2026, waits for its answer" in shown


@pytest.mark.parametrize("by", [COMPANY, DONG, "제물포구"])
def test_the_merger_of_a_partner_is_asked_about_and_ruled_on(by: str, joint: Path) -> None:
    for asked in (COMPANY, DONG, "제물포구"):
        before = register("status", asked, "--on", "2026-07-01", file=joint).output
        assert "certified for Dong-gu, Incheon until 30 June 2026" in before, asked
        assert "Record the Minister's ruling" in before, asked
        assert re.search(r"(?m)^certification mark +not known$", before), asked
    assert "ruling on the merger" in register("due", "--on", "2026-07-02", "--within", "1d", file=joint).output
    assert "does not share this certificate" in refuse(
        *(joint, "record", "change_ends", COMPANY, "--fact=change=2026-07-01", "--fact=decision=x"),
        *(f"--fact=partner={JUNG}", *PERSON, "--at", "2026-07-10"),
    )
    rule(joint, by, JEMULPO)
    with Register.read(joint, codes_of) as opened:
        assert opened.events()[-1].text("partner") == DONG
    marks = {
        asked: re.findall(
            r"(?m)^certification mark +(.*)$", register("status", asked, "--on", "2026-07-12", file=joint).output
        )
        for asked in (COMPANY, DONG, "제물포구")
    }
    assert marks == {COMPANY: ["may be used"], DONG: ["may not be used"], "제물포구": ["may be used"]}
    assert "ruling on the merger" not in register("due", "--on", "2026-07-12", "--within", "1d", file=joint).output


def test_a_partner_is_not_certified_anew_nor_extended_beside_the_joint_certificate_in_silence(
    round_of_2027: Path,
) -> None:
    path = round_of_2027
    Register.create(path).close()
    enter(path, list(shared(ISSUED, partner=JEMULPO)))
    assert "shares certificate SC-2026-0001" in register(*ALL, file=path).output
    assert "who is not among those who apply" in refuse(path, *EXTEND)
    alone = register("issue", *EXTEND[1:], file=path)
    assert alone.exit_code == 0, alone.stderr
    shown = register("status", JEMULPO, "--on", "2027-12-21", file=path).output
    assert ("SC-2027-0001" in shown, "SC-2026-0001" in shown) == (True, True)
    stated = ("record", "surrendered", JEMULPO, "--fact=document=x", *PERSON, "--at", "2027-12-21")
    assert "SC-2027-0001, SC-2026-0001" in refuse(path, *stated)
    assert register(*stated, "--certificate", "SC-2027-0001", file=path).exit_code == 0
    with Register.read(path, codes_of) as opened:
        assert opened.events()[-1].subject == JEMULPO
    assert verify(path, law, codes_of=codes_of) == ()


def test_the_paper_of_a_period_stays_as_it_was_issued_when_the_next_one_is_not_shared(joint: Path) -> None:
    with Register.read(joint, codes_of) as opened:
        (certificate,) = compute_standing(opened.events(), ISSUED, law).certificates
    decided = date(2028, 1, 10)
    alone = course(decided, subject=COMPANY, purpose="extension", valid_from="2028-03-02", valid_to="2030-03-01")
    with Register.open(joint, codes_of) as opened:
        opened.append_all(list(alone), law, lambda: datetime(2028, 2, 1, tzinfo=KOREAN_TIME))
        (extended,) = compute_standing(opened.events(), decided, law).certificates
    first, second = extended.periods
    assert first == certificate.periods[0]
    assert (first.partners is None, second.partners is None) == (False, True)
    assert (first.round, second.round) == (f"round-of-{ISSUED}", f"round-of-{decided}")
    assert "joint" not in register("status", DONG, "--on", "2028-01-10", file=joint).output


# --- without a register -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["status", "history"])
@pytest.mark.parametrize(
    ("name", "round_name"), [("하늘시", "example"), ("001-81-00017", "service-example"), ("001-81-00017", "")]
)
def test_of_whom_the_public_history_cannot_know_it_does_not_answer(
    command: str, name: str, round_name: str, run: Run
) -> None:
    rounds = ("--round", round_name) if round_name else ()
    said = run("register", command, name, *rounds, "--language", "en", code=2)
    assert "is no local government of Korea, so the public history cannot answer" in said
    assert "there is no register at" in said
    korean = run("register", command, name, *rounds, "--language", "ko", code=2)
    assert "공개된 이력으로 답할 수 없고" in korean
