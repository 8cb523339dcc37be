"""Keeps the index equal to the database: catching up, and telling how it stands.

There is no queue and no event that can be lost: what is public is compared with what is indexed, by the number that grows
with every publication and withdrawal of a practice. Doing it again changes nothing.
"""

import contextlib
import shutil
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from cac.clock import now
from cac.db import SessionFactory
from cac.search.building import described, read_documents, rebuild, slices
from cac.search.index import FORMAT, BrokenIndexError, generation, open_index, write
from cac.search.index_reading import Snapshot
from cac.search.manifest import (
    Manifest,
    Mark,
    WriterBusyError,
    disk_room,
    is_usable,
    read_manifest,
    report_broken,
    write_manifest,
    writer_lock,
)
from cac.search.marks import Differences, State, changed_since, find_differences, oldest_change, read_state
from cac.search.tending import RebuildNeededError, tend, verify
from cac.settings import Settings

COMMIT_AT_ONCE = 200
REBUILD_FROM = 2000
# With less room than this on its disk an index cannot follow the database.
LEAST_ROOM = 4 << 20


def catch_up(session_factory: SessionFactory, settings: Settings) -> int:
    """Bring the index up to the database and return how many practices were put in or taken out.

    Rebuilds an index that is missing, broken, of another format, or further behind than rebuilding takes. Does nothing
    and returns 0 while another process is writing. Raises DiskFullError.
    """
    try:
        return update(session_factory, settings) or 0
    except RebuildNeededError:
        with contextlib.suppress(WriterBusyError):
            return rebuild(session_factory, settings)
    return 0


def update(
    session_factory: SessionFactory, settings: Settings, *, since: datetime | None = None, verify_first: bool = False
) -> int | None:
    """Do what ``catch_up`` does without ever rebuilding: raises RebuildNeededError instead. None while another one writes.

    While a rebuild is under way ``since`` is the moment of its start: only later changes are made, so that they are found at
    once; the new index makes up for the rest.
    """
    folder = settings.index_dir
    with contextlib.suppress(WriterBusyError), disk_room(folder), writer_lock(folder), session_factory() as session:
        manifest = read_manifest(folder)
        if manifest is None or manifest.format != FORMAT or not is_usable(folder, manifest):
            raise RebuildNeededError("there is none that can be used")
        if verify_first:
            verify(session, folder, manifest)
            return 0
        state = read_state(session)
        try:
            if state.mark != manifest.mark:
                return _apply(session, folder, manifest, state, since)
            if since is None:
                tend(session, folder, manifest)
        except BrokenIndexError as error:
            report_broken(folder, manifest.folder)
            raise RebuildNeededError("it cannot be read") from error
        return 0
    return None


@dataclass(frozen=True)
class IndexStatus:
    """How an index stands; ``problem`` is empty or says what is wrong, ``lag_seconds`` how long a change has been waiting."""

    problem: str
    documents: int
    practices: int
    waiting: int
    lag_seconds: float
    size_mb: float
    folder: str
    generation: int
    changed_at: float
    verified_at: float

    def lines(self) -> list[tuple[str, str]]:
        """Return name and value of what an operator wants to know, in order."""
        return [
            ("state", self.problem or "in use"),
            ("generation", f"{self.generation} in {self.folder}" if self.folder else "none"),
            ("practices", f"{self.practices:,}"),
            ("documents", f"{self.documents:,}"),
            ("changes waiting", f"{self.waiting:,}"),
            ("behind", f"{self.lag_seconds:.0f} s"),
            ("size", f"{self.size_mb:.1f} MB"),
            ("last change", _moment(self.changed_at)),
            ("last verified", _moment(self.verified_at)),
        ]


def status(session_factory: SessionFactory, settings: Settings) -> IndexStatus:
    """Return how the index of this host stands against the database."""
    folder = settings.index_dir
    manifest = read_manifest(folder)
    if manifest is None or manifest.format != FORMAT:
        problem = "there is no index" if manifest is None else "the index is of another version"
        return IndexStatus(problem, 0, 0, 0, 0.0, 0.0, "", 0, 0.0, 0.0)
    problem = "" if is_usable(folder, manifest) else "the index is damaged"
    with session_factory() as session:
        state = read_state(session)
        waiting, since = (0, 0.0) if state.mark == manifest.mark else _waiting(session, folder, manifest, state)
    if not problem and shutil.disk_usage(folder).free < LEAST_ROOM:
        problem = "the disk is full: the index does not follow the database"
    size = sum(size for size, _ in manifest.files.values()) / 1e6
    return IndexStatus(
        problem, manifest.documents, manifest.practices, waiting, since, size, manifest.folder,
        generation(folder / manifest.folder), manifest.changed_at, manifest.verified_at,
    )  # fmt: skip


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds)) if seconds else "never"


def _waiting(session: Session, folder: Path, manifest: Manifest, state: State) -> tuple[int, float]:
    """Return how many practices wait to be indexed, and for how many seconds the first of them has."""
    try:
        found = find_differences(session, Snapshot(folder / manifest.folder), _renamed(manifest, state))
    except BrokenIndexError:
        return 0, 0.0
    oldest = oldest_change(session, found.changed)
    return len(found.changed), max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0


def _apply(session: Session, folder: Path, manifest: Manifest, state: State, since: datetime | None) -> int:
    path = folder / manifest.folder
    urgent = set() if since is None else changed_since(session, since)
    if since is not None and not urgent:
        return 0
    found = find_differences(session, Snapshot(path), _renamed(manifest, state))
    if since is not None:
        found = _only(found, urgent)
    elif len(found.changed) > max(REBUILD_FROM, manifest.practices // 2):
        raise RebuildNeededError(f"{len(found.changed)} practices are to be changed")
    for batch in slices(found.changed, COMMIT_AT_ONCE):
        _write_batch(session, path, batch, found, is_whole=manifest.is_whole)
        manifest = described(path, replace(manifest, mark=Mark(), is_settled=False))
        write_manifest(folder, manifest)
    if since is None:
        write_manifest(folder, replace(manifest, mark=state.mark, cities=state.cities))
    return len(found.changed)


def _write_batch(session: Session, path: Path, batch: list[int], found: Differences, *, is_whole: bool) -> None:
    wanted = set(found.wanted)
    index = open_index(path)
    try:
        with write(index) as writing:
            for practice_id in batch:
                writing.remove(practice_id)
            for document in read_documents(session, [each for each in batch if each in wanted], is_whole=is_whole):
                writing.add(document)
    finally:
        index.storage.close_all()


def _only(found: Differences, practices: set[int]) -> Differences:
    return Differences(
        tuple(number for number in found.removed if number in practices),
        tuple(number for number in found.wanted if number in practices),
    )


def _renamed(manifest: Manifest, state: State) -> list[str]:
    """Return the ids of the cities of which the index says something else than the database."""
    return [number for number, digest in state.cities.items() if manifest.cities.get(number, digest) != digest]
