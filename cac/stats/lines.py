"""Knows the lines of the spool: what stands in one, and how one is read back; columns reads very many.

Version 1: ten fields between tabs, ended by a full stop of its own and a newline; eleven where a search of the site led to the
page. ASCII but for the words of that search, which are UTF-8. spool writes them, segments finds them.

==  ========  ==============================================================================================
 1  record    ``1v`` a view, ``1d`` a download, ``1s`` a salt was lost, ``1x`` (earlier versions) lines that could not be written
 2  time      milliseconds since 1970, UTC
 3  item      ``p`` and the practice's id; of ``1x`` the number of lost lines
 4  city      the city's id
 5  language  of the edition shown (BCP 47)
 6  class     ``p`` person, ``r`` robot, ``m`` machine, ``n`` person without a key
 7  visitor   16 hexadecimal digits (cac/stats/day_salt.py), of persons only
 8  referrer  the host that the reader came from, or nothing
 9  country   ISO 3166, two letters, or nothing
10  search    only where there was one: language of the interface, ``/``, the words with ``%XX`` for white space and ``%``
11  end       ``.``: a line without it is torn (the tenth field where there was no search)
==  ========  ==============================================================================================
"""

import struct
from binascii import unhexlify
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

from cac.stats.models import Measure, ViewClass

CLASS_LETTERS = {ViewClass.PERSON: "p", ViewClass.ROBOT: "r", ViewClass.MACHINE: "m", ViewClass.NO_KEY: "n"}
MEASURE_RECORDS = {Measure.VIEW: "1v", Measure.DOWNLOAD: "1d"}
CLASSES = {letter.encode(): view_class for view_class, letter in CLASS_LETTERS.items()}
MEASURES = {record.encode(): measure for measure, record in MEASURE_RECORDS.items()}
LOST, SALT_BREAK = b"1x", b"1s"
FIELDS = 10
"""Of a line without a search; one with a search has one more."""
LARGEST_ID = 2**31 - 1
EARLIEST_MS, LATEST_MS = 1_000_000_000_000, 4_100_000_000_000
REMEMBERED_SUBJECTS = 50_000
LONGEST_SEARCH = 80
"""Characters of the words of a search: with them a line stays below 400 bytes, a tenth of what one write keeps whole."""


class Search(NamedTuple):
    """A search of the site that led to a page: the language of the interface (BCP 47) and the words, without who asked."""

    language: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a line says beside its moment and its visitor. Lines that say the same share one, as far as it is remembered.

    ``item`` is practice and measure in one number: twice the practice's id, one more for a download.
    """

    measure: Measure
    practice_id: int
    city_id: int
    language: str
    view_class: ViewClass
    referrer: str
    country: str
    search: Search | None
    item: int


class Line(NamedTuple):
    """A line of the spool as it is rolled; ``visitor`` is the key as a signed number, None where there is none."""

    time_ms: int
    subject: Subject
    visitor: int | None

    @property
    def measure(self) -> Measure:
        """A view or a download."""
        return self.subject.measure

    @property
    def practice_id(self) -> int:
        """What was read."""
        return self.subject.practice_id

    @property
    def city_id(self) -> int:
        """Whose it is."""
        return self.subject.city_id

    @property
    def language(self) -> str:
        """Of the edition shown."""
        return self.subject.language

    @property
    def view_class(self) -> ViewClass:
        """Who asked, as far as the request told."""
        return self.subject.view_class

    @property
    def referrer(self) -> str:
        """The host that the reader came from, or nothing."""
        return self.subject.referrer

    @property
    def country(self) -> str:
        """Two letters, or nothing."""
        return self.subject.country

    @property
    def search(self) -> Search | None:
        """The search of the site that led to it, if one did."""
        return self.subject.search


class Note(NamedTuple):
    """A line about the spool itself: ``lost`` lines that could not be written, or (0) a salt that was lost."""

    time_ms: int
    lost: int


KEY = struct.Struct(">q")

_subjects: dict[bytes, Subject] = {}
"""What lines said that were read before, by all their bytes but those of the moment and the visitor."""


def known_subject(rest: bytes) -> Subject | None:
    """Return what was said by a line that was read before, given all its bytes but those of the moment and the visitor."""
    return _subjects.get(rest)


def parse_line(line: bytes) -> Line | Note | None:
    """Return what a line without its newline says, or None if it is torn or not of this format."""
    try:
        return _read_fields(line)
    except (ValueError, KeyError, struct.error):
        return None


def _read_fields(line: bytes) -> Line | Note | None:
    fields = line.split(b"\t")
    if not FIELDS <= len(fields) <= FIELDS + 1 or fields[-1] != b".":
        return None
    record, moment, item, city, language, letter, visitor, referrer, country, *rest = fields
    time_ms = int(moment)
    if len(moment) != 13 or not EARLIEST_MS < time_ms < LATEST_MS:
        raise ValueError("a time out of range")
    measure = MEASURES.get(record)
    if measure is None:
        return _read_note(record, time_ms, item)
    if (len(visitor) == 16) != (letter == b"p"):
        raise ValueError("a person without a key, or a key without a person")
    key = KEY.unpack(unhexlify(visitor))[0] if visitor else None
    name = b"\t".join((record, b"", item, city, language, letter, b"", referrer, country, *rest))
    subject = _subjects.get(name)
    if subject is None:
        search = _read_search(rest[0]) if len(rest) > 1 else None
        subject = _read_subject(measure, (item, city), CLASSES[letter], (language, referrer, country), search)
        if len(_subjects) >= REMEMBERED_SUBJECTS:
            _subjects.clear()
        _subjects[name] = subject
    return Line(time_ms, subject, key)


def _read_subject(
    measure: Measure,
    ids: tuple[bytes, bytes],
    view_class: ViewClass,
    words: tuple[bytes, bytes, bytes],
    search: Search | None,
) -> Subject:
    item, city = ids
    practice_id, city_id = int(item[1:]), int(city)
    if item[:1] != b"p" or not (0 < practice_id <= LARGEST_ID and 0 < city_id <= LARGEST_ID):
        raise ValueError("not a practice")
    language, referrer, country = (word.decode("ascii") for word in words)
    if (
        len(language) > 20
        or len(referrer) > 100
        or len(country) > 2
        or not (language + referrer + country).isprintable()
    ):
        raise ValueError("a field is too long, or not of words")
    number = 2 * practice_id + (measure is Measure.DOWNLOAD)
    return Subject(measure, practice_id, city_id, language, view_class, referrer, country, search, number)


def write_search(search: Search) -> bytes:
    """Return a search as it stands in a line, with a tab behind; nothing where there are no words, or too many."""
    words = "".join(quote(letter) if letter == "%" or letter.isspace() else letter for letter in search.words)
    if not words or len(search.words) > LONGEST_SEARCH:
        return b""
    return f"{search.language}/{words}\t".encode(errors="replace")


def _read_search(field: bytes) -> Search:
    language, _, written = field.decode().partition("/")
    words = unquote(written, errors="strict")
    if not (language and words) or len(language) > 20 or len(words) > LONGEST_SEARCH or min(words) < " ":
        raise ValueError("not a search")
    return Search(language, words)


def _read_note(record: bytes, time_ms: int, item: bytes) -> Note:
    if record == LOST:
        return Note(time_ms, int(item))
    if record == SALT_BREAK:
        return Note(time_ms, 0)
    raise ValueError("a record of another format")
