"""A served instance answers readers at once while hundreds of others send their requests slowly or not at all."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from cac.cli.main import main
from cac.running import wait_until_ready

SLOW_BODY = b"POST /en/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nemail="
SLOW_HEADER = b"GET /en/about HTTP/1.1\r\nHost: local"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a served instance without a background worker."""
    home = tmp_path / "home"
    words = ["init", "--home", str(home), "--email", "op@example.org", "--name", "Op", "--password-stdin"]
    made = CliRunner().invoke(main, words, input="seven quiet ferries at dusk", catch_exceptions=False)
    assert made.exit_code == 0, made.output
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cac", "serve", "--home", str(home), "--port", str(port), "--no-worker"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAC_")}
    process = subprocess.Popen(command, env=environment)
    try:
        assert wait_until_ready("127.0.0.1", port, 30)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("sent", [SLOW_BODY, SLOW_HEADER])
def test_two_hundred_slow_senders_make_no_reader_wait(port: int, sent: bytes) -> None:
    with ExitStack() as opened:
        for _ in range(200):
            sender = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            sender.sendall(sent)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/en/about", timeout=10).close()
        started = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/en/about", timeout=10) as answer:
            assert answer.status == 200
        assert time.monotonic() - started < 1
