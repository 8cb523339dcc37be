"""Runs an instance: the web server (granian) in this process, the background worker beside it, both ended together.

Whatever is killed comes back by itself, but this process: who started it starts it again, and finds the port free.
"""

import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

log = logging.getLogger(__name__)
RESTART_AFTER = 1.0
STOP_WITHIN = 10.0
"""Seconds until a process that was asked to end is ended by force: one that has only begun does not hear it."""
PARENT_WATCHED = 0.5
HEADER_MILLISECONDS = 10_000
CONNECTIONS = 4096
"""How many connections one web process keeps open at once; more wait to be accepted."""
SERVED_BY = "CAC_SERVED_BY"
"""The variable that tells web processes the id of the process that serves."""
LONG_LIFE = 60.0
SHORT_LIVES = 5
"""So many times in a row the server may end by itself within LONG_LIFE seconds before it is given up."""


class PortTakenError(Exception):
    """Something else listens on the port already, or the address is not this machine's."""


class BackgroundWorker:
    """Keeps ``cac worker`` running beside the server and starts it again when it ends by itself."""

    def __init__(self, home: Path) -> None:
        self.command = [sys.executable, "-m", "cac", "worker", "--home", str(home), "--parent", str(os.getpid())]
        self.stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._keep_running, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the worker and the thread that watches over it.

        The worker is started here and not in the thread: were the server to fork at the same moment, its child would hold the
        pipe on which Popen waits, and this process would wait for the server's end.
        """
        self._spawn()
        self.thread.start()

    def stop(self) -> None:
        """End the worker, by force if it does not end within ten seconds."""
        self.stopping.set()
        self.thread.join(STOP_WITHIN + 1)

    def _spawn(self) -> None:
        # A session of its own: Ctrl-C reaches the server, which then ends the worker in order.
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603

    def _keep_running(self) -> None:
        while not self.stopping.wait(0.2):
            if self.process is None or self.process.poll() is None:
                continue
            log.error("the worker ended with code %s; it is started again", self.process.returncode)
            if not self.stopping.wait(RESTART_AFTER):
                self._spawn()
        self._end_process()

    def _end_process(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        # Not SIGTERM, which whoever ends all processes at once, as systemd does, sends to it before the web processes have ended.
        self.process.send_signal(signal.SIGUSR1)
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()


def require_free_port(host: str, port: int) -> None:
    """Raise PortTakenError with a sentence unless a server can listen on ``host`` and ``port``."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except PermissionError as error:
        raise PortTakenError(
            f"Port {port} needs more rights than this account has. Choose another with --port."
        ) from error
    except (OSError, OverflowError) as error:
        raise PortTakenError(
            f"Port {port} on {host} cannot be used: it is taken already or the address is not this machine's. "
            "Choose another with --port."
        ) from error


def serve(home: Path, host: str, port: int, *, workers: int, with_worker: bool) -> None:
    """Serve the instance in ``home`` until Ctrl-C or SIGTERM, then end every process that was started.

    Raises SystemExit if the web processes end again and again, as they do when the application cannot be loaded.
    """
    os.environ["CAC_HOME"] = str(home)
    os.environ[SERVED_BY] = str(os.getpid())
    _allow_open_files()
    worker = BackgroundWorker(home)
    if with_worker:
        worker.start()
    try:
        _keep_serving(host, port, workers)
    finally:
        if with_worker:
            worker.stop()


def _keep_serving(host: str, port: int, workers: int) -> None:
    """Serve until asked to stop; granian gives up where a web process is killed twice within a few seconds."""
    short_lives = 0
    while True:
        began = time.monotonic()
        if _serve_until_it_ends(host, port, workers):
            return
        short_lives = 1 if time.monotonic() - began > LONG_LIFE else short_lives + 1
        if short_lives > SHORT_LIVES:
            raise SystemExit(1)
        log.error("the web processes ended by themselves; they are started again")


def _serve_until_it_ends(host: str, port: int, workers: int) -> bool:
    """Serve, and return whether the end was asked for: by Ctrl-C, which reaches the web processes as well, or by SIGTERM."""
    server = Granian(
        "cac.wsgi:gateway",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        workers=workers,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=int(STOP_WITHIN),
        log_enabled=True,
        log_access=False,
    )
    with suppress(SystemExit):
        server.serve()
    return bool(server.interrupt_signal)


def end_with_parent() -> None:
    """In a web process: end when the process that serves is gone, so that the port is free for its successor.

    Killed with -9 it can tell its children nothing. Where another server runs the application nothing is watched.
    """
    parent = os.environ.get(SERVED_BY, "")
    if parent.isdecimal():
        threading.Thread(target=_watch, args=(int(parent),), name="parent-watcher", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_WATCHED)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_WITHIN)
    os._exit(1)


def _allow_open_files() -> None:
    """Take as many open files as the machine gives: each connection is one, and the usual 1,024 are soon gone."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def wait_until_ready(host: str, port: int, seconds: float) -> bool:
    """Return whether a server accepted a connection on ``host`` and ``port`` within ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
    return False
