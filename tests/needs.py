"""What some tests need of the machine: a program, a right. Where it is missing they are skipped; in CI that is a failure."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str, advice: str) -> NoReturn:
    """Skip the test for want of something; where the variable CI is set, fail it and say how to get that."""
    if os.environ.get("CI"):
        pytest.fail(f"there is no {what} here: {advice}")
    pytest.skip(f"there is no {what} here: {advice}")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Make the folder a disk of its own (tmpfs) of such a size, until the end of the block; only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    options = ["-t", "tmpfs", "-o", f"size={size},mode=700"]
    mounted = subprocess.run(["mount", *options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        missing("small disk", f"root must be allowed to mount a tmpfs ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
