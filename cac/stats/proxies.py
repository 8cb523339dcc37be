"""Remembers that a proxy nearby sent X-Forwarded-For although the settings believe none: then all readers look like one.

What is kept is the moment, as the time of an empty file in the spool's folder; who forwarded and for whom is not.
"""

import contextlib
import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

MARKER = "forwarded.seen"
REMEMBERED_FOR = timedelta(days=1)


def is_private(address: str) -> bool:
    """Whether an address belongs to this machine or a private network: a proxy of one's own, not a reader."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_private
    except ValueError:
        return False


def note_forwarded(folder: Path) -> None:
    """Remember that it happened; a folder that cannot be written is nobody's trouble here."""
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / MARKER).touch(mode=0o600)


def was_forwarded(folder: Path, *, at: datetime) -> bool:
    """Whether it happened on this host within a day before ``at``."""
    try:
        seen = (folder / MARKER).stat().st_mtime
    except OSError:
        return False
    return at - datetime.fromtimestamp(seen, UTC) < REMEMBERED_FOR
