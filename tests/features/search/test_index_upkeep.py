"""What the writer of the index does by itself: merging, verifying, rebuilding beside, making do with a full disk."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.permissions import THE_PROGRAM
from cac.search import building, posting_files, sync, tending
from cac.search.document import EditionText, make_document
from cac.search.index import create, open_index, segment_sizes, write
from cac.search.index_reading import Snapshot
from cac.search.keeper import IndexKeeper
from cac.search.manifest import DiskFullError, Manifest, Mark, read_manifest, write_manifest, writer_lock
from cac.search.queries import search_practices
from cac.search.reader import IndexReader
from cac.search.request import SearchRequest
from cac.settings import Settings
from tests import needs
from tests.factories import AT, make_city
from tests.features.search.conftest import Publish, Search, references


def manifest_of(settings: Settings) -> Manifest:
    found = read_manifest(settings.index_dir)
    assert found is not None
    return found


def segments(settings: Settings) -> int:
    index = open_index(settings.index_dir / manifest_of(settings).folder)
    try:
        return len(segment_sizes(index))
    finally:
        index.storage.close_all()


@pytest.mark.parametrize("change", ["renamed", "named in another language", "moved to another address"])
def test_a_city_that_changes_reaches_the_index(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search, change: str
) -> None:
    city = make_city(session, slug="madras", country="IN", names={"en": "Madras"})
    practice, other = publish(now=False, city=city), publish()
    with transaction(session):
        if change == "renamed":
            city.names[0].name = "Chennai"
        elif change == "named in another language":
            city.names.append(type(city.names[0])(language="ta", name="Chennai"))
        else:
            city.slug = "chennai"
    assert sync.catch_up(session_factory, settings) == 1, "the practice of that city, and no other"
    assert sync.catch_up(session_factory, settings) == 0
    assert references(search("chennai" if change != "moved to another address" else "city:chennai")) == [
        practice.reference
    ]
    assert search("").total == 2
    assert other.reference in references(search(""))


def test_many_single_changes_are_merged_when_nothing_else_is_to_be_done(
    session_factory: SessionFactory,
    settings: Settings,
    publish: Publish,
    search: Search,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync, "COMMIT_AT_ONCE", 20)
    monkeypatch.setattr(tending, "MERGE_AFTER", -1)
    monkeypatch.setattr(tending, "MERGE_FROM", 2)
    publish()
    for _ in range(3):
        for _ in range(20):
            publish(now=False)
        sync.catch_up(session_factory, settings)
    before = segments(settings)
    sync.catch_up(session_factory, settings)
    assert before > 2
    assert segments(settings) == 1
    sync.catch_up(session_factory, settings)
    assert manifest_of(settings).is_settled
    assert search("bus").total == 61


def test_an_index_of_too_many_pieces_is_built_anew(
    session_factory: SessionFactory, settings: Settings, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    publish()
    monkeypatch.setattr(tending, "MERGE_AFTER", -1)
    monkeypatch.setattr(tending, "MOST_SEGMENTS", 1)
    folder = manifest_of(settings).folder
    assert sync.catch_up(session_factory, settings) == 2
    assert manifest_of(settings).folder != folder
    assert segments(settings) == 1


def test_a_nightly_look_finds_a_garbled_file_and_the_index_is_built_anew(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    _garble(settings)
    folder = manifest_of(settings).folder
    write_manifest(settings.index_dir, replace(manifest_of(settings), verified_at=0.0))
    sync.catch_up(session_factory, settings)
    assert sync.status(session_factory, settings).problem == "the index is damaged"
    assert sync.catch_up(session_factory, settings) == 1
    assert manifest_of(settings).folder != folder


def test_a_nightly_look_finds_what_the_index_lacks(
    session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    publish()
    missing = publish(now=False, title="Tramway hygiene")
    with session_factory() as session:
        now = building.read_state(session)
    write_manifest(
        settings.index_dir, replace(manifest_of(settings), mark=now.mark, cities=now.cities, verified_at=0.0)
    )
    assert search("tramway").total == 0
    sync.catch_up(session_factory, settings)
    assert manifest_of(settings).mark == Mark()
    assert sync.catch_up(session_factory, settings) == 1
    assert references(search("tramway")) == [missing.reference]


def test_the_worker_looks_for_damage_when_it_starts(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    _garble(settings)
    keeper = IndexKeeper(session_factory, settings)
    with writer_lock(settings.index_dir):
        assert keeper.keep_up() == 0, "another one writes: it looks when that has ended"
    keeper.keep_up()
    assert sync.status(session_factory, settings).problem == "the index is damaged"
    assert keeper.keep_up() == 1
    assert sync.status(session_factory, settings).problem == ""


def test_what_is_published_during_a_long_rebuild_is_found_meanwhile(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    publish()
    keeper = IndexKeeper(session_factory, settings)
    keeper.keep_up()
    monkeypatch.setattr("cac.search.keeper.AT_ONCE", 0)
    monkeypatch.setattr(tending, "MERGE_AFTER", -1)
    monkeypatch.setattr(tending, "MOST_SEGMENTS", 0)
    keeper.keep_up()
    assert keeper._builder is not None, "a process of its own builds"
    with transaction(session):
        service.withdraw(session, session.get(service.Practice, 1), actor=THE_PROGRAM, reason="Old.", at=AT)
    publish(now=False, title="Tramway hygiene")
    keeper._building_since = AT
    assert keeper.keep_up() == 2
    assert search("tramway").total == 1
    until = time.monotonic() + 20
    while keeper._builder is not None:
        assert time.monotonic() < until
        time.sleep(0.05)
        monkeypatch.setattr(tending, "MOST_SEGMENTS", 40)
        keeper.keep_up()
    assert keeper._failures == 0
    keeper.keep_up()
    assert (search("tramway").total, search("").total) == (1, 1)
    keeper.close()


def test_no_search_fails_while_indexes_are_changed_and_swapped(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    reader = IndexReader(settings.index_dir, interval=0)
    stop, failures = threading.Event(), []

    def ask() -> None:
        with session_factory() as own:
            while not stop.is_set():
                try:
                    page = search_practices(own, reader, SearchRequest("bus"))
                    own.rollback()
                except Exception as error:  # whatever it is, it is the answer to this test
                    failures.append(error)
                    return
                if page.source != "index" or not page.hits:
                    failures.append(page)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        publish()
        building.rebuild(session_factory, settings)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_unfinished_index_is_thrown_away_by_the_next_rebuild(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    left = settings.index_dir / "building-1"
    left.mkdir()
    building.rebuild(session_factory, settings)
    assert not left.exists()


def test_a_long_list_of_postings_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_files, "BLOCK", 16)
    folder = tmp_path / "index"
    with write(create(folder), memory_mb=0) as batch:
        for number in range(100):
            text = "bus " * (number % 3 + 1) if number % 2 else "tram"
            batch.add(make_document(practice=number, language="en", text=EditionText("", (text,))))
    for round_ in range(2):
        reader = Snapshot(folder)._parts[0]
        ids, counts = reader.postings("body", b"bus") or ((), ())
        assert ids.tolist() == list(range(1, 100, 2)), round_
        assert counts.tolist() == [float(number % 3 + 1) for number in range(1, 100, 2)]


def test_phrases_deep_in_long_texts_are_found_in_a_large_library(
    session_factory: SessionFactory,
    settings: Settings,
    publish: Publish,
    search: Search,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(building, "WHOLE_TEXT_UP_TO", 0)
    how = "<p>First words.</p><h2>At night</h2><p>Crews wipe the brass handles.</p><p>Handles of brass, wipe.</p>"
    practice = publish(now=False, how=how, why="")
    publish(now=False, how="<p>First words.</p><p>Handles, the brass crews wipe.</p>", why="")
    publish()
    building.rebuild(session_factory, settings)
    assert not manifest_of(settings).is_whole
    page = search('"wipe the brass"')
    assert (references(page), page.phrase_found) == ([practice.reference], True)
    assert references(search('"at night"')) == [practice.reference]
    assert search('"brass of handles"').phrase_found is False


@pytest.fixture
def small_disk(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """The folder of the index on a disk of 4 MB."""
    settings.index_dir.mkdir(exist_ok=True)
    with needs.small_disk(settings.index_dir, "4m"):
        yield settings.index_dir


def test_a_full_disk_leaves_the_index_as_it_was_and_is_told(
    session_factory: SessionFactory, settings: Settings, small_disk: Path, publish: Publish, search: Search
) -> None:
    practice = publish()
    files = sorted(small_disk.rglob("*"))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"x" * 4096)
    publish(
        now=False, title="Tramway hygiene", how="<p>" + " ".join(f"word{number}" for number in range(5000)) + "</p>"
    )
    with pytest.raises(DiskFullError):
        sync.catch_up(session_factory, settings)
    assert sorted(path for path in small_disk.rglob("*") if path != filler and not path.name.endswith(".new")) == files
    assert references(search("bus")) == [practice.reference]
    assert search("bus").source == "index"
    assert "disk is full" in sync.status(session_factory, settings).problem
    with pytest.raises(DiskFullError):
        building.rebuild(session_factory, settings)
    assert list(small_disk.glob("building-*")) == []
    filler.unlink()
    assert sync.catch_up(session_factory, settings) == 1
    assert search("tramway").total == 1


def _garble(settings: Settings) -> None:
    path = next((settings.index_dir / manifest_of(settings).folder).glob("*.pst"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
