"""Builds a whole index beside the one in use, which goes on following the database meanwhile, and swaps the two."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from cac.clock import now
from cac.db import SessionFactory
from cac.practices.queries import list_public_by_ids, list_public_keys
from cac.search.document import IndexDocument, documents_of
from cac.search.index import FORMAT, create, write
from cac.search.index_reading import Snapshot
from cac.search.manifest import (
    BUILDER_LOCK,
    Manifest,
    disk_room,
    file_digests,
    folder_lock,
    forget_report,
    write_manifest,
    writer_lock,
)
from cac.search.marks import read_state
from cac.settings import Settings

log = logging.getLogger(__name__)

READ_AT_ONCE = 100
# Up to so many practices pairs and grams are those of the whole text; above, of its head: they are most of an index.
WHOLE_TEXT_UP_TO = 10_000
# The writer holds its lock for seconds; longer, and the index that was built is thrown away.
SWAP_WAIT = 60.0
UNFINISHED = "building-"

Progress = Callable[[int, int], None]


def rebuild(session_factory: SessionFactory, settings: Settings, progress: Progress | None = None) -> int:
    """Build the index anew beside the one in use, swap them, and return how many practices are in.

    ``progress`` is told how many practices are done and how many there are. Raises WriterBusyError if another process is
    building, DiskFullError if there is no room; the index in use stays as it is then.
    """
    folder = settings.index_dir
    with disk_room(folder), folder_lock(folder, BUILDER_LOCK), session_factory() as session:
        _remove_unfinished(folder)
        target = folder / f"{UNFINISHED}{time.time_ns()}"
        try:
            manifest = _build(session, target, progress)
            with writer_lock(folder, wait=SWAP_WAIT):
                _swap(folder, target, manifest)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
    return manifest.practices


def rebuild_in_own_process(session_factory: SessionFactory, settings: Settings) -> None:
    """Rebuild as a process that does nothing else: less urgent than others, and its memory is free when it ends."""
    os.nice(10)
    log.info("building the search index anew: %s practices", rebuild(session_factory, settings))


def _build(session: Session, target: Path, progress: Progress | None) -> Manifest:
    started = time.monotonic()
    state = read_state(session)
    numbers = [number for number, _ in list_public_keys(session)]
    is_whole = len(numbers) <= WHOLE_TEXT_UP_TO
    with write(create(target)) as writing:
        for done, batch in enumerate(slices(numbers, READ_AT_ONCE), 1):
            for document in read_documents(session, batch, is_whole=is_whole):
                writing.add(document)
            if progress is not None:
                progress(min(done * READ_AT_ONCE, len(numbers)), len(numbers))
    moment = now().timestamp()
    log.info("built a search index of %s practices in %.1f s", len(numbers), time.monotonic() - started)
    manifest = Manifest(FORMAT, target.name, state.mark, cities=state.cities, is_whole=is_whole)
    return described(target, replace(manifest, built_at=moment, verified_at=moment))


def _swap(folder: Path, target: Path, manifest: Manifest) -> None:
    name = target.name.replace(UNFINISHED, "index-")
    target.rename(folder / name)
    try:
        write_manifest(folder, replace(manifest, folder=name))
    except OSError:
        shutil.rmtree(folder / name, ignore_errors=True)
        raise
    forget_report(folder)


def _remove_unfinished(folder: Path) -> None:
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path, ignore_errors=True)


def read_documents(session: Session, numbers: Sequence[int], *, is_whole: bool) -> Iterator[IndexDocument]:
    """Yield the documents of those of the practices that are public now; reading leaves no transaction open."""
    for batch in slices(list(numbers), READ_AT_ONCE):
        for practice in list_public_by_ids(session, batch):
            yield from documents_of(practice, is_whole=is_whole)
        session.expunge_all()
        session.rollback()


def described(path: Path, manifest: Manifest) -> Manifest:
    """Return the manifest with what the index at ``path`` holds now: its counts and the digests of its files."""
    snapshot = Snapshot(path)
    return replace(
        manifest,
        documents=int(snapshot.live.sum()),
        practices=len(snapshot.practice_ids),
        changed_at=now().timestamp(),
        files=file_digests(path, manifest.files),
    )


def slices(items: list[Any], size: int) -> Iterator[list[Any]]:
    """Yield ``items`` in lists of ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
