"""Evidence that a form names, held against the files that came: there, and long enough for the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smartcert.intake.claims import Claim
from smartcert.model.application import Missing
from smartcert.model.citation import Text
from smartcert.reception.plausible import Remark
from smartcert.reception.versions import Version
from smartcert.reporting.particles import with_particle

_PAGE = re.compile(r"[0-9]{1,6}")


def evidence(name: str, version: Version) -> Iterable[Remark]:
    """Yield a remark for each figure whose document or page is not named, not there, or beyond its end."""
    for claim in version.submission.claims.values():
        if claim.value is None or isinstance(claim.value, Missing):
            continue
        told = _told(claim, version)
        if told is not None:
            yield Remark(applicant=name, indicator=claim.indicator.id, told=told)


def _told(claim: Claim, version: Version) -> Text | None:
    if not claim.document or not claim.page:
        return Text(ko="증빙 문서와 쪽을 적어야 합니다", en="the document and the page of the evidence")
    found = [file for file in version.kept.files if claim.document in (file.name, file.name.rpartition("/")[2])]
    if not found:
        return Text(
            ko=f"증빙 문서 {with_particle(claim.document, '이/가')} 제출 파일에 없습니다",
            en=f"the document {claim.document}, which is not among the files received",
        )
    last = max((int(page) for page in _PAGE.findall(claim.page)), default=0)
    pages = found[0].pages
    if pages is not None and last > pages:
        return Text(
            ko=f"{with_particle(claim.document, '은/는')} {pages}쪽까지인데 {claim.page}쪽을 가리킵니다",
            en=f"page {claim.page} of {claim.document}, which has {pages}",
        )
    return None
