"""What findings rest on, held against the table of cases that says so for each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from smartcert.model.applicant import ApplicantKind
from smartcert.model.evaluation import Finding
from tests.support.worked_cases import case_file


@cache
def citations() -> dict[str, tuple[tuple[frozenset[str], ...], frozenset[str]]]:
    """Return by code the sets of rules of which a finding always cites one, and those that it may cite besides."""
    return {
        case["name"]: (
            tuple(frozenset(case["expect"][key]) for key in ("cites", "or") if key in case["expect"]),
            frozenset(case["expect"].get("perhaps", ())),
        )
        for case in case_file("citations")["cases"]
    }


def check_cited(findings: Iterable[Finding]) -> None:
    """Check that each finding cites the rules of its case, once, and none else."""
    for finding in findings:
        always, perhaps = citations()[finding.code]
        names = [_name(basis.name) for basis in finding.basis]
        assert names, finding.code
        assert len(names) == len(set(names)), finding.code
        assert any(one <= set(names) <= one | perhaps for one in always), (finding.code, names)


def _name(name: str) -> str:
    file, _, rule = name.partition(".")
    return "size_type.KIND" if file == "size_type" and rule in set(ApplicantKind) else name
