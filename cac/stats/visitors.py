"""Tells visitors of one day apart without knowing who they are: a keyed hash under a salt that lives for that day.

The salt is 16 random bytes, never derived from anything, kept in memory-backed storage where there is one and deleted when
the day closes. No address is ever written down. Leaves what is done with the hash to spool and roller.
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

log = logging.getLogger(__name__)

SALT_BYTES = 16
MARKED_FOR = timedelta(days=7)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (the folder below it is our own and checked)


class Salt(NamedTuple):
    """The salt of a day; ``is_new_again`` says that this process made it although the day had had one: a salt break."""

    value: bytes
    is_new_again: bool


class KeepsSalts(Protocol):
    """Where an instance keeps its salts: here in a file of the host, or in a table that hosts share (shared_salts)."""

    def salt_of(self, day: date) -> Salt:
        """Return the day's salt, made now if there is none; never raises."""

    def delete_before(self, day: date) -> None:
        """Delete the salts of all days before ``day``."""


def network_of(address: str) -> bytes:
    """Return what of an address tells visitors apart: an IPv4 address whole, of IPv6 the first 64 bits (RFC 4291, 2.5.4)."""
    if ":" not in address:
        return address.encode("ascii", "replace")
    try:
        packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return address.encode("ascii", "replace")
    if packed.startswith(b"\0" * 10 + b"\xff\xff"):
        return ".".join(str(byte) for byte in packed[12:]).encode("ascii")
    return packed[:8]


def visitor_of(salt: bytes, address: str, agent: str, languages: str) -> str:
    """Return a visitor's key of 16 hexadecimal digits: blake2b, 8 bytes, under the day's salt."""
    words = b"\0".join((network_of(address), agent.encode("utf-8", "replace"), languages.encode("utf-8", "replace")))
    return hashlib.blake2b(words, digest_size=8, key=salt).hexdigest()


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
            return Salt(secrets.token_bytes(SALT_BYTES), is_new_again=True)

    def delete_before(self, day: date) -> None:
        """Delete the salts of all days before ``day``; that they had one is known for a week more, should a clock come back."""
        folders = (
            (self._folder or _memory_folder(self._markers), ".salt", day),
            (self._markers, ".salted", day - MARKED_FOR),
        )
        for folder, suffix, first_kept in folders:
            for path in folder.glob(f"*{suffix}"):
                if path.name.removesuffix(suffix) < first_kept.isoformat():
                    path.unlink(missing_ok=True)

    def _read_or_make(self, day: date) -> Salt:
        folder = self._folder or _memory_folder(self._markers)
        path = folder / f"{day.isoformat()}.salt"
        with contextlib.suppress(FileNotFoundError):
            return Salt(path.read_bytes(), is_new_again=False)
        if not _publish(path, secrets.token_bytes(SALT_BYTES)):
            return Salt(path.read_bytes(), is_new_again=False)
        return Salt(path.read_bytes(), is_new_again=not self._mark(day))

    def _mark(self, day: date) -> bool:
        """Note that the day has a salt; False if it had one before."""
        try:
            os.close(os.open(self._markers / f"{day.isoformat()}.salted", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True


def _publish(path: Path, content: bytes) -> bool:
    """Put a whole file at ``path`` unless another process was faster: nobody ever reads half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(descriptor, content)
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        os.close(descriptor)
        draft.unlink()
    return True


def _memory_folder(spool: Path) -> Path:
    """Return a folder of this instance in memory, readable by its owner only; below the spool where there is none."""
    name = f"cac-{hashlib.blake2b(str(spool.resolve()).encode(), digest_size=6).hexdigest()}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for parent in (SHARED_MEMORY, Path(runtime) if runtime else None):
        if parent is not None and parent.is_dir() and _is_own_folder(parent / name):
            return parent / name
    folder = spool / "salts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _is_own_folder(folder: Path) -> bool:
    """Make the folder if need be; whether it is a real folder, ours, and closed to others."""
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
