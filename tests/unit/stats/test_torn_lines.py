"""A line of which the disk took only a part: ended before the next, counted as dropped, and nothing behind it is spoiled."""

import os

import pytest

from cac.stats.lines import Line, Note, parse_line
from cac.stats.models import ViewClass
from cac.stats.spool import Spool
from cac.stats.visitors import Salts
from tests.sightings import Sighting, write_sighting

SIGHTING = Sighting(7, 3, "ko", ViewClass.PERSON, "192.0.2.1", "Firefox", "ko")


@pytest.fixture
def spool(tmp_path):
    (tmp_path / "memory").mkdir()
    spool = Spool(tmp_path / "spool", salts=Salts(tmp_path / "spool", tmp_path / "memory"), moment=lambda: 1586422800.0)
    yield spool
    spool.close()


def lines_of(spool):
    return [line for path in sorted(spool.folder.glob("*.log")) for line in path.read_bytes().splitlines()]


class ShortWrites:
    """Writes no more than so many bytes of each piece, a piece after the other; all of them when there are no more numbers."""

    def __init__(self, *lengths):
        self.lengths = list(lengths)
        self.write = os.write

    def __call__(self, descriptor, data):
        return self.write(descriptor, data[: self.lengths.pop(0)] if self.lengths else data)


def test_a_torn_line_is_ended_once_and_spoils_nothing_behind_it(spool, monkeypatch):
    assert write_sighting(spool, SIGHTING)
    monkeypatch.setattr("cac.stats.spool.os.write", ShortWrites(20))
    assert [write_sighting(spool, SIGHTING) for _ in range(4)] == [False, True, True, True]
    whole, torn, *rest = lines_of(spool)
    assert (type(parse_line(whole)), parse_line(torn)) == (Line, None)
    assert [type(parse_line(line)) for line in rest] == [Line] * 3
    assert spool.dropped == 1


def test_a_lost_salt_is_noted_behind_the_end_of_a_torn_line(spool, monkeypatch):
    assert write_sighting(spool, SIGHTING)
    monkeypatch.setattr("cac.stats.spool.os.write", ShortWrites(20))
    assert not write_sighting(spool, SIGHTING)
    spool._salt.has_break = True
    assert write_sighting(spool, SIGHTING)
    first, torn, *rest = [parse_line(line) for line in lines_of(spool)]
    assert (type(first), torn) == (Line, None)
    assert [type(each) for each in rest] == [Note, Line]


def test_a_note_that_was_torn_is_written_again(spool, monkeypatch):
    assert write_sighting(spool, SIGHTING)
    spool._salt.has_break = True
    monkeypatch.setattr("cac.stats.spool.os.write", ShortWrites(5))
    assert [write_sighting(spool, SIGHTING) for _ in range(2)] == [False, True]
    first, torn, *rest = [parse_line(line) for line in lines_of(spool)]
    assert (type(first), torn) == (Line, None)
    assert [type(each) for each in rest] == [Note, Line]
