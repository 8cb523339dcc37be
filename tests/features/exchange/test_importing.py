"""Importing a file: all of it or nothing, the same file twice changes nothing, a changed line is a new revision."""

import gzip
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.cities.queries import find_city
from cac.cities.service import add_city
from cac.db import SessionFactory, transaction
from cac.exchange.importing import ImportOptions, ImportReport, import_file
from cac.practices import service
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.settings import Settings

LINE: dict[str, Any] = {
    "external_id": "bus-1",
    "language": "ko",
    "city": "Seoul",
    "country": "KR",
    "kind": "protocol",
    "title": "버스를 매일 소독",
    "summary": "모든 버스를 매일 소독합니다.",
    "text": "## 순서\n1. 닦는다\n2. 환기한다",
    "topics": ["1b"],
    "places": ["public-transport"],
    "stage": "in_force",
    "started_on": "2020-02",
    "as_of": "2020-04-01",
    "sources": ["https://example.org/bus", {"url": "https://example.org/more", "publisher": "Seoul"}],
    "translations": [{"language": "en", "method": "machine", "title": "Buses are disinfected", "text": "Wipe. Air."}],
}


class Import:
    """Imports lines into the test's database and counts what is there afterwards."""

    def __init__(self, session_factory: SessionFactory, settings: Settings, path: Path, at: datetime) -> None:
        self.session_factory, self.settings, self.path, self.at = session_factory, settings, path, at

    def __call__(self, *lines: object, **options: Any) -> ImportReport:
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        (self.path / "lines.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
        return self.file("lines.jsonl", **options)

    def file(self, name: str, **options: Any) -> ImportReport:
        return import_file(self.session_factory, self.settings, self.path / name, ImportOptions(**options), at=self.at)

    def map(self, toml: str) -> Path:
        path = self.path / "map.toml"
        path.write_text(toml, encoding="utf-8")
        return path


@pytest.fixture
def load(session_factory: SessionFactory, settings: Settings, session: Session, tmp_path: Path, at: datetime) -> Import:
    with transaction(session):
        add_city(session, slug="seoul", country="KR", names={"en": "Seoul", "ko": "서울"}, timezone="Asia/Seoul", at=at)
    return Import(session_factory, settings, tmp_path, at)


def said(report: ImportReport) -> list[str]:
    return [str(problem) for problem in report.problems]


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def only_practice(session: Session) -> Practice:
    session.expire_all()
    return session.scalars(select(Practice)).one()


def count_practices(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Practice)) or 0


def test_a_line_becomes_a_draft_with_its_translation(session: Session, load: Import) -> None:
    assert counts(load(LINE)) == (1, 0, 0)
    practice = only_practice(session)
    assert (practice.reference, practice.status, practice.city.slug) == ("CAC-2020-0001", "draft", "seoul")
    assert not practice.is_public
    assert [edition.language for edition in practice.editions] == ["ko", "en"]
    working = practice.original.working_revision
    assert working is not None
    assert working.content["title"] == "버스를 매일 소독"
    assert "<li>닦는다</li>" in working.content["how"]


def test_publish_makes_it_readable_at_once_in_all_of_its_languages(session: Session, load: Import) -> None:
    load(LINE, publish=True)
    practice = only_practice(session)
    assert practice.is_public
    assert all(edition.published_revision is not None for edition in practice.editions)
    assert [topic.code for topic in practice.topics] == ["1b"]
    assert practice.published_at == load.at


def test_the_same_file_twice_changes_nothing(session: Session, load: Import) -> None:
    other = LINE | {"external_id": "bus-2"}
    assert counts(load(LINE, other, publish=True)) == (2, 0, 0)
    before = [
        (practice.id, practice.row_version, practice.changed_at) for practice in session.scalars(select(Practice))
    ]
    assert counts(load(LINE, other, publish=True)) == (0, 0, 2)
    session.expire_all()
    after = [(practice.id, practice.row_version, practice.changed_at) for practice in session.scalars(select(Practice))]
    assert after == before


def test_a_changed_line_is_a_new_revision_and_is_published_again_only_when_asked(
    session: Session, load: Import
) -> None:
    load(LINE, publish=True)
    load.at += timedelta(days=1)
    assert counts(load(LINE | {"title": "지하철도 매일 소독"})) == (0, 1, 0)
    practice = only_practice(session)
    working, published = practice.original.working_revision, practice.original.published_revision
    assert working is not None
    assert published is not None
    assert (working.number, published.number, practice.status) == (2, 1, "draft")
    assert counts(load(LINE | {"title": "모든 차량을 매일 소독"}, publish=True)) == (0, 1, 0)
    practice = only_practice(session)
    published = practice.original.published_revision
    assert published is not None
    assert (published.number, published.content["title"]) == (3, "모든 차량을 매일 소독")
    assert (practice.public_version, practice.republished_at) == (2, load.at)


def test_a_draft_is_published_by_the_same_file_with_publish(session: Session, load: Import) -> None:
    load(LINE)
    assert counts(load(LINE, publish=True)) == (0, 1, 0)
    assert only_practice(session).is_public
    assert counts(load(LINE, publish=True)) == (0, 0, 1)


def test_what_was_withdrawn_here_is_not_brought_back(session: Session, load: Import) -> None:
    load(LINE, publish=True)
    with transaction(session):
        service.withdraw(session, only_practice(session), actor=THE_PROGRAM, reason="wrong", at=load.at)
    assert counts(load(LINE, publish=True)) == (0, 0, 1)
    report = load(LINE | {"title": "T"}, publish=True)
    assert said(report) == ["line 1: external_id: CAC-2020-0001 is withdrawn here and cannot be changed now"]


def test_the_language_of_a_practice_cannot_change(load: Import) -> None:
    load(LINE)
    report = load(LINE | {"language": "en", "translations": []})
    assert said(report) == ["line 1: language: CAC-2020-0001 was written in ko, not in en"]


def test_a_practice_can_move_to_another_city(session: Session, load: Import, at: datetime) -> None:
    load(LINE)
    with transaction(session):
        add_city(session, slug="busan", country="KR", names={"en": "Busan"}, at=at)
    assert counts(load(LINE | {"city": "busan"})) == (0, 1, 0)
    assert only_practice(session).city.slug == "busan"


def test_a_practice_that_was_published_stays_with_the_city_whose_readers_are_counted(
    session: Session, load: Import, at: datetime
) -> None:
    load(LINE, publish=True)
    with transaction(session):
        add_city(session, slug="busan", country="KR", names={"en": "Busan"}, at=at)
    report = load(LINE | {"city": "busan"}, publish=True)
    assert said(report) == [
        "line 1: city: CAC-2020-0001 was published by seoul, whose readers are counted; under another external_id it can be "
        "published by busan"
    ]
    assert only_practice(session).city.slug == "seoul"
    assert counts(load(LINE | {"city": "busan", "external_id": "another"}, publish=True)) == (1, 0, 0)


def test_one_bad_line_is_named_and_nothing_is_loaded(session: Session, load: Import) -> None:
    report = load(LINE, LINE | {"external_id": "2", "city": "Sol"}, LINE | {"external_id": "3", "topics": ["13"]})
    assert said(report)[0] == 'line 2: city: there is no member city "Sol" (did you mean Seoul?)'
    assert said(report)[1].startswith('line 3: topics: "13" is none of 1, 1a')
    assert counts(report) == (0, 0, 0)
    assert count_practices(session) == 0


def test_all_problems_of_a_line_are_named_at_once(load: Import) -> None:
    words = " ".join(said(load(LINE | {"city": "Sol", "kind": "law", "colour": "red"})))
    assert "city: " in words
    assert "kind: " in words
    assert "colour: " in words


def test_the_good_lines_are_loaded_when_asked_to_keep_going(session: Session, load: Import) -> None:
    report = load(LINE, "{", LINE | {"external_id": "3"}, keep_going=True)
    assert counts(report) == (2, 0, 0)
    assert said(report) == ["line 2: this is no JSON: Expecting property name enclosed in double quotes at column 2"]
    assert count_practices(session) == 2


def test_a_dry_run_says_what_would_happen_and_does_nothing(session: Session, load: Import) -> None:
    report = load(LINE | {"city": "Ulsan"}, dry_run=True, create_cities=True)
    assert (*counts(report), report.new_cities) == (1, 0, 0, 1)
    assert count_practices(session) == 0
    assert find_city(session, "ulsan") is None


def test_a_limit_reads_only_so_many_lines(load: Import) -> None:
    assert load(LINE, "{", limit=1).lines == 1


def test_an_id_twice_in_a_file_is_a_problem(load: Import) -> None:
    assert said(load(LINE, LINE)) == ['line 2: external_id: "bus-1" is in line 1 already']


@pytest.mark.parametrize(
    "line", ["[]", "3", "null", '{"a": ', "\ufeff\ufeff{}", "[" * 100_000, '{"external_id": ' + "9" * 5000 + "}"]
)
def test_a_malformed_line_has_its_number_and_a_reason(session: Session, load: Import, line: str) -> None:
    report = load(LINE, line)
    assert all(words.startswith("line 2: ") for words in said(report))
    assert report.problems
    assert count_practices(session) == 0


def test_a_line_that_is_not_utf_8_is_named(load: Import) -> None:
    (load.path / "lines.jsonl").write_bytes(b'{"external_id": "\xff"}\n')
    assert said(load.file("lines.jsonl")) == ["line 1: this is not UTF-8"]


def test_empty_lines_and_a_byte_order_mark_are_passed_over(load: Import) -> None:
    assert counts(load("\ufeff" + json.dumps(LINE), "", "  ")) == (1, 0, 0)


def test_a_compressed_file_is_read_and_a_damaged_one_is_named(session: Session, load: Import) -> None:
    lines = "".join(json.dumps(LINE | {"external_id": str(number)}) + "\n" for number in range(300))
    packed = gzip.compress(lines.encode())
    (load.path / "whole.jsonl.gz").write_bytes(packed)
    (load.path / "cut.jsonl.gz").write_bytes(packed[:-20])
    assert "damaged or cut off" in said(load.file("cut.jsonl.gz"))[0]
    assert count_practices(session) == 0
    assert counts(load.file("whole.jsonl.gz")) == (300, 0, 0)


def test_a_new_city_is_added_only_when_asked(session: Session, load: Import) -> None:
    line = LINE | {"city": "Ulsan", "latitude": 35.5, "longitude": 129.3}
    assert said(load(line)) == ['line 1: city: there is no member city "Ulsan"']
    report = load(line, line | {"external_id": "2", "city": "ULSAN"}, create_cities=True)
    assert (report.new_cities, report.created) == (1, 2)
    ulsan = find_city(session, "ulsan")
    assert ulsan is not None
    assert (ulsan.country, ulsan.latitude, ulsan.timezone, ulsan.language) == ("KR", 35.5, "Asia/Seoul", "ko")


def test_a_new_city_needs_its_country(load: Import) -> None:
    report = load(LINE | {"city": "Ulsan", "country": None}, create_cities=True)
    assert said(report) == ['line 1: country: missing; the new city "Ulsan" needs one']


def test_a_name_of_two_cities_needs_its_country(session: Session, load: Import, at: datetime) -> None:
    with transaction(session):
        add_city(session, slug="seoul-us", country="US", names={"en": "Seoul"}, at=at)
    report = load(LINE | {"country": None, "city": "SEOUL "})
    assert said(report) == ['line 1: city: there are 2 member cities called "SEOUL" (KR, US): name the country']


def test_a_line_without_a_city_is_a_problem_unless_the_map_names_a_body(session: Session, load: Import) -> None:
    national = LINE | {"city": None, "country": "de"}
    assert said(load(national)) == ["line 1: city: missing"]
    rules = load.map('[bodies]\ncountry = "{country}"\nelsewhere = { en = "Other authorities" }\n')
    nowhere = national | {"external_id": "2", "country": None}
    assert counts(load(national, nowhere, map_path=rules)) == (2, 0, 0)
    germany = find_city(session, "country-de")
    assert germany is not None
    assert (germany.level, germany.country, germany.language) == ("national", "DE", "de")
    assert (germany.name_in("en"), germany.name_in("ko")) == ("Germany", "독일")
    elsewhere = find_city(session, "elsewhere")
    assert elsewhere is not None
    assert elsewhere.name_in("ko") == "Other authorities"
    assert counts(load(national, nowhere, map_path=rules)) == (0, 0, 2)


def test_two_sources_may_use_the_same_ids(session: Session, load: Import) -> None:
    assert counts(load(LINE, source="a")) == (1, 0, 0)
    assert counts(load(LINE, source="b")) == (1, 0, 0)
    assert counts(load(LINE, source="a")) == (0, 0, 1)


def test_a_file_of_texts_only_is_imported_by_a_small_map(session: Session, load: Import) -> None:
    rules = load.map(
        '[source]\nname = "texts"\ntext = "plain"\n[fields]\nexternal_id = "id"\nlanguage = "lang"\n'
        '[defaults]\ncity = "Seoul"\ncountry = "KR"\nkind = "know-how"\ntopics = ["1"]\n'
    )
    lines = [
        {"id": 1, "lang": "en", "title": "Bus disinfection", "text": "Each bus is wiped."},
        {"id": 2, "lang": "zh-TW", "title": "", "text": "公車每天消毒。每晚進行。"},
    ]
    assert counts(load(*lines, map_path=rules, publish=True)) == (2, 0, 0)
    first, second = session.scalars(select(Practice).order_by(Practice.id))
    assert (first.kind, first.external_source, first.external_id) == ("know-how", "texts", "1")
    assert second.original_language == "zh-Hant"
    revision = second.original.published_revision
    assert revision is not None
    assert revision.content["title"] == "公車每天消毒"


def test_references_follow_those_that_were_given_out_before(session: Session, load: Import, at: datetime) -> None:
    load(LINE)
    load.settings = replace(load.settings, reference_prefix="X")
    load(*({**LINE, "external_id": str(number)} for number in range(3)))
    references = session.scalars(select(Practice.reference).order_by(Practice.id)).all()
    assert references == ["CAC-2020-0001", "X-2020-0002", "X-2020-0003", "X-2020-0004"]


def test_progress_is_told_while_it_works(load: Import, session_factory: SessionFactory) -> None:
    told: list[tuple[int, int | None]] = []
    (load.path / "lines.jsonl").write_text(
        "".join(json.dumps(LINE | {"external_id": str(n)}) + "\n" for n in range(600))
    )
    import_file(
        session_factory,
        load.settings,
        load.path / "lines.jsonl",
        ImportOptions(),
        lambda *seen: told.append(seen),
        at=load.at,
    )
    assert told == [(500, None), (600, None), (500, 600), (600, 600)]


def test_no_city_is_added_for_a_line_that_is_not_loaded(session: Session, load: Import) -> None:
    bad = LINE | {"external_id": "2", "city": "Ulsan", "kind": "law"}
    report = load(LINE, bad, create_cities=True, keep_going=True)
    assert (report.created, report.new_cities) == (1, 0)
    assert session.scalar(select(func.count()).select_from(City)) == 1
