"""Runs an instance as its host does, ``cac serve`` with web processes and a worker, and knows which process is which."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

WITHIN = 60.0


class Served:
    """An instance that is served on a port of this machine until the ``with`` block ends.

    ``variables`` are added to its environment, in which no other CAC_ variable stands.
    """

    def __init__(self, home: Path, variables: Mapping[str, str], *, workers: int = 2) -> None:
        self.port = free_port()
        self.log = home.with_name(f"{home.name}.log")
        self._command = [sys.executable, "-m", "cac", "serve", "--home", str(home), "--port", str(self.port)]
        self._command += ["--workers", str(workers)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CAC_")}
        self._environment = {**kept, "CAC_SECURE_COOKIES": "false", **variables}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Served":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.process is not None:
            self.end()
        self.kill_all()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=stream, stderr=subprocess.STDOUT
            )
        wait_until(lambda: self._answers() or self._has_failed(), self.log)
        assert not self._has_failed(), self.log.read_text()

    def end(self) -> None:
        """End it as its host does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WITHIN) == 0, self.log.read_text()

    def kill_all(self) -> None:
        """Kill all of its processes at once, as a power cut does."""
        if self.process is None:
            return
        if self.process.poll() is None:
            # Stopped first, so that it starts no other while its children are listed.
            self.process.send_signal(signal.SIGSTOP)
        all_of_it = [self.process.pid, *self.web_processes(), *self.workers()]
        for process in all_of_it:
            kill(process)
        self.process.wait(WITHIN)
        wait_until(lambda: not any(map(is_alive, all_of_it)), self.log)
        self.process = None

    def final_path(self, path: str) -> str:
        """Return where a path leads, asked for in a way that counts as no view."""
        status, location = self._look_at(path)
        assert status in (200, 301), status
        return location or path

    def web_processes(self) -> list[int]:
        """The ids of the processes that answer."""
        return [process for process, words in self._children() if "serve" in words]

    def workers(self) -> list[int]:
        """The ids of the background workers: one, or none for a moment."""
        return [process for process, words in self._children() if "worker" in words]

    def _children(self) -> list[tuple[int, list[str]]]:
        found = []
        for task in Path(f"/proc/{self.process.pid if self.process else 0}/task").glob("*/children"):
            with suppress(OSError):
                for child in task.read_text().split():
                    found.append((int(child), Path(f"/proc/{child}/cmdline").read_text().split("\0")))
        return found

    def _answers(self) -> bool:
        with suppress(OSError):
            return self._look_at("/en/")[0] == 200
        return False

    def _look_at(self, path: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("HEAD", path)
            with connection.getresponse() as answer:
                return answer.status, answer.headers.get("Location", "")

    def _has_failed(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def kill(process: int) -> None:
    """Kill a process (kill -9), if it is there still."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def is_alive(process: int) -> bool:
    """Whether a thread of a process runs still, which holds its locks; one that has ended and was not fetched does not."""
    return any(_runs(path) for path in Path(f"/proc/{process}/task").glob("*/stat"))


def _runs(path: Path) -> bool:
    with suppress(OSError):
        return path.read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], object], log: Path) -> None:
    """Wait until something is so; after a minute fail with what the log says."""
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, log.read_text(errors="replace")
        time.sleep(0.05)
