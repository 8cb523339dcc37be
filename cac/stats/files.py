"""Makes files that other processes look at: a small one whole and once, and one that says that its writer is still there."""

import fcntl
import os
import secrets
from pathlib import Path


def publish(path: Path, content: bytes) -> bool:
    """Put a file at ``path`` unless another process was faster (False): nobody ever reads half of one. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(f"{path} could be written only in part")
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        os.close(descriptor)
        draft.unlink()
    return True


def list_drafts(folder: Path, names: str) -> list[Path]:
    """Return what processes that were killed while they published files called ``names`` (a pattern) have left."""
    return list(folder.glob(f".{names}.*"))


def open_held(path: Path, flags: int = 0) -> int:
    """Make a file and return its descriptor, locked (shared) while this process has it. Raises OSError, and leaves no file."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return descriptor
