"""The published certifications of a day as results: who holds one, and how much of the country is covered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from smartcert.analysis.drawings import Bars, Drawing
from smartcert.analysis.results import Result, TableResult, build_result, describe_columns
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import CertificationTimeline, Coverage
from smartcert.model.citation import Text
from smartcert.reporting.catalogue import parse_language
from smartcert.reporting.records import HistoryRecord
from smartcert.services.clock import get_today
from smartcert.services.history import open_history

if TYPE_CHECKING:  # drawing costs a second to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OWN_TERRITORY = ("3600000000", "3611000000", "5000000000")
"""Regions without members: what they hold is that of one local government."""
_MAP_WORDS = {
    "ko": ("{day}에 인증 중인 지방자치단체", "시·군·구 인증", "광역 자체 인증", "{day}에 인증 중인 지방자치단체 수"),
    "en": ("Certified on {day}", "City or district certified", "Region itself certified", "Certified on {day}, number"),
}
_COVERAGE = ("certified", "all", "residents", "all_residents")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class History(Result):
    """The public history on a day; ``table`` has a row per certification that was ever announced.

    Columns of ``table``: code, name_ko, name_en, region (the first two digits of the code), region_ko, region_en (its
    names on the day), size_type (of the announcement; empty in the pilot), kind, level (missing where none was
    published or sources disagree), decided_on, first and last day, inferred (whether a day follows from the rules),
    in_force (on the day), holding (what the local government is on the day). The other tables are properties.
    """

    record: HistoryRecord
    kind: str = "history"

    @property
    def day(self) -> date:
        """Return the day that is asked about."""
        return self.record.history.day

    @property
    def drawing(self) -> Drawing:
        """Return how `plot` draws: how many are certified in each region."""
        return self.regions.drawing

    @property
    def drawn(self) -> TableResult:
        """Return what `plot` draws: how many are certified in each region; the other tables draw themselves."""
        return self.regions

    def map(self, ax: Axes | None = None, *, language: str = "en") -> Figure:
        """Draw a map of who is certified on the day: a region's own certificate colours all of the region lightly.

        >>> import smartcert
        >>> len(smartcert.history("2024-06-01").map().axes)
        1

        Raises:
            UsageError: nobody is certified on the day, or an unknown language.
        """
        from smartcert.analysis.maps import plot_map

        own = self.table[self.table["holding"] == "certified"].drop_duplicates("code").set_index("code")
        if own.empty:
            raise UsageError(f"nobody is certified on {self.day}")
        words = _MAP_WORDS[parse_language(language)]
        regional = own.index.str.endswith("00000000") & ~own.index.isin(_OWN_TERRITORY)
        order = pd.Series([words[2] if region else words[1] for region in regional], index=own.index)
        return plot_map(
            order.sort_values(key=lambda kinds: kinds == words[2]),
            ax,
            title=words[0].format(day=self.day),
            language=language,
        )

    def tiles(self, ax: Axes | None = None, *, language: str = "en") -> Figure:
        """Draw a tile per region with how many of its local governments are certified on the day, itself included."""
        from smartcert.analysis.maps import plot_tiles

        own = self.table[self.table["holding"] == "certified"].drop_duplicates("code")
        counts = own["code"].str[:2].value_counts()
        regions = [region.government.code[:2] for region in self.record.history.regions]
        title = _MAP_WORDS[parse_language(language)][3].format(day=self.day)
        return plot_tiles(counts.reindex(regions, fill_value=0), ax, title=title, language=language)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per certification, by local government and then by time."""
        regions = {region.government.code[:2]: region.government.name for region in self.record.history.regions}
        timelines = self.record.history.timelines
        rows = [row for own in timelines for row in self._list_terms(own, regions[own.applicant.code[:2]])]
        return describe_columns(pd.DataFrame(rows).astype({"level": "Int64"}), self.kind)

    @cached_property
    def coverage(self) -> TableResult:
        """Return how many are certified on the day and how many live there, by size type and in all."""
        history = self.record.history
        parts = {str(part.size_type): part.coverage for part in history.sizes} | {"all": history.everywhere}
        return self._cover("coverage", "size_type", parts)

    @cached_property
    def regions(self) -> TableResult:
        """Return the coverage of every regional government."""
        governments = [region.government for region in self.record.history.regions]
        parts = {region.government.code[:2]: region.coverage for region in self.record.history.regions}
        table = self._cover("regions", "region", parts).table
        table = table.assign(
            name_ko=[government.name.ko for government in governments],
            name_en=[government.name.en for government in governments],
        )
        return build_result("regions", table, Bars(columns=("certified",)))

    @cached_property
    def years(self) -> TableResult:
        """Return how many certifications were announced in each year, by kind and size type."""
        rows = [
            (count.year, count.kind, str(count.size_type or ""), count.count) for count in self.record.history.counts
        ]
        table = pd.DataFrame(rows, columns=pd.Index(["year", "kind", "size_type", "count"]))
        table = table.set_index(["year", "kind", "size_type"])
        return build_result("years", table, Bars(columns=("count",), ordered=False))

    @cached_property
    def disputed(self) -> pd.DataFrame:
        """Return the certifications on whose level or last day sources disagree, with every claim."""
        rows = [
            {
                "code": term.certification.code,
                "name_ko": term.certification.name.ko,
                "decided_on": term.certification.decided_on,
                "levels": _join(term.certification.level_claims),
                "last_days": _join(term.last_claims),
            }
            for timeline in self.record.history.timelines
            for term in timeline.terms
            if len(term.certification.level_claims) > 1 or len(term.last_claims) > 1
        ]
        columns = ["code", "name_ko", "decided_on", "levels", "last_days"]
        return describe_columns(pd.DataFrame(rows, columns=pd.Index(columns)), "disputed")

    def _list_terms(self, timeline: CertificationTimeline, region: Text) -> list[dict[str, object]]:
        return [
            {
                "code": timeline.applicant.code,
                "name_ko": timeline.applicant.full_name.ko,
                "name_en": timeline.applicant.full_name.en,
                "region": timeline.applicant.code[:2],
                "region_ko": region.ko,
                "region_en": region.en,
                "size_type": str(term.certification.size_type or ""),
                "kind": str(term.certification.kind),
                "level": term.certification.level,
                "decided_on": term.certification.decided_on,
                "first": term.first,
                "last": term.last,
                "inferred": term.inferred,
                "in_force": term.covers(self.day),
                "holding": timeline.holding.value,
            }
            for term in timeline.terms
        ]

    def _cover(self, kind: str, index: str, parts: dict[str, Coverage]) -> TableResult:
        rows = [{index: key} | {name: getattr(part, name) for name in _COVERAGE} for key, part in parts.items()]
        table = pd.DataFrame(rows, columns=pd.Index([index, *_COVERAGE])).set_index(index)
        return build_result(kind, table, Bars(columns=("certified", "all"), ordered=False))


def _join(values: Sequence[object]) -> str:
    return " / ".join(map(str, values))


@check_arguments
def history(on: str | date | HistoryRecord = "") -> History:
    """Return the published certifications as of a day: ``"2024-06-01"``, or empty for today in Korea; or of a record.

    >>> import smartcert
    >>> smartcert.history("2024-06-01").coverage.table.loc["all", "certified"] > 0
    np.True_

    Raises:
        UsageError: a day that is none.
        InputError: the published tables have problems.
    """
    if isinstance(on, HistoryRecord):
        return History(record=on)
    try:
        day = on if isinstance(on, date) else date.fromisoformat(on) if on else get_today()
    except ValueError:
        raise UsageError(f"'{on}' is no day; write it as 2024-06-01") from None
    return History(record=open_history().record(day))
