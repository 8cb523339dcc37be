"""Which host this is, as segments and rows name it: an id that stays when the machine is renamed or its container made anew.

The id belongs to the spool and lies in its folder (``host.id``); who moves the folder to another machine moves the host. The
machine's own name is a label for people.
"""

import re
import secrets
import socket
from pathlib import Path

from cac.stats.files import publish

HOST_FILE = "host.id"
ID_FORM = re.compile(r"[0-9a-f]{12}")


def host_id(spool: Path) -> str:
    """Return the id of the host whose spool this is: 12 hexadecimal digits, made now if there is none. Raises OSError."""
    path = spool / HOST_FILE
    try:
        known = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        publish(path, secrets.token_hex(6).encode())
        known = path.read_text(encoding="ascii", errors="replace").strip()
    if not ID_FORM.fullmatch(known):
        raise OSError(f"{path} does not hold 12 hexadecimal digits; delete it, and a new one is made")
    return known


def find_host_id(spool: Path) -> str | None:
    """Return the id of the host whose spool this is, None if it has none yet or it cannot be read; makes nothing."""
    try:
        return (spool / HOST_FILE).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None


def host_label() -> str:
    """Return the name that this machine has now: letters, digits, dots and underscores (so did ids of earlier versions)."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname())[:60] or "host"
