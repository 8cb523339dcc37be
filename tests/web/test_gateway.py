"""The gateway takes whole requests in without a thread, gives slow ones up, and hands the application what WSGI asks for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from cac.serving import gateway as gateways
from cac.serving.gateway import Gateway, environ_of

LARGEST = 1000


class Headers:
    """The headers of a request as RSGI gives them."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = list(pairs)

    def items(self) -> list[tuple[str, str]]:
        return self.pairs


@dataclass
class Scope:
    """A request without its body."""

    method: str = "POST"
    path: str = "/en/sign-in"
    headers: Headers = field(default_factory=Headers)
    client: str = "192.0.2.7:5000"
    proto: str = "http"
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    scheme: str = "http"
    query_string: str = "a=1"


class Transport:
    """A body that comes in pieces, and then perhaps not at all; keeps the answer."""

    def __init__(self, *pieces: bytes, is_endless: bool = False) -> None:
        self.pieces, self.is_endless = pieces, is_endless
        self.answer: tuple[int, list[tuple[str, str]], bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.is_endless:
            await asyncio.sleep(60)

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answer = (status, headers, body)


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("content-length", environ.get("CONTENT_LENGTH", ""))])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


def run_apart(story: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: a browser of another test may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story).result()


def ask(scope: Scope, transport: Transport, **options: Any) -> tuple[int, bytes]:
    """Ask a gateway in front of ``echo``; return status and body."""
    asked = Gateway(options.pop("application", echo), LARGEST, **options)
    run_apart(asked.__rsgi__(scope, transport))
    asked.threads.shutdown()
    assert transport.answer is not None
    assert asked.held == 0
    return transport.answer[0], transport.answer[2]


def test_a_body_in_pieces_reaches_the_application_whole() -> None:
    assert ask(Scope(), Transport(b"ab", b"cd")) == (200, b"POST abcd")


def test_a_body_that_does_not_come_is_given_up() -> None:
    status, words = ask(Scope(), Transport(b"ab", is_endless=True), body_seconds=0.01)
    assert status == 408
    assert b"your browser keeps what you typed" in words


def test_slow_bodies_hold_no_thread() -> None:
    async def story() -> int:
        asked = Gateway(echo, LARGEST, threads=1)
        slow = [asyncio.create_task(asked.__rsgi__(Scope(), Transport(is_endless=True))) for _ in range(200)]
        await asyncio.sleep(0)
        reader = Transport()
        await asyncio.wait_for(asked.__rsgi__(Scope("GET"), reader), 1)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        asked.__rsgi_del__(asyncio.get_running_loop())
        assert reader.answer is not None
        return reader.answer[0]

    assert run_apart(story()) == 200


def test_a_body_that_breaks_off_is_never_taken_for_a_whole_one() -> None:
    assert ask(Scope(headers=Headers(("content-length", "10"))), Transport(b"ab"))[0] == 400


def test_the_body_of_a_request_that_only_reads_is_not_read() -> None:
    assert ask(Scope("GET"), Transport(b"ab", is_endless=True)) == (200, b"GET ")


@pytest.mark.parametrize("headers", [Headers(("content-length", "5000")), Headers(("transfer-encoding", "chunked"))])
def test_the_application_sees_that_a_body_is_too_large_without_all_of_it(headers: Headers) -> None:
    seen = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(int(environ["CONTENT_LENGTH"]))
        return echo(environ, start_response)

    ask(Scope(headers=headers), Transport(*[b"x" * 100] * 50), application=application)
    assert LARGEST < seen[0] <= 5000


def test_large_bodies_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "SMALL_BODY", 10)
    monkeypatch.setattr(gateways, "BODIES_AT_ONCE", 100)
    assert ask(Scope(), Transport(b"x" * 111))[0] == 503
    assert ask(Scope(), Transport(b"x" * 110))[0] == 200


def test_what_the_application_opened_is_closed_in_the_thread_that_answers() -> None:
    closed = []

    class Pieces(list[bytes]):
        def close(self) -> None:
            closed.append(threading.current_thread().name)

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("204 NO CONTENT", [])
        return Pieces()

    assert ask(Scope("GET"), Transport(), application=application) == (204, b"")
    assert closed[0].startswith("request")


def test_the_environ_says_what_was_sent() -> None:
    headers = Headers(
        ("host", "site"), ("cookie", "a=1"), ("cookie", "b=2"), ("x-a", "1"), ("x-a", "2"),
        ("x_forwarded_for", "203.0.113.9"), ("content-type", "text/plain"),
    )  # fmt: skip
    environ = environ_of(Scope("GET", "/en/서울 \x00", headers, "[2001:db8::1]:5000"))
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/en/서울 \x00"
    assert (environ["REMOTE_ADDR"], environ["QUERY_STRING"]) == ("2001:db8::1", "a=1")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_A"], environ["CONTENT_TYPE"]) == ("a=1; b=2", "1,2", "text/plain")
    assert "HTTP_X_FORWARDED_FOR" not in environ
