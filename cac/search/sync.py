"""Keeps the index equal to the database: catching up, rebuilding beside the old one, telling how it stands.

There is no queue and no event that can be lost: what is public is compared with what is indexed, by the number that grows
with every publication and withdrawal of a practice. Doing it again changes nothing.
"""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.clock import now
from cac.db import SessionFactory
from cac.practices.models import Practice
from cac.practices.queries import list_public_by_ids, list_public_keys
from cac.search.document import IndexDocument, documents_of
from cac.search.index import FORMAT, BrokenIndexError, create, open_index, write
from cac.search.index_reading import Snapshot
from cac.search.manifest import (
    Manifest,
    Mark,
    WriterBusyError,
    file_digests,
    find_damage,
    forget_report,
    is_reported_broken,
    read_manifest,
    remove_stale,
    report_broken,
    write_manifest,
    writer_lock,
)
from cac.settings import Settings

READ_AT_ONCE = 100
COMMIT_AT_ONCE = 200
REBUILD_FROM = 2000
VERIFY_EVERY = 86_400.0
STALE_AFTER = 30.0

Progress = Callable[[int, int], None]


def catch_up(session_factory: SessionFactory, settings: Settings) -> int:
    """Bring the index up to the database and return how many practices were put in or taken out.

    Rebuilds an index that is missing, broken, of another format, or further behind than rebuilding takes. Does nothing
    and returns 0 while another process is writing.
    """
    folder = settings.index_dir
    with contextlib.suppress(WriterBusyError), writer_lock(folder), session_factory() as session:
        manifest = read_manifest(folder)
        if manifest is None or not _is_usable(folder, manifest):
            return _build(session, folder, None)
        mark = _mark_of(session)
        if mark == manifest.mark:
            _tend(folder, manifest)
            return 0
        try:
            return _apply(session, folder, manifest, mark)
        except BrokenIndexError:
            return _build(session, folder, None)
    return 0


def rebuild(session_factory: SessionFactory, settings: Settings, progress: Progress | None = None) -> int:
    """Build the index anew beside the one in use, swap them, and return how many practices are in.

    ``progress`` is told how many practices are done and how many there are. Raises WriterBusyError.
    """
    with writer_lock(settings.index_dir), session_factory() as session:
        return _build(session, settings.index_dir, progress)


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
    changed_at: float
    verified_at: float

    def lines(self) -> list[tuple[str, str]]:
        """Return name and value of what an operator wants to know, in order."""
        return [
            ("state", self.problem or "in use"),
            ("folder", self.folder),
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
        return IndexStatus(problem, 0, 0, 0, 0.0, 0.0, "", 0.0, 0.0)
    problem = "the index is damaged" if is_reported_broken(folder) or not (folder / manifest.folder).is_dir() else ""
    with session_factory() as session:
        waiting, since = (0, 0.0) if _mark_of(session) == manifest.mark else _waiting(session, folder, manifest)
    size = sum(size for size, _ in manifest.files.values()) / 1e6
    return IndexStatus(
        problem, manifest.documents, manifest.practices, waiting, since, size, manifest.folder, manifest.changed_at,
        manifest.verified_at,
    )  # fmt: skip


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds)) if seconds else "never"


def _waiting(session: Session, folder: Path, manifest: Manifest) -> tuple[int, float]:
    try:
        removed, wanted = _differences(session, Snapshot(folder / manifest.folder))
    except BrokenIndexError:
        return 0, 0.0
    changed = [*removed, *wanted]
    oldest = session.scalar(select(func.min(Practice.public_changed_at)).where(Practice.id.in_(changed[:500])))
    return len(set(changed)), max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0


def _mark_of(session: Session) -> Mark:
    """Return what changes with every publication and withdrawal; one row, read from the table without loading it."""
    counted = (
        func.count(),
        func.coalesce(func.sum(Practice.public_version), 0),
        func.coalesce(func.max(Practice.id), 0),
    )
    row = session.execute(select(*counted).where(Practice.public_version > 0)).one()
    return Mark(int(row[0]), int(row[1]), int(row[2]))


def _is_usable(folder: Path, manifest: Manifest) -> bool:
    known = manifest.format == FORMAT and (folder / manifest.folder).is_dir()
    return (
        known
        and not is_reported_broken(folder)
        and all((folder / manifest.folder / name).exists() for name in manifest.files)
    )


def _tend(folder: Path, manifest: Manifest) -> None:
    """Do what can wait until nothing else is to be done: delete old folders, verify once a day."""
    moment = now().timestamp()
    if moment - manifest.built_at > STALE_AFTER:
        remove_stale(folder, manifest.folder)
    if moment - manifest.verified_at > VERIFY_EVERY:
        if find_damage(folder, manifest) is not None:
            report_broken(folder)
        write_manifest(folder, replace(manifest, verified_at=moment))


def _apply(session: Session, folder: Path, manifest: Manifest, mark: Mark) -> int:
    removed, wanted = _differences(session, Snapshot(folder / manifest.folder))
    if len(removed) + len(wanted) > max(REBUILD_FROM, manifest.practices // 2):
        return _build(session, folder, None)
    index = open_index(folder / manifest.folder)
    changed = list(dict.fromkeys([*removed, *wanted]))
    for batch in _slices(changed, COMMIT_AT_ONCE):
        in_batch = set(batch)
        with write(index) as writing:
            for practice_id in batch:
                writing.remove(practice_id)
            for document in _documents(session, [number for number in wanted if number in in_batch]):
                writing.add(document)
        manifest = _record(folder, replace(manifest, mark=Mark()))
    _record(folder, replace(manifest, mark=mark))
    return len(changed)


def _differences(session: Session, snapshot: Snapshot) -> tuple[list[int], list[int]]:
    """Return the practices whose documents are to be taken out, and those that are to be put in (again)."""
    alive = snapshot.live
    indexed = dict(zip(snapshot.practice_id[alive].tolist(), snapshot.version[alive].tolist(), strict=True))
    public = dict(list_public_keys(session))
    removed = [number for number, version in indexed.items() if public.get(number) != version]
    wanted = [number for number, version in public.items() if indexed.get(number) != version]
    return removed, wanted


def _build(session: Session, folder: Path, progress: Progress | None) -> int:
    mark = _mark_of(session)
    numbers = [number for number, _ in list_public_keys(session)]
    name = f"index-{time.time_ns()}"
    target = folder / name
    try:
        index = create(target)
        with write(index) as writing:
            for done, batch in enumerate(_slices(numbers, READ_AT_ONCE)):
                for document in _documents(session, batch):
                    writing.add(document)
                if progress is not None:
                    progress(min((done + 1) * READ_AT_ONCE, len(numbers)), len(numbers))
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    moment = now().timestamp()
    _record(folder, Manifest(FORMAT, name, mark, built_at=moment, verified_at=moment))
    forget_report(folder)
    return len(numbers)


def _documents(session: Session, numbers: Sequence[int]) -> Iterator[IndexDocument]:
    for batch in _slices(list(numbers), READ_AT_ONCE):
        for practice in list_public_by_ids(session, batch):
            yield from documents_of(practice)
        session.expunge_all()


def _record(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest for what is in its folder now, and return it."""
    snapshot = Snapshot(folder / manifest.folder)
    recorded = replace(
        manifest,
        documents=int(snapshot.live.sum()),
        practices=len(snapshot.practice_ids),
        changed_at=now().timestamp(),
        files=file_digests(folder / manifest.folder, manifest.files),
    )
    write_manifest(folder, recorded)
    return recorded


def _slices(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
