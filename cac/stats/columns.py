"""Reads the lines of the spool in bulk, less than a microsecond each: what lines tells of one line, as columns of very many.

Nearly every line differs from one that was read before in nothing but its moment and its visitor, which stand at places that
the tabs give away: numpy takes both out of all lines at once, and the rest is looked up whole. A line that is not of that shape,
or says something new, is read by itself (lines.parse_line). Both ways agree on every line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from cac.stats.lines import EARLIEST_MS, LATEST_MS, Line, Note, Subject, known_subject, parse_line

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TAB, NEWLINE, ZERO, PERSON = b"\t\n0p"
TIME = np.arange(3, 16)
"""Where the 13 digits of the time stand in a line."""
KEY = np.arange(1, 17)
"""Where the 16 digits of the key stand behind the tab before them."""
PLACE_VALUES = 10 ** np.arange(12, -1, -1, dtype=np.int64)
NO_DIGIT = 255
DIGITS = np.array(
    [int(chr(byte), 16) if chr(byte) in "0123456789abcdef" else NO_DIGIT for byte in range(256)], np.uint8
)
PART_BYTES = 256 * 1024
FEWEST_TABS = 7
"""With fewer a line has no visitor's field."""


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The lines of a part of a segment, in the order in which they stand there, as columns of equal length.

    Where a line cannot be read, ``said`` is None and ``times_ms`` 0; ``visitors`` are keys as signed numbers where ``has_key``.
    """

    said: list[Subject | Note | None]
    times_ms: Longs
    visitors: Longs
    has_key: Flags
    is_request: Flags

    def __len__(self) -> int:
        return len(self.said)

    @property
    def notes(self) -> list[Note]:
        """What the spool says of itself."""
        others = np.flatnonzero(~self.is_request).tolist()
        return [said for said in map(self.said.__getitem__, others) if isinstance(said, Note)]

    def before(self, number: int) -> "Entries":
        """Return the first so many of them."""
        return Entries(
            self.said[:number],
            self.times_ms[:number],
            self.visitors[:number],
            self.has_key[:number],
            self.is_request[:number],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """Lines about requests in the order of time, as columns of equal length; ``visitors`` are the keys where ``has_key``."""

    subjects: list[Subject]
    times_ms: Longs
    visitors: Longs
    has_key: Flags


def in_order(parts: Sequence[Entries]) -> Requests:
    """Return what can be read of requests in some parts, one at least; what is of one moment in the order of the parts."""
    times = np.concatenate([part.times_ms for part in parts])
    places = np.flatnonzero(np.concatenate([part.is_request for part in parts]))
    places = places[np.argsort(times[places], kind="stable")]
    said = [one for part in parts for one in part.said]
    return Requests(
        cast(list[Subject], [said[place] for place in places.tolist()]),
        times[places],
        np.concatenate([part.visitors for part in parts])[places],
        np.concatenate([part.has_key for part in parts])[places],
    )


def parse_lines(written: bytes) -> Entries:
    """Return what finished lines say, each with its newline."""
    parts = [_parse(part) for part in _parts(written)]
    if len(parts) == 1:
        return parts[0]
    return Entries(
        [said for part in parts for said in part.said],
        np.concatenate([part.times_ms for part in parts]),
        np.concatenate([part.visitors for part in parts]),
        np.concatenate([part.has_key for part in parts]),
        np.concatenate([part.is_request for part in parts]),
    )


def _parts(written: bytes) -> Iterator[bytes]:
    """Cut between lines: what is made of a part stays in the processor's cache, and in memory that is at hand."""
    start = 0
    while end := written.find(b"\n", start + PART_BYTES) + 1:
        yield written[start:end]
        start = end
    yield written[start:]


def _parse(written: bytes) -> Entries:
    data = np.frombuffer(written, np.uint8)
    shape = _Shape(data)
    size = len(shape.starts)
    numbers, flags = np.zeros((2, size), np.int64), np.zeros((2, size), np.bool_)
    entries = Entries([], *numbers, *flags)
    rest = np.ones(len(data), np.bool_)
    entries.is_request[shape.find_keys(shape.find_times(entries, rest), entries, rest)] = True
    entries.said.extend(map(known_subject, data[rest].tobytes().split(b"\n")[:-1]))
    is_known = np.fromiter((one is not None for one in entries.said), np.bool_, size)
    for number in np.flatnonzero(~(entries.is_request & is_known)).tolist():
        _put(entries, number, parse_line(written[shape.starts[number] : shape.ends[number]]))
    return entries


def _put(entries: Entries, number: int, entry: Line | Note | None) -> None:
    visitor = entry.visitor if isinstance(entry, Line) else None
    entries.said[number] = entry.subject if isinstance(entry, Line) else entry
    entries.times_ms[number] = entry.time_ms if entry else 0
    entries.visitors[number] = visitor or 0
    entries.has_key[number] = visitor is not None
    entries.is_request[number] = isinstance(entry, Line)


class _Shape:
    """Where lines begin and end, and where the tabs stand in them."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self.ends = np.flatnonzero(data == NEWLINE)
        self.starts = np.concatenate(([0], self.ends[:-1] + 1)) if len(self.ends) else self.ends
        self._tabs: Longs = np.flatnonzero(data == TAB)
        self._first: Longs = np.searchsorted(self._tabs, self.starts)
        self._count = np.diff(self._first, append=len(self._tabs))

    def find_times(self, entries: Entries, rest: Flags) -> Longs:
        """Read the times, take them out of the rest, and return the lines that have one."""
        lines: Longs = np.flatnonzero((self._count >= FEWEST_TABS) & (self.ends - self.starts > TIME[-1]))
        starts = self.starts[lines]
        digits = self._data[starts[:, None] + TIME] - ZERO
        times = digits.astype(np.int64) @ PLACE_VALUES
        is_time = (digits <= 9).all(axis=1) & (times > EARLIEST_MS) & (times < LATEST_MS)
        lines, starts = lines[is_time], starts[is_time]
        entries.times_ms[lines] = times[is_time]
        rest[starts[:, None] + TIME] = False
        return lines

    def find_keys(self, lines: Longs, entries: Entries, rest: Flags) -> Longs:
        """Read the keys of people, take them out of the rest, and return these lines and those that are not of people."""
        before, after = self._tab(lines, 5), self._tab(lines, 6)
        is_person = self._data[before - 1] == PERSON
        has_key = is_person & (after - before == len(KEY) + 1)
        digits = DIGITS[self._data[before[has_key][:, None] + KEY]]
        is_key = (digits != NO_DIGIT).all(axis=1)
        digits = digits[is_key]
        people, places = lines[has_key][is_key], before[has_key][is_key]
        entries.visitors[people] = (digits[:, 0::2] << 4 | digits[:, 1::2]).view(">i8")[:, 0]
        entries.has_key[people] = True
        rest[places[:, None] + KEY] = False
        return np.concatenate((people, lines[~is_person]))

    def _tab(self, lines: Longs, number: int) -> Longs:
        tabs: Longs = self._tabs[self._first[lines] + number]
        return tabs
