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
from contextlib import suppress
from pathlib import Path

import pytest

from cac import running
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


def web_processes_of(server: int) -> set[int]:
    """The ids of the living web processes of a server: its children that are not the worker."""
    found = set()
    for task in Path(f"/proc/{server}/task").glob("*/children"):
        for child in task.read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            with suppress(OSError):
                words = command.read_text().split("\0")
                found |= {int(child)} if "serve" in words else set()
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
    (web,) = web_processes_of(process.pid)
    urgency = [os.getpriority(os.PRIO_PROCESS, each) for each in (*workers, web)]
    assert min(urgency[:-1]) > urgency[-1], "and gives way to those that answer readers"

    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: processes_of(settings.home, "worker") - workers)

    shutil.rmtree(settings.index_dir)
    assert is_found(address, "index") or is_found(address, "database"), "pages answer while there is no index"
    wait_until(lambda: settings.index_dir.exists() and is_found(address, "index"))

    # Twice within a few seconds, for which granian gives up.
    for _ in range(2):
        (web,) = web_processes_of(process.pid)
        os.kill(web, signal.SIGKILL)
        wait_until(lambda: web_processes_of(process.pid) - {web})  # noqa: B023 (called at once)
    wait_until(lambda: is_found(address, "index"))

    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN) == 0
    wait_until(lambda: not processes_of(settings.home))


def test_a_server_that_was_killed_leaves_the_port_free_for_the_next(
    served: tuple[subprocess.Popen[bytes], str], settings: Settings
) -> None:
    process, address = served
    wait_until(lambda: web_processes_of(process.pid) and is_found(address, "index"))
    process.kill()
    process.wait(WITHIN)
    wait_until(lambda: not processes_of(settings.home))
    running.require_free_port("127.0.0.1", int(address.rpartition(":")[2]))


def test_a_server_that_is_asked_to_end_while_a_web_process_dies_ends(
    served: tuple[subprocess.Popen[bytes], str], settings: Settings
) -> None:
    process, address = served
    wait_until(lambda: is_found(address, "index"))
    # It hears of both at once, as by Ctrl-C, which reaches all processes of a terminal.
    process.send_signal(signal.SIGSTOP)
    for web in web_processes_of(process.pid):
        os.kill(web, signal.SIGKILL)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    assert process.wait(WITHIN) == 0
    wait_until(lambda: not processes_of(settings.home))
