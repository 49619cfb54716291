"""Where does a report lead to: the index, other languages and audiences, its PDF, its data, its letter and card?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.catalogue import Words, load_words

_REPORT = re.compile(r"report(?P<audience>\.applicant|\.public)?\.(?P<language>ko|en)\.(?P<kind>html|pdf)")
_LETTER = re.compile(r"letter\.(?:ko|en)\.(?P<kind>html|hwpx)")
_CARD = re.compile(r"card\.(?:ko|en)\.html")
_RECORD = re.compile(r"evaluation(?:\.applicant|\.public)?\.json")
_GLOSSARY = re.compile(r"\.\./\.\./glossary\.(?:ko|en)\.html")
_ROUND = {"../../index.html": "index", "../../results.csv": "results"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportLink:
    """A link to a file beside a report, by its relative path; ``language`` is that of its text where it is another."""

    target: str
    text: str
    language: str = ""


def list_links(targets: Iterable[str], words: Words) -> list[ReportLink]:
    """Return a link for each target but the glossary, in order; a UsageError where a run writes no such file."""
    return [_describe_link(target, words) for target in targets if not _GLOSSARY.fullmatch(target)]


def list_footer_links(targets: Iterable[str], words: Words) -> list[tuple[str, str]]:
    """Return the links of a page's footer with their texts: the glossary, where it is among the targets."""
    return [(target, words("links.glossary")) for target in targets if _GLOSSARY.fullmatch(target)]


def _describe_link(target: str, words: Words) -> ReportLink:
    if target in _ROUND:
        return ReportLink(target=target, text=words(f"links.{_ROUND[target]}"))
    if _RECORD.fullmatch(target):
        return ReportLink(target=target, text=words("links.record"))
    if _CARD.fullmatch(target):
        return ReportLink(target=target, text=words("links.card"))
    if letter := _LETTER.fullmatch(target):
        return ReportLink(target=target, text=words(f"links.letter_{letter['kind']}"))
    report = _REPORT.fullmatch(target)
    if report is None:
        raise UsageError(f"a report has no link to '{target}'; it links to the files that a run writes beside it")
    if report["kind"] == "pdf":
        return ReportLink(target=target, text=words("links.pdf"))
    if report["language"] != words.language:
        text = load_words(report["language"], "report")("links.own_language")
        return ReportLink(target=target, text=text, language=report["language"])
    return ReportLink(target=target, text=words(f"links.{(report['audience'] or '.reviewer')[1:]}"))
