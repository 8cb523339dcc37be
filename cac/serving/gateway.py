"""Between the server and the application: takes whole requests in without holding a thread, then lets a thread answer.

A body that comes slowly costs a socket and no thread (OWASP: slow HTTP POST); it is given up after BODY_SECONDS. Speaks RSGI 1.6
(granian's own interface) to the server and WSGI (PEP 3333) to the application; leaves what the answer is to the application.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, Protocol

from cac.db import THREADS

BODY_SECONDS = 20.0
SMALL_BODY = 64 * 1024
BODIES_AT_ONCE = 64 * 1024 * 1024
"""What bodies beyond SMALL_BODY may take of a process's memory, all together."""
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})

StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]

TOO_SLOW = (408, "The request came too slowly. Go back, your browser keeps what you typed, and send it again.\n")
TOO_BUSY = (503, "The site is busy. Go back, your browser keeps what you typed, and try again in a few seconds.\n")
BROKEN_OFF = (400, "The request was not complete. Go back and send it again.\n")


class SentHeaders(Protocol):
    """The headers of a request."""

    def items(self) -> list[tuple[str, str]]:
        """Return names in small letters and values, a repeated header several times."""


class Scope(Protocol):
    """What RSGI says of a request; ``server`` and ``client`` are address and port, ``path`` is decoded."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: SentHeaders


class Transport(Protocol):
    """What RSGI offers to read a request and to answer it."""

    def __aiter__(self) -> Any:
        """Return the pieces of the body as they come."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the whole answer."""


class RefusedBodyError(Exception):
    """A body that is not taken in; ``status`` and ``words`` are the answer."""

    def __init__(self, refusal: tuple[int, str]) -> None:
        super().__init__(refusal[1])
        self.status, self.words = refusal


class Gateway:
    """An RSGI application that hands whole requests to a WSGI application in one of its threads."""

    def __init__(
        self, application: Application, largest_body: int, *, body_seconds: float = BODY_SECONDS, threads: int = THREADS
    ) -> None:
        self.application = application
        self.largest_body = largest_body
        self.body_seconds = body_seconds
        self.held = 0
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __rsgi__(self, scope: Scope, transport: Transport) -> None:
        """Answer one request."""
        if scope.proto != "http":
            return
        environ, body = environ_of(scope), bytearray()
        try:
            if scope.method in METHODS_WITH_BODY:
                await self._take_body(environ, body, transport)
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, self._answer, environ)
        except RefusedBodyError as refused:
            answer = _plain_answer(refused.status, refused.words)
        finally:
            self.held -= _beyond_small(body)
        transport.response_bytes(*answer)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Let the threads end with the server."""
        self.threads.shutdown(wait=False)

    async def _take_body(self, environ: dict[str, Any], body: bytearray, transport: Transport) -> None:
        """Gather the body and put it into the environ; raises RefusedBodyError.

        One larger than any form is not read: the application sees its length and says 413.
        """
        declared = environ.get("CONTENT_LENGTH", "")
        if declared.isdecimal() and int(declared) > self.largest_body:
            return
        try:
            async with asyncio.timeout(self.body_seconds):
                await self._read(body, transport)
        except TimeoutError as error:
            raise RefusedBodyError(TOO_SLOW) from error
        if declared.isdecimal() and int(declared) != len(body):
            raise RefusedBodyError(BROKEN_OFF)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = BytesIO(body)

    async def _read(self, body: bytearray, transport: Transport) -> None:
        async for piece in transport:
            before = _beyond_small(body)
            body += piece
            self.held += _beyond_small(body) - before
            if self.held > BODIES_AT_ONCE:
                raise RefusedBodyError(TOO_BUSY)
            if len(body) > self.largest_body:
                return

    def _answer(self, environ: dict[str, Any]) -> Answer:
        """Call the application and gather what it says (PEP 3333)."""
        started: list[tuple[int, Headers]] = []
        written: list[bytes] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
            started[:] = [(int(status.split(" ", 1)[0]), headers)]
            return written.append

        pieces = self.application(environ, start_response)
        try:
            written.extend(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()
        status, headers = started[0]
        return status, headers, b"".join(written)


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environ of a request without its body.

    A header whose name has an underscore is dropped: it would pass for the one with a hyphen (``X_Forwarded_For``).
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" not in name:
            _add_header(environ, name, value)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if key in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        environ[key] = value
        return
    joint = "; " if key == "COOKIE" else ","
    environ[f"HTTP_{key}"] = f"{environ[f'HTTP_{key}']}{joint}{value}" if f"HTTP_{key}" in environ else value


def _beyond_small(body: bytearray) -> int:
    return max(0, len(body) - SMALL_BODY)


def _plain_answer(status: int, words: str) -> Answer:
    headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), ("connection", "close")]
    return status, headers, words.encode()
