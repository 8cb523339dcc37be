"""`cac serve` keeps its worker alive, survives the loss of its index, and ends all of its processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cac.clock import now
from cac.db import SessionFactory
from cac.demo import loader
from cac.settings import Settings

WITHIN = 30.0


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until something is so; fail after half a minute."""
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def processes_of(home: Path, word: str = "") -> set[int]:
    """The ids of the living processes that name the instance, and ``word`` as an argument, in their command line."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(home) in command and (not word or word in command.split("\0")) and state != "Z":
            found.add(int(folder.name))
    return found


@pytest.fixture
def served(settings: Settings, session_factory: SessionFactory) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A served instance with the demonstration in it: the process and the address."""
    loader.load(session_factory, settings, at=now())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cac", "serve", "--home", str(settings.home), "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    environment |= {"CAC_DATABASE_URL": settings.database_url, "CAC_SECURE_COOKIES": "false"}
    process = subprocess.Popen(command, env=environment)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()


def is_found(address: str, source: str) -> bool:
    """Whether a search finds something, and from where."""
    try:
        with urllib.request.urlopen(f"{address}/api/v1/search?q=bus", timeout=5) as answer:
            body = answer.read().decode()
    except OSError:
        return False
    return f'"source":"{source}"' in body and '"total":0' not in body


def test_a_served_instance_mends_itself_and_ends_whole(
    served: tuple[subprocess.Popen[bytes], str], settings: Settings
) -> None:
    process, address = served
    wait_until(lambda: is_found(address, "index"))
    workers = processes_of(settings.home, "worker")
    assert workers, "the worker runs beside the server"

    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: processes_of(settings.home, "worker") - workers)

    shutil.rmtree(settings.index_dir)
    assert is_found(address, "index") or is_found(address, "database"), "pages answer while there is no index"
    wait_until(lambda: settings.index_dir.exists() and is_found(address, "index"))

    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN) == 0
    wait_until(lambda: not processes_of(settings.home))
