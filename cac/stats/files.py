"""Puts a small file in place, whole and once, however many processes want to do the same at that moment."""

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
