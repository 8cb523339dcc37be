"""Tells visitors of one day apart without knowing who they are: a keyed hash under a salt that lives for that day.

The salt is 16 random bytes, never derived from anything, kept in memory-backed storage where there is one and deleted when
the day is over. Today's outlives the processes, so that a restart does not count the day's visitors anew. No address is ever
written down. Leaves the hash to day_salt, and what is done with it to spool and roller.
"""

import contextlib
import hashlib
import logging
import os
import secrets
import socket
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from cac.stats.files import list_drafts, publish

log = logging.getLogger(__name__)

SALT_BYTES = 16
MARKED_FOR = timedelta(days=7)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (the folder below it is our own and checked)


class Salt(NamedTuple):
    """The salt of a day; ``is_new_again`` says that this process made it although the day had had one: a salt break.

    ``is_makeshift``: it is this process's own, as the day's could not be had; to be asked for again after seconds.
    """

    value: bytes
    is_new_again: bool
    is_makeshift: bool = False


def make_makeshift() -> Salt:
    """Return a salt for a process that cannot have the day's."""
    return Salt(secrets.token_bytes(SALT_BYTES), is_new_again=True, is_makeshift=True)


class KeepsSalts(Protocol):
    """Where an instance keeps its salts: here in a file of the host, or in a table that hosts share (shared_salts)."""

    def salt_of(self, day: date) -> Salt:
        """Return the day's salt, made now if there is none; never raises."""

    def restore(self, day: date, value: bytes) -> bytes:
        """Return the day's salt as all have it, ``value`` put back in its place where it was lost; never raises."""

    def delete_before(self, day: date) -> None:
        """Delete the salts of all days before ``day``."""


def network_of(address: str) -> str:
    """Return what of an address tells visitors apart: an IPv4 address whole, of IPv6 the first 64 bits (RFC 4291, 2.5.4).

    A port that some proxies add, ``192.0.2.1:4711`` or ``[2001:db8::1]:4711``, is left out: it changes with each connection.
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    if ":" not in address:
        return address
    try:
        packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return address
    if packed.startswith(b"\0" * 10 + b"\xff\xff"):
        return ".".join(str(byte) for byte in packed[12:])
    return packed[:8].hex()


class Salts:
    """The salts of an instance's days, the same in each of its processes on this host.

    ``markers`` is a folder on disk where an empty file says that a day has had a salt, so that a second one is noticed.
    """

    def __init__(self, markers: Path, folder: Path | None = None) -> None:
        self._markers = markers
        self._folder = folder

    def salt_of(self, day: date) -> Salt:
        """Return the day's salt, made now if there is none. Where nothing can be written, one of this process alone."""
        try:
            return self._read_or_make(day)
        except OSError:
            log.exception("the salt of %s can be neither read nor made", day)
            return make_makeshift()

    def restore(self, day: date, value: bytes) -> bytes:
        """Return the day's salt as all processes have it, ``value`` put back where its file was deleted; never raises."""
        try:
            path = (self._folder or memory_folder(self._markers)) / f"{day.isoformat()}.salt"
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes()
            publish(path, value)
            return path.read_bytes()
        except OSError:
            log.exception("the salt of %s can be neither read nor put back", day)
            return value

    def delete_before(self, day: date) -> None:
        """Delete the salts of all days before ``day``; that they had one is known for a week more, should a clock come back."""
        folders = (
            (self._folder or memory_folder(self._markers), ".salt", day),
            (self._markers, ".salted", day - MARKED_FOR),
        )
        for folder, suffix, first_kept in folders:
            for path in folder.glob(f"*{suffix}"):
                if path.name.removesuffix(suffix) < first_kept.isoformat():
                    path.unlink(missing_ok=True)
        for path in list_drafts(self._folder or memory_folder(self._markers), "*.salt"):
            if path.name[1:] < day.isoformat():
                path.unlink(missing_ok=True)

    def _read_or_make(self, day: date) -> Salt:
        folder = self._folder or memory_folder(self._markers)
        path = folder / f"{day.isoformat()}.salt"
        with contextlib.suppress(FileNotFoundError):
            return Salt(path.read_bytes(), is_new_again=False)
        if not publish(path, secrets.token_bytes(SALT_BYTES)):
            return Salt(path.read_bytes(), is_new_again=False)
        return Salt(path.read_bytes(), is_new_again=not self._mark(day))

    def _mark(self, day: date) -> bool:
        """Note that the day has a salt; False if it had one before. On a full disk nothing is noted, and the salt is good."""
        try:
            self._markers.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._markers / f"{day.isoformat()}.salted", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        except OSError:
            log.exception("it cannot be noted that %s has a salt", day)
        return True


def memory_folder(spool: Path) -> Path:
    """Return a folder of this instance in memory, readable by its owner only; below the spool where there is none."""
    *in_memory, on_disk = memory_places(spool)
    for folder in in_memory:
        if folder.parent.is_dir() and _is_own_folder(folder):
            return folder
    on_disk.mkdir(mode=0o700, parents=True, exist_ok=True)
    return on_disk


def memory_places(spool: Path) -> list[Path]:
    """Return where that folder may be, the best place first, the one on disk last; makes nothing."""
    name = f"cac-{hashlib.blake2b(str(spool.resolve()).encode(), digest_size=6).hexdigest()}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parents = [SHARED_MEMORY, Path(runtime)] if runtime else [SHARED_MEMORY]
    return [*(parent / name for parent in parents), spool / "salts"]


def _is_own_folder(folder: Path) -> bool:
    """Make the folder if need be; whether it is a real folder, ours, and closed to others."""
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    except OSError:
        return False
    return is_private(folder)


def is_private(folder: Path) -> bool:
    """Whether there is a real folder, ours, and closed to others: anybody may make one in memory that all share."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
