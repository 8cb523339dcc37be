"""The index follows the database, survives damage, and the search answers without it."""

import shutil
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.permissions import THE_PROGRAM
from cac.search import building, index_reading, sync
from cac.search.index import FACET_FIELDS, NUMBER_FIELDS, BrokenIndexError
from cac.search.index_reading import Snapshot
from cac.search.manifest import (
    BUILDER_LOCK,
    WriterBusyError,
    find_damage,
    folder_lock,
    read_manifest,
    remove_stale,
    report_broken,
    writer_lock,
)
from cac.search.queries import search_practices
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.settings import Settings
from tests.factories import AT
from tests.features.search.conftest import Publish, Search, references


def test_what_is_published_is_found_and_what_is_withdrawn_is_not(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    practice = publish()
    assert references(search("bus")) == [practice.reference]
    with transaction(session):
        service.withdraw(session, practice, actor=THE_PROGRAM, reason="Repealed.", at=AT)
    assert references(search("bus")) == [], "withdrawn, and hidden before the index knows"
    assert sync.catch_up(session_factory, settings) == 1
    assert search("").total == 0


def test_nothing_is_done_twice(session_factory: SessionFactory, settings: Settings, publish: Publish) -> None:
    publish()
    assert sync.catch_up(session_factory, settings) == 0


def test_a_new_text_replaces_the_old_one(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    practice = publish()
    publish()
    with transaction(session):
        content = practice.original.published_revision.content | {"title": "Tramway hygiene"}
        service.save(
            session, practice, actor=THE_PROGRAM, content=service.Content.from_json(content),
            based_on=practice.original.working_revision.number, at=AT,
        )  # fmt: skip
        service.submit(session, practice, actor=THE_PROGRAM, at=AT)
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    assert sync.catch_up(session_factory, settings) == 1
    assert references(search("tramway")) == [practice.reference]
    assert search("").total == 2


def test_many_small_changes_leave_few_segments(publish: Publish, search: Search, settings: Settings) -> None:
    for _ in range(20):
        publish()
    manifest = read_manifest(settings.index_dir)
    assert manifest is not None
    assert manifest.documents == 20
    assert len([name for name in manifest.files if name.endswith(".trm")]) < 10
    assert search("bus").total == 20


def test_a_deleted_index_is_rebuilt_while_the_database_answers(
    session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    practice = publish(language="ko", title="생활방역", summary="-")
    shutil.rmtree(settings.index_dir)
    page = search("방역")
    assert (page.source, references(page)) == ("database", [practice.reference])
    assert sync.catch_up(session_factory, settings) == 1
    assert search("방역").source == "index"


def test_a_reader_that_is_open_goes_on_while_the_index_is_rebuilt(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    reader = IndexReader(settings.index_dir, interval=0)
    stop, failures = threading.Event(), []

    def ask() -> None:
        with session_factory() as own:
            while not stop.is_set():
                page = search_practices(own, reader, SearchRequest("bus"))
                if page.total != 1 or page.source != "index":
                    failures.append(page)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(3):
        building.rebuild(session_factory, settings)
        remove_stale(settings.index_dir, read_manifest(settings.index_dir).folder)
    stop.set()
    thread.join()
    assert failures == []


@pytest.mark.parametrize("left", [0, 3, 6])
def test_an_index_that_is_removed_while_it_is_opened_is_none_and_not_one_without_languages(
    settings: Settings, publish: Publish, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    publish()
    folder = settings.index_dir / read_manifest(settings.index_dir).folder
    open_it = index_reading.SegmentReader

    def remove_then_open(*arguments: object) -> object:
        reader = open_it(*arguments)
        for path in sorted(folder.glob("*.*"), key=lambda path: path.suffix in (".trm", ".vpst"))[left:]:
            path.unlink()
        return reader

    monkeypatch.setattr(index_reading, "SegmentReader", remove_then_open)
    with pytest.raises(BrokenIndexError):
        Snapshot(folder)


@pytest.mark.parametrize("name", [*NUMBER_FIELDS, *FACET_FIELDS, "_body_len"])
def test_an_index_of_which_a_column_is_gone_is_none(settings: Settings, publish: Publish, name: str) -> None:
    publish()
    folder = settings.index_dir / read_manifest(settings.index_dir).folder
    Snapshot(folder)
    (column,) = folder.glob(f"*.{name}.col")
    column.unlink()
    with pytest.raises(BrokenIndexError):
        Snapshot(folder)


@pytest.mark.parametrize("damage", ["garbled", "emptied", "removed"])
def test_a_damaged_index_is_noticed_and_rebuilt(
    session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search, damage: str
) -> None:
    publish()
    for path in _data_files(settings):
        if damage == "removed":
            path.unlink()
        else:
            path.write_bytes(b"\xff" * (path.stat().st_size if damage == "garbled" else 0))
    reader = IndexReader(settings.index_dir)
    with session_factory() as session:
        assert search_practices(session, reader, SearchRequest("bus")).total == 1
        assert search_practices(session, reader, SearchRequest("bus")).source == "database"
    assert sync.status(session_factory, settings).problem == "the index is damaged"
    assert sync.catch_up(session_factory, settings) == 1
    with session_factory() as session:
        assert search_practices(session, IndexReader(settings.index_dir), SearchRequest("bus")).source == "index"


def test_nobody_answers_from_an_index_that_was_found_broken(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    reader = IndexReader(settings.index_dir, interval=0)
    assert search_practices(session, reader, SearchRequest("bus")).source == "index"
    report_broken(settings.index_dir, read_manifest(settings.index_dir).folder)
    for asking in (reader, IndexReader(settings.index_dir)):
        assert [search_practices(session, asking, SearchRequest("zyzzyva")).source for _ in range(3)] == [
            "database"
        ] * 3
    assert sync.catch_up(session_factory, settings) == 1
    assert search_practices(session, reader, SearchRequest("bus")).source == "index"


def test_a_report_about_an_earlier_index_says_nothing_about_this_one(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    earlier = read_manifest(settings.index_dir).folder
    building.rebuild(session_factory, settings)
    report_broken(settings.index_dir, earlier)
    assert search_practices(session, IndexReader(settings.index_dir), SearchRequest("bus")).source == "index"
    assert sync.status(session_factory, settings).problem == ""


def test_a_file_that_was_cut_short_is_noticed_before_anybody_reads_it(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    path = _data_files(settings)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert sync.status(session_factory, settings).problem == "the index is damaged"
    assert sync.catch_up(session_factory, settings) == 1, "built anew"
    assert sync.status(session_factory, settings).problem == ""


def test_a_flipped_byte_is_found_by_verifying(settings: Settings, publish: Publish) -> None:
    publish()
    manifest = read_manifest(settings.index_dir)
    assert find_damage(settings.index_dir, manifest) is None
    path = _data_files(settings)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert find_damage(settings.index_dir, manifest) == path.name


def test_only_one_process_writes(session_factory: SessionFactory, settings: Settings, publish: Publish) -> None:
    publish(now=False)
    with writer_lock(settings.index_dir):
        assert sync.catch_up(session_factory, settings) == 0
    with folder_lock(settings.index_dir, BUILDER_LOCK):
        assert sync.catch_up(session_factory, settings) == 0, "there is none yet, and another process builds it"
        with pytest.raises(WriterBusyError):
            building.rebuild(session_factory, settings)
    assert sync.catch_up(session_factory, settings) == 1


def test_an_index_of_another_version_is_rebuilt(
    session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    publish()
    path = settings.index_dir / "manifest.json"
    path.write_text(path.read_text().replace('"format": ', '"format": 9'))
    assert search("bus").source == "database"
    assert sync.catch_up(session_factory, settings) == 1
    assert search("bus").source == "index"


def test_the_status_says_what_is_waiting(session_factory: SessionFactory, settings: Settings, publish: Publish) -> None:
    assert sync.status(session_factory, settings).problem == "there is no index"
    publish()
    publish(now=False)
    status = sync.status(session_factory, settings)
    assert (status.practices, status.waiting, status.problem) == (1, 1, "")
    assert dict(status.lines())["changes waiting"] == "1"


def test_searchable_within_two_seconds(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    reader = IndexReader(settings.index_dir)
    search_practices(session, reader, SearchRequest("bus"))
    started = time.monotonic()
    publish(title="Tramway hygiene")
    while search_practices(session, reader, SearchRequest("tramway")).total == 0:
        assert time.monotonic() - started < 2
        time.sleep(0.02)


def test_the_database_knows_filters_pages_and_excluded_words_too(
    publish: Publish, search: Search, settings: Settings
) -> None:
    first = publish(language="ko", title="버스 소독", topics=("1b",), at=AT)
    second = publish(title="Bus 50% cleaner", topics=("2",), at=AT.replace(day=10))
    shutil.rmtree(settings.index_dir)
    assert references(search("")) == [second.reference, first.reference]
    assert references(search("소독")) == [first.reference]
    assert references(search("", topics=("1",))) == [first.reference]
    assert references(search("", languages=("en",))) == [second.reference]
    assert references(search("50%")) == [second.reference]
    assert search("0%2").total == 0
    assert references(search("bus -cleaner")) == [first.reference]
    assert [len(search("", page=page, per_page=1).hits) for page in (1, 2, 3)] == [1, 1, 0]


def _data_files(settings: Settings) -> list[Path]:
    manifest = read_manifest(settings.index_dir)
    assert manifest is not None
    return sorted((settings.index_dir / manifest.folder).glob("*.pst"))


def test_an_index_without_practices_answers_too(
    session_factory: SessionFactory, settings: Settings, search: Search
) -> None:
    sync.catch_up(session_factory, settings)
    assert (search("bus").total, search("bus").source, search("").total) == (0, "index", 0)
