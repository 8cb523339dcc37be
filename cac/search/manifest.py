"""What an index folder holds and how it is found: one small file, replaced in one step, that names the folder in use.

``index/manifest.json`` is read by everybody and written only by the process that holds ``index/writer.lock``; a new index is
built by the process that holds ``index/builder.lock``.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

MANIFEST, BROKEN = "manifest.json", "broken"
WRITER_LOCK, BUILDER_LOCK = "writer.lock", "builder.lock"


class WriterBusyError(Exception):
    """Another process is writing this index."""


class DiskFullError(OSError):
    """There is no room to write the index; it stays as it was, and answers."""


@contextmanager
def disk_room(folder: Path) -> Iterator[None]:
    """Have a disk that is full, or a quota that is used up, raise DiskFullError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(error.errno, "no room for the search index", str(folder)) from error
        raise


@dataclass(frozen=True)
class Mark:
    """What the database looked like when the index was last equal to it: it changes with every publication or withdrawal,
    and ``cities`` with every name of a city.
    """

    practices: int = -1
    versions: int = -1
    newest: int = -1
    cities: str = ""


@dataclass(frozen=True)
class Manifest:
    """The state of an index: its format, its folder, up to where it follows the database, its files with size and sha256.

    Times are in seconds since 1970. ``cities`` are digests of what the index says of each city, by its id. ``is_whole`` says
    that pairs and grams are those of whole texts, ``is_settled`` that there is nothing left to merge.
    """

    format: int
    folder: str
    mark: Mark = Mark()
    documents: int = 0
    practices: int = 0
    built_at: float = 0.0
    changed_at: float = 0.0
    verified_at: float = 0.0
    cities: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True
    is_settled: bool = False
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of the index folder, or None if there is none that can be read."""
    try:
        values = json.loads((folder / MANIFEST).read_text())
        values["mark"] = Mark(**values["mark"])
        values["files"] = {name: (size, digest) for name, (size, digest) in values["files"].items()}
        return Manifest(**values)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step; it is on disk when this returns."""
    path = folder / f"{MANIFEST}.new"
    with path.open("w") as stream:
        json.dump(asdict(manifest), stream)
        stream.flush()
        os.fsync(stream.fileno())
    path.replace(folder / MANIFEST)


def file_digests(folder: Path, known: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """Return size and sha256 of each file of an index; files never change once written, so ``known`` ones are not read."""
    return {
        path.name: known.get(path.name) or (path.stat().st_size, _digest(path))
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.endswith("LOCK")
    }


def find_damage(folder: Path, manifest: Manifest) -> str | None:
    """Return the name of a file that is missing or not what was written, or None if all are as they should be."""
    for name, (size, digest) in manifest.files.items():
        path = folder / manifest.folder / name
        try:
            if path.stat().st_size != size or _digest(path) != digest:
                return name
        except OSError:
            return name
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def writer_lock(folder: Path, *, wait: float = 0.0) -> AbstractContextManager[None]:
    """Hold the right to write the index; raises WriterBusyError if another process has it for ``wait`` seconds more."""
    return folder_lock(folder, WRITER_LOCK, wait=wait)


@contextmanager
def folder_lock(folder: Path, name: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock ``name`` of the index folder; it ends with the process. Raises WriterBusyError."""
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait
    with (folder / name).open("w") as stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise WriterBusyError(str(folder)) from error
                time.sleep(0.02)
        yield


def report_broken(folder: Path, name: str) -> None:
    """Say that the index in the folder ``name`` cannot be trusted: nobody answers from it, and the writer builds a new one."""
    if folder.is_dir():
        with suppress(OSError):  # Where a disk is full, who found it still stops using it.
            (folder / BROKEN).write_text(name)


def is_reported_broken(folder: Path, name: str) -> bool:
    """Whether somebody has found the index in the folder ``name`` broken; a report about an earlier one says nothing."""
    try:
        return (folder / BROKEN).read_text() in ("", name)
    except OSError:
        return False


def forget_report(folder: Path) -> None:
    """Take the report back: a new index is in place."""
    (folder / BROKEN).unlink(missing_ok=True)


def is_usable(folder: Path, manifest: Manifest) -> bool:
    """Whether the index is all there, by the names and sizes of its files, and nobody has found it broken."""
    path = folder / manifest.folder
    try:
        is_whole = all((path / name).stat().st_size == size for name, (size, _) in manifest.files.items())
    except OSError:
        return False
    return is_whole and path.is_dir() and not is_reported_broken(folder, manifest.folder)


def remove_stale(folder: Path, current: str) -> None:
    """Delete the folders of indexes that are not in use any more; whoever still reads one keeps its open files."""
    for path in folder.iterdir():
        if path.is_dir() and path.name.startswith("index-") and path.name != current:
            shutil.rmtree(path, ignore_errors=True)
