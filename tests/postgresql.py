"""A PostgreSQL server of the tests' own, for those that need one whatever database the others use."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.instances import free_port
from tests.needs import missing

DEBIANS = Path("/usr/lib/postgresql")


@contextmanager
def serve_postgresql() -> Iterator[str]:
    """Run a new server until the end of the block and give its address; skips, or fails in CI, where none is installed."""
    binaries = _find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="cac-postgresql-"))
    port = free_port()
    try:
        try:
            _start(binaries, folder, port)
        except (OSError, LookupError, subprocess.CalledProcessError) as error:
            missing("PostgreSQL that starts", f"name a server in CAC_TEST_DATABASE_URL ({error})")
        yield f"postgresql+psycopg://cac@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _run(binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _find_binaries() -> Path:
    """The folder of the newest server that is installed: Debian's are not among the programs of every account."""
    found = sorted(DEBIANS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if elsewhere:
        found.append(Path(elsewhere).resolve())
    if not found:
        missing("PostgreSQL", "apt-get install postgresql, or name a server in CAC_TEST_DATABASE_URL")
    return found[-1].parent


def _start(binaries: Path, folder: Path, port: int) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _run(binaries / "initdb", "-D", folder / "data", "-A", "trust", "-U", "cac", "--no-sync")
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    _run(binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")


def _run(program: Path, *arguments: object) -> None:
    """Run a program of the server, which root may not do under its own name."""
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_owner, str(program), *map(str, arguments)]
    subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, check=True)
