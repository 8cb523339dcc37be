"""Lines of a file with one JSON object a line, plain or compressed by gzip; leaves what the objects mean to records."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

LONGEST_LINE = 4_000_000
GZIP_MARK = b"\x1f\x8b"


@dataclass(frozen=True)
class LineProblem:
    """What is wrong with one line, in words that begin with the field where there is one."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


@dataclass(frozen=True)
class Line:
    """One JSON object of the file with its line number, counted from 1."""

    number: int
    values: dict[str, Any]


def read_lines(path: Path, limit: int | None = None) -> Iterator[Line | LineProblem]:
    """Yield each line as an object, or as a problem if it is none; empty lines are passed over.

    ``limit`` ends after so many lines. What follows damage in a compressed file cannot be read: its place is one problem.
    """
    number = 0
    with _open(path) as stream:
        while limit is None or number < limit:
            number += 1
            try:
                raw = stream.readline(LONGEST_LINE + 1)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                yield LineProblem(number, "the compressed file is damaged or cut off from here on")
                return
            if not raw:
                return
            if len(raw) > LONGEST_LINE:
                yield LineProblem(number, f"longer than {LONGEST_LINE:,} bytes; the file is read no further")
                return
            if raw.strip():
                yield _parse(number, raw)


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        is_compressed = stream.read(2) == GZIP_MARK
    return cast("BinaryIO", gzip.open(path, "rb")) if is_compressed else path.open("rb")


def _parse(number: int, raw: bytes) -> Line | LineProblem:
    try:
        values = json.loads(raw.strip().decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return LineProblem(number, "this is not UTF-8")
    except json.JSONDecodeError as error:
        return LineProblem(number, f"this is no JSON: {error.msg} at column {error.colno}")
    except (RecursionError, ValueError):
        return LineProblem(number, "this is no JSON that can be read: too deep, or a number too long")
    if not isinstance(values, dict):
        return LineProblem(number, "this is JSON, but not an object in braces; each line is one practice")
    return Line(number, values)
