"""An official letter (공문): head, body and foot in the form that the rules on official documents give them.

The order is that of the form: the body, whom it is to, the subject; what it is about in numbered paragraphs; who
signs; who wrote it, under which number and on which day, and where to reach the sender. What the sender is not known
to be is a blank with its name, which is printed so that nobody overlooks it.
"""

from __future__ import annotations

from datetime import date, datetime

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ORGANISATIONS, Applicant, ApplicantKind
from smartcert.model.citation import Basis, Text
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.model.sender import SERIAL, Sender
from smartcert.reporting.basis import list_law_links
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.blocks import (
    Block,
    Document,
    Line,
    Paragraph,
    ParagraphStyle,
    Span,
    write_paragraph,
)
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.documents.plain import write_plain
from smartcert.reporting.formats import Language, format_day, format_moment, sanitise_text

WORDS = "letters"
"""The page of the catalogue that has the words of letters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What one letter says. ``number`` is its document number, empty where none is given out yet.

    ``body`` are its numbered paragraphs with what stands between them; ``specimen`` is one of no effect.
    """

    addressee: str
    """Empty where it is not known who that is, which leaves a blank."""
    subject: str
    body: tuple[Block, ...]
    day: date | None
    """The day on which it is sent; None where it is not known, which leaves a blank."""
    number: str = ""
    enclosures: tuple[str, ...] = ()
    specimen: bool = False
    cited: tuple[Basis, ...] = ()
    """The rules that it may cite: their citations lead to the law where its text is public."""


def build_letter(letter: Letter, sender: Sender, words: Words, *, compact: bool = False) -> Document:
    """Return a letter as a document in the language of the words; a ``compact`` one is set closer."""
    blanks = _Blanks(sender, words)
    addressee = letter.addressee or blanks.blank("addressee")
    blocks: list[Block] = [
        *build_specimen(letter.specimen, words),
        write_paragraph(blanks.text("agency"), style=ParagraphStyle.LETTERHEAD),
        write_paragraph(f"{words('letter.to')}  ", addressee),
        *([write_paragraph(words("letter.via"))] if words.language == "ko" else []),
        Line(),
        write_paragraph(f"{words('letter.subject')}  {letter.subject}", style=ParagraphStyle.HEADING),
        *letter.body,
    ]
    if letter.enclosures:
        blocks += [write_paragraph(f"{words('letter.enclosures')}  {', '.join(letter.enclosures)}{format_end(words)}")]
    blocks += [*build_signature(sender, words), Line(), *_build_foot(letter, blanks, words)]
    title = " - ".join(filter(None, (letter.subject, letter.addressee)))
    links = list_law_links(letter.cited, words)
    return Document(title=title, language=words.language, blocks=tuple(blocks), compact=compact, links=links)


def write_formats(document: Document) -> dict[str, bytes]:
    """Return a document in every format that letters have, by the ending of the file's name."""
    return {
        "hwpx": write_hwpx(document),
        "html": write_html(document).encode(),
        "txt": write_plain(document).encode(),
    }


def build_specimen(specimen: bool, words: Words) -> list[Block]:
    """Return the line at the top of a sheet that has no effect."""
    return [write_paragraph(words("letter.specimen"), style=ParagraphStyle.SPECIMEN)] if specimen else []


def build_signature(sender: Sender, words: Words) -> list[Block]:
    """Return in whose name something is sent, with the place of the seal."""
    seal = words("letter.seal_omitted" if sender.seal_omitted else "letter.seal")
    signatory = _Blanks(sender, words).text("signatory")
    return [Paragraph(spans=(signatory, Span(text=f"  {seal}")), style=ParagraphStyle.SIGNATURE)]


def build_contact(sender: Sender, words: Words) -> tuple[Span, ...]:
    """Return the end of a sentence that says whom to ask: unit, telephone, address of mail."""
    blanks = _Blanks(sender, words)
    parts = [blanks.text("unit"), blanks.text("telephone"), blanks.text("email")]
    spans = [span for part in parts for span in (Span(text=", "), part)]
    return tuple(spans[1:])


def build_setting(sender: Sender, name: str, words: Words) -> Span:
    """Return one setting of a sender, or a blank with its name where it is not known."""
    return _Blanks(sender, words).text(name)


def format_end(words: Words) -> str:
    """Return the mark that the form of Korean official documents puts behind the last word; English letters have none.

    >>> format_end(Words("ko", WORDS)), format_end(Words("en", WORDS))
    ('  끝.', '')
    """
    return f"  {words('letter.end')}" if words.language == "ko" else ""


def format_document_number(sender: Sender, serial: int | None) -> str:
    """Return the document number of a letter; empty where the scheme or the number is not known."""
    if not sender.document_number or serial is None:
        return ""
    return sender.document_number.replace(SERIAL, str(serial))


def name_head(applicant: Applicant, words: Words) -> str:
    """Return whom a letter to an applicant is to: its mayor, governor or head (하늘시장, Mayor of Haneul-si).

    A company has a representative, and so have those who apply together.
    """
    name = sanitise_text(applicant.full_name.of(words.language))
    base, code = _part_code(name) if name.endswith(")") and " (" in name else (name, "")
    head = _HEADS.get(applicant.kind, "other")
    if applicant.kind in ORGANISATIONS - {ApplicantKind.PUBLIC_INSTITUTION} or "·" in applicant.name.ko:
        head = "representative"
    elif not applicant.name.ko.endswith(_ENDINGS.get(head, "")):
        head = "other"
    return f"{words(f'letter.head.{head}', name=base)}{code}"


_HEADS = {
    ApplicantKind.SPECIAL_CITY: "mayor",
    ApplicantKind.METROPOLITAN_CITY: "mayor",
    ApplicantKind.SPECIAL_SELF_GOVERNING_CITY: "mayor",
    ApplicantKind.CITY: "mayor",
    ApplicantKind.ADMINISTRATIVE_CITY: "mayor",
    ApplicantKind.PROVINCE: "governor",
    ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE: "governor",
    ApplicantKind.COUNTY: "county_head",
    ApplicantKind.AUTONOMOUS_DISTRICT: "district_head",
    ApplicantKind.GENERAL_DISTRICT: "district_head",
}
_ENDINGS = {"mayor": "시", "governor": "도", "county_head": "군", "district_head": "구"}
"""With what the Korean name ends to which the title is joined; a name that does not is called otherwise."""


def _part_code(name: str) -> tuple[str, str]:
    base, _, code = name.rpartition(" (")
    return base, f" ({code}"


def format_letter_day(day: date, language: Language) -> str:
    """Return a day as official letters write it.

    >>> format_letter_day(date(2023, 10, 6), "ko"), format_letter_day(date(2023, 10, 6), "en")
    ('2023. 10. 6.', '6 October 2023')
    """
    return f"{day.year}. {day.month}. {day.day}." if language == "ko" else format_day(day, language)


def format_letter_moment(moment: datetime, language: Language) -> str:
    """Return a moment of Korean time as official letters write it.

    >>> format_letter_moment(datetime(2023, 10, 26, 18, 1, tzinfo=KOREAN_TIME), "ko")
    '2023. 10. 26. 18:01'
    """
    if language != "ko":
        return f"{format_moment(moment, language)} KST"
    local = moment.astimezone(KOREAN_TIME)
    return f"{format_letter_day(local.date(), language)} {local:%H:%M:%S}".removesuffix(":00")


class _Blanks:
    """The settings of a sender as spans, a blank with the name of the setting where one is not known."""

    def __init__(self, sender: Sender, words: Words) -> None:
        self._sender, self._words = sender, words

    def text(self, name: str) -> Span:
        value = getattr(self._sender, name)
        text = sanitise_text(value.of(self._words.language) if isinstance(value, Text) else value or "")
        return Span(text=text) if text else self.blank(name)

    def blank(self, name: str) -> Span:
        return Span(text=f"[{self._words(f'letter.blank.{name}')}]", blank=True)

    def known(self, name: str) -> bool:
        return bool(getattr(self._sender, name))


def _build_foot(letter: Letter, blanks: _Blanks, words: Words) -> list[Block]:
    """Return who wrote a letter, its number and day, and where to reach the sender."""
    small = ParagraphStyle.SMALL
    people = [
        part
        for name in ("drafter", "reviewer", "approver")
        for part in (Span(text=f"{words(f'letter.blank.{name}')} "), blanks.text(name), Span(text="   "))
    ]
    day = blanks.blank("day") if letter.day is None else Span(text=format_letter_day(letter.day, words.language))
    number = Span(text=letter.number) if letter.number else blanks.blank("document_number")
    reach = [name for name in _REACHED_BY if name not in _LEFT_OUT or blanks.known(name)]
    lines = [part for name in reach for part in (" / ", words(f"letter.foot.{name}"), " ", blanks.text(name))]
    return [
        write_paragraph(*people[:-1], style=small),
        write_paragraph(words("letter.issued"), " ", number, " (", day, ")", style=small),
        write_paragraph(
            words("letter.foot.postcode"),
            " ",
            blanks.text("postcode"),
            " ",
            blanks.text("address"),
            *lines,
            style=small,
        ),
        *([write_paragraph(words("letter.courtesy"), style=small)] if words.language != "ko" else []),
    ]


_REACHED_BY = ("website", "telephone", "fax", "email", "disclosure")
_LEFT_OUT = frozenset({"website", "fax"})
