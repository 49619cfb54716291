"""The public history: its counts are those of the sources, and what held on a day is answered with what is inferred."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from smartcert.certification.public_history import compute_terms, to_events
from smartcert.certification.state import VALID
from smartcert.certification.timeline import compute_standing
from smartcert.errors import InputError, UsageError
from smartcert.io.parameters.certifications import (
    CERTIFICATION_COLUMNS,
    read_certification_sources,
    read_certifications,
)
from smartcert.model.applicant import ApplicantKind, SizeType
from smartcert.model.certification import (
    CertificationKind,
    CertificationTimeline,
    LevelStatus,
    PublicCertification,
    PublicHolding,
    ValidityStatus,
)
from smartcert.model.citation import Text
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.records import HistoryRecord, from_json, to_json
from smartcert.services.history import OpenHistory, open_history

PILOT, NEW, RENEWAL = CertificationKind
LARGE, SMALL = SizeType
TABLE = PROJECT_ROOT / "parameters" / "registry" / "certifications.csv"


@cache
def opened() -> OpenHistory:
    return open_history()


def on(day: date, name: str) -> CertificationTimeline:
    (found,) = opened().timelines(name, day)
    return found


def holders(day: date, holding: PublicHolding = PublicHolding.CERTIFIED) -> set[str]:
    history = opened().record(day).history
    return {one.applicant.name.ko for one in history.timelines if one.holding is holding}


def test_the_counts_by_round_kind_and_size_type_are_those_announced() -> None:
    found = Counter((one.round_year, one.kind, one.size_type) for one in opened().certifications)
    assert found == {
        (2019, PILOT, None): 10,
        (2021, NEW, LARGE): 5,
        (2021, NEW, SMALL): 3,
        (2022, NEW, LARGE): 4,
        (2022, NEW, SMALL): 5,
        (2023, NEW, LARGE): 2,
        (2023, NEW, SMALL): 4,
        (2023, RENEWAL, LARGE): 5,
        (2023, RENEWAL, SMALL): 3,
        (2024, NEW, LARGE): 1,
        (2024, NEW, SMALL): 3,
        (2024, RENEWAL, LARGE): 2,
        (2024, RENEWAL, SMALL): 5,
        (2025, NEW, LARGE): 4,
        (2025, NEW, SMALL): 5,
        (2025, RENEWAL, LARGE): 3,
        (2025, RENEWAL, SMALL): 4,
    }


def test_twenty_nine_local_governments_were_certified_to_2025_and_twenty_seven_to_2024() -> None:
    main = [one for one in opened().certifications if one.kind is not PILOT]
    assert len({one.code for one in main}) == opened().record(date(2025, 12, 1)).history.distinct == 29
    assert len({one.code for one in main if one.round_year <= 2024}) == 27


def test_no_county_and_no_province_was_ever_certified() -> None:
    kinds = {opened().registry.by_code()[one.code].kind for one in opened().certifications}
    assert kinds.isdisjoint({ApplicantKind.COUNTY, ApplicantKind.PROVINCE})


def test_every_renewal_in_2023_is_one_of_those_certified_in_2021() -> None:
    rows = opened().certifications
    assert {one.code for one in rows if (one.round_year, one.kind) == (2023, RENEWAL)} == {
        one.code for one in rows if one.round_year == 2021
    }


def test_songpa_is_certified_on_the_first_of_june_2024_as_small_and_medium_by_an_inferred_period() -> None:
    songpa = on(date(2024, 6, 1), "송파구")
    assert songpa.holding is PublicHolding.CERTIFIED
    assert songpa.inferred
    assert songpa.term is not None
    assert songpa.term.certification.size_type is SMALL
    assert (songpa.term.first, songpa.term.last) == (date(2023, 12, 21), date(2025, 12, 20))
    assert songpa.term.certification.level_status is LevelStatus.UNKNOWN


@pytest.mark.parametrize(
    ("day", "holding"),
    [
        (date(2021, 9, 9), PublicHolding.NOT_YET),
        (date(2021, 9, 10), PublicHolding.CERTIFIED),
        (date(2023, 9, 9), PublicHolding.CERTIFIED),
        (date(2023, 9, 10), PublicHolding.EXPIRED),
        (date(2023, 12, 20), PublicHolding.EXPIRED),
        (date(2023, 12, 21), PublicHolding.CERTIFIED),
    ],
)
def test_guro_is_certified_to_its_published_last_day_and_again_from_the_next_decision(
    day: date, holding: PublicHolding
) -> None:
    assert on(day, "구로구").holding is holding


def test_the_lapse_of_guro_is_as_long_as_it_was() -> None:
    (lapse,) = on(date(2026, 1, 1), "구로구").lapses
    assert (lapse.first, lapse.last, lapse.days) == (date(2023, 9, 10), date(2023, 12, 20), 102)
    assert lapse.inferred, "its first day is published, but not that of the renewal"


def test_a_renewal_during_validity_continues_it_without_overlap() -> None:
    before, after = on(date(2026, 1, 1), "송파구").terms
    assert before.last + timedelta(days=1) == after.first == date(2025, 12, 21)


def test_suwon_came_back_after_a_lapse_and_daejeon_and_siheung_did_not() -> None:
    day = date(2026, 1, 1)
    assert on(day, "수원시").holding is PublicHolding.CERTIFIED
    assert [lapse.days for lapse in on(day, "수원시").lapses] == [421]
    assert {"대전광역시", "시흥시"} <= holders(day, PublicHolding.NOT_KNOWN)
    assert "시흥시" in holders(date(2025, 11, 24), PublicHolding.EXPIRED)


def test_nobody_is_called_expired_after_the_last_announcement_that_is_known() -> None:
    last = opened().known_to
    assert last == date(2025, 11, 24)
    expired = holders(last, PublicHolding.EXPIRED)
    assert expired
    assert holders(last, PublicHolding.NOT_KNOWN) == set()
    after = last + timedelta(days=1)
    assert holders(after, PublicHolding.EXPIRED) == set()
    assert holders(after, PublicHolding.NOT_KNOWN) == expired


def test_the_year_that_a_holder_tells_stands_as_published_and_its_days_are_inferred() -> None:
    years = {
        (one.name.ko, one.round_year): (one.valid_to_year, one.validity_sources)
        for one in opened().certifications
        if one.validity_status is ValidityStatus.PUBLISHED_YEAR
    }
    assert years == {
        ("강릉시", 2024): (2026, ("gangneung-validity-2024",)),
        ("성동구", 2025): (2027, ("seongdong-validity-2025",)),
    }
    for (name, _), (year, _) in years.items():
        last = on(date(2026, 1, 1), name).terms[-1]
        assert (last.last.year, last.inferred) == (year, True)
    (gangneung,) = [one for one in opened().certifications if (one.name.ko, one.round_year) == ("강릉시", 2024)]
    with pytest.raises(ValueError, match="published to run until 2028, and by the rules it ends on 2026-11-24"):
        compute_terms([replace(gangneung, valid_to_year=2028)], opened().rulebook.certification_on)


def test_where_sources_disagree_on_the_end_of_the_pilot_the_answer_is_that_they_disagree() -> None:
    assert on(date(2021, 9, 5), "창원시").holding is PublicHolding.PILOT
    assert on(date(2021, 9, 6), "창원시").holding is PublicHolding.PILOT_DISPUTED
    assert on(date(2022, 9, 5), "창원시").holding is PublicHolding.PILOT_DISPUTED
    assert on(date(2022, 9, 6), "창원시").holding is PublicHolding.EXPIRED


def test_the_pilot_does_not_count_as_certified() -> None:
    history = opened().record(date(2020, 1, 1)).history
    assert history.everywhere.certified == 0
    assert len(holders(date(2020, 1, 1), PublicHolding.PILOT)) == 10


def test_both_readings_of_seouls_level_of_2021_are_stored_and_none_is_chosen() -> None:
    (seoul,) = [one for one in opened().certifications if (one.round_year, one.name.ko) == (2021, "서울특별시")]
    assert (seoul.level, seoul.level_status, seoul.level_claims) == (None, LevelStatus.DISPUTED, (3, 2))
    assert seoul.level_sources == ("levels-2021", "levels-seoul-2025")


def test_only_guros_period_is_published_and_every_other_is_inferred() -> None:
    published = [one for one in opened().certifications if one.validity_status is ValidityStatus.PUBLISHED]
    assert [(one.name.ko, one.round_year) for one in published] == [("구로구", 2021)]


def test_the_published_period_is_what_would_have_been_inferred() -> None:
    (guro,) = [one for one in opened().certifications if one.validity_status is ValidityStatus.PUBLISHED]
    (seongdong,) = [one for one in opened().certifications if (one.round_year, one.name.ko) == (2021, "성동구")]
    law = opened().rulebook.certification_on
    (output,), (inferred,) = compute_terms([guro], law), compute_terms([seongdong], law)
    assert (output.first, output.last, output.inferred) == (inferred.first, inferred.last, False)
    assert inferred.inferred


def test_the_history_and_the_register_of_the_same_events_answer_alike_on_every_day_that_matters() -> None:
    law = opened().rulebook.certification_on
    main = [one for one in opened().certifications if one.kind is not PILOT]
    events = to_events(main, law)
    by_code: dict[str, list[PublicCertification]] = {}
    for one in main:
        by_code.setdefault(one.code, []).append(one)
    for code, own in by_code.items():
        edges = {edge for term in compute_terms(own, law) for edge in (term.first, term.last)}
        for day in sorted(edge + timedelta(days=shift) for edge in edges for shift in (-1, 0, 1)):
            standing = compute_standing([event for event in events if event.subject == code], day, law).holding in VALID
            (line,) = opened().timelines(code, day)
            assert standing is (line.holding is PublicHolding.CERTIFIED), (code, day)


def test_coverage_counts_243_local_governments_and_every_resident_once() -> None:
    history = opened().record(date(2026, 1, 1)).history
    assert history.everywhere.all == 243
    assert history.own.all == 228  # 226 cities, counties and districts; Sejong and Jeju have none
    assert history.everywhere.all_residents == history.own.all_residents == 51_169_148  # of May 2025
    assert history.everywhere.certified == len(holders(date(2026, 1, 1))) == 27
    assert sum(one.coverage.certified for one in history.sizes) == 27
    assert sum(one.coverage.all for one in history.sizes) + history.cannot_apply == 243


@pytest.mark.parametrize(
    ("day", "month", "regional", "lowest"),
    [
        (date(2019, 12, 31), "2023-10", 17, 228),
        (date(2023, 10, 31), "2023-10", 17, 228),
        (date(2024, 12, 31), "2023-10", 17, 228),
        (date(2026, 6, 30), "2025-05", 17, 228),
        (date(2026, 7, 1), "2026-07", 16, 229),
    ],
)
def test_coverage_is_of_the_local_governments_of_the_day(day: date, month: str, regional: int, lowest: int) -> None:
    record = opened().record(day)
    assert record.registry_as_of == month
    assert (record.history.everywhere.all, len(record.history.regions), record.history.own.all) == (
        243,
        regional,
        lowest,
    )
    # the figures of July 2026 were put together: those of Incheon are 8,426 fewer than those of its districts
    gap = 8_426 if month == "2026-07" else 0
    assert record.history.own.all_residents - record.history.everywhere.all_residents == gap


def test_a_holder_is_the_same_under_an_old_and_a_new_code() -> None:
    before, after = (opened().record(day).history for day in (date(2026, 6, 30), date(2026, 7, 1)))
    assert before.everywhere.certified == after.everywhere.certified
    lines = [
        next(line for line in history.timelines if line.applicant.name.ko == "여수시") for history in (before, after)
    ]
    assert [line.applicant.code for line in lines] == ["4613000000", "1213000000"]
    assert lines[0].terms[0].first == lines[1].terms[0].first
    assert lines[1].holding is PublicHolding.CERTIFIED
    for asked in ("4613000000", "1213000000", "여수시", "전남 여수시"):
        (line,) = opened().timelines(asked, date(2026, 12, 1))
        assert (line.applicant.code, line.holding) == ("1213000000", PublicHolding.CERTIFIED)


def test_a_certified_region_covers_all_its_residents_and_its_districts_add_none() -> None:
    history = opened().record(date(2026, 1, 1)).history
    regions = {one.government.name.ko: one for one in history.regions}
    assert len(regions) == 17
    seoul, daejeon, gyeonggi = (regions[name].coverage for name in ("서울특별시", "대전광역시", "경기도"))
    assert seoul.residents == seoul.all_residents
    assert seoul.certified == 10
    assert daejeon.residents == 0
    certified = {
        one.applicant.population.residents
        for one in history.timelines
        if one.holding is PublicHolding.CERTIFIED
        and one.applicant.parent_code == "4100000000"
        and one.applicant.population
    }
    assert gyeonggi.residents == sum(certified)


def test_a_record_is_read_back_as_it_was_written_and_gives_the_same_bytes() -> None:
    record = opened().record(date(2024, 6, 1))
    assert from_json(HistoryRecord, to_json(record)) == record
    assert to_json(record) == to_json(open_history().record(date(2024, 6, 1)))


def test_a_name_that_the_registry_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="no local government '없는시'"):
        opened().timelines("없는시", date(2024, 6, 1))


def small_table(tmp_path: Path, **cells: str) -> Path:
    row = {
        "round_year": "2021",
        "kind": "new",
        "code": "1171000000",
        "name_ko": "송파구",
        "size_type": "small_medium",
        "decided_on": "2021-09-10",
        "validity_status": "inferred",
        "level_status": "unknown",
        "source": "release-2021",
    } | cells
    path = tmp_path / "certifications.csv"
    line = ",".join(row.get(column, "") for column in CERTIFICATION_COLUMNS)
    path.write_text(",".join(CERTIFICATION_COLUMNS) + f"\n{line}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"code": "1171000001"}, "found '1171000001'; wanted a code of the registry"),
        ({"name_ko": "강동구"}, "found '강동구'; wanted '송파구'"),
        ({"kind": "renewed"}, "found 'renewed'"),
        ({"size_type": ""}, "found nothing; wanted one of: large, small_medium"),
        ({"kind": "pilot"}, "nothing: the pilot had no size types"),
        ({"decided_on": "2022-09-10"}, "a day of 2021, the year of the round"),
        ({"valid_to": "2023-09-09"}, "a last day where it is published, and only there"),
        ({"validity_status": "published"}, "the first day, as the validity is published"),
        ({"validity_status": "published_year"}, "a year where no more is published"),
        ({"valid_to": "2025"}, "a year where no more is published"),
        ({"validity_status": "published_year", "valid_to": "2025"}, "the source of the published days"),
        ({"validity_status": "disputed"}, "at least two different claims"),
        ({"validity_claims": "2021-09-05;2022-13-05"}, "a day that exists"),
        ({"level": "3"}, "nothing: it is unknown"),
        ({"level": "3", "level_status": "published", "level_claims": "3"}, "3, with its sources"),
        ({"level": "0", "level_status": "published", "level_claims": "0"}, "levels from 1 on, 1 the best"),
        (
            {"level_status": "disputed", "level_claims": "3;3", "level_sources": "levels-2021;act"},
            "at least two different claims",
        ),
        ({"level_status": "disputed", "level_claims": "3;2", "level_sources": "levels-2021"}, "one for each claim"),
        ({"source": "release-1999"}, "the unknown source 'release-1999'"),
        ({"source": ""}, "keys of sources, parted by spaces"),
        ({"note_ko": "한 언어뿐"}, "the note in both languages, or none"),
    ],
)
def test_a_row_that_contradicts_itself_or_the_registry_is_refused(
    tmp_path: Path, cells: dict[str, str], found: str
) -> None:
    with pytest.raises(InputError) as error:
        read_certifications(small_table(tmp_path, **cells), opened().registry, opened().sources)
    assert found in str(error.value)


def test_the_small_table_itself_is_valid(tmp_path: Path) -> None:
    (one,) = read_certifications(small_table(tmp_path), opened().registry, opened().sources)
    assert one.name.en == "Songpa-gu"


def test_a_holder_whose_name_another_has_too_is_named_with_its_parent(tmp_path: Path) -> None:
    (one,) = read_certifications(
        small_table(tmp_path, code="1150000000", name_ko="강서구"), opened().registry, opened().sources
    )
    assert one.name == Text(ko="서울특별시 강서구", en="Gangseo-gu, Seoul")


def test_a_certification_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    path = small_table(tmp_path)
    path.write_text(path.read_text("utf-8") + path.read_text("utf-8").splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="1171000000 again in the round of 2021; wanted once \\(line 2\\)"):
        read_certifications(path, opened().registry)


def test_a_source_that_the_rules_have_already_is_refused(tmp_path: Path) -> None:
    text = "sources:\n  act:\n    title: {ko: 법, en: Act}\n    short: {ko: 법, en: Act}\n    kind: act\n"
    (tmp_path / "certification_sources.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"the key 'act' of rules/sources\.yaml"):
        read_certification_sources(tmp_path, opened().rulebook.sources)


def test_every_source_of_the_history_is_used() -> None:
    own = read_certification_sources(TABLE.parent, {})
    used = {key for one in opened().certifications for key in one.sources}
    assert own.keys() <= used
