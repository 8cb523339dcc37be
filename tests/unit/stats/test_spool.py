"""The writing end of the spool: one line for each request, and never a failed page."""

import errno
import os
import threading

import pytest

from cac.stats.lines import Line, Note, parse_line
from cac.stats.models import Measure, ViewClass
from cac.stats.spool import Sighting, Spool, host_name, segment_name
from cac.stats.visitors import Salts

NINE = 1586422800.0
SIGHTING = Sighting(7, 3, "zh-Hant", ViewClass.PERSON, "192.0.2.1", "Firefox", "ko", "example.org", "KR")


class HandClock:
    def __init__(self):
        self.seconds = NINE

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def spool(tmp_path, clock):
    (tmp_path / "memory").mkdir()
    spool = Spool(tmp_path / "spool", salts=Salts(tmp_path / "spool", tmp_path / "memory"), moment=clock)
    yield spool
    spool.close()


def lines_of(spool):
    return [line for path in sorted(spool.folder.glob("*.log")) for line in path.read_bytes().splitlines()]


def test_a_line_says_what_was_seen_and_nothing_of_who(spool):
    assert spool.count(SIGHTING)
    (line,) = lines_of(spool)
    read = parse_line(line)
    assert (read.time_ms, read.measure, read.view_class) == (1586422800000, Measure.VIEW, ViewClass.PERSON)
    assert (read.practice_id, read.city_id, read.language) == (7, 3, "zh-Hant")
    assert (read.referrer, read.country) == ("example.org", "KR")
    assert isinstance(read.visitor, int)
    assert b"192.0.2.1" not in line
    assert b"Firefox" not in line


@pytest.mark.parametrize("who", [ViewClass.ROBOT, ViewClass.MACHINE, ViewClass.NO_KEY])
def test_only_people_who_did_not_object_have_a_key(spool, who):
    spool.count(Sighting(7, 3, "ko", who, "192.0.2.1", "Firefox", "ko"))
    (line,) = lines_of(spool)
    assert parse_line(line).visitor is None
    assert parse_line(line).view_class == who


def test_a_download_is_a_line_of_its_own_kind(spool):
    spool.count(Sighting(7, 3, "ko", ViewClass.ROBOT, measure=Measure.DOWNLOAD))
    assert parse_line(lines_of(spool)[0]).measure == Measure.DOWNLOAD


def test_nothing_is_opened_before_the_first_view(tmp_path):
    Spool(tmp_path / "spool")
    assert not (tmp_path / "spool").exists()


def test_each_hour_has_a_segment_readable_by_its_owner_only(spool, clock):
    spool.count(SIGHTING)
    clock.seconds += 3600
    spool.count(SIGHTING)
    spool.count(SIGHTING)
    first, second = sorted(spool.folder.glob("*.log"))
    assert first.name.startswith("20200409T09-")
    assert second.name.startswith("20200409T10-")
    assert [len(path.read_bytes().splitlines()) for path in (first, second)] == [1, 2]
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_host_may_be_given_a_name_that_no_other_has(monkeypatch):
    monkeypatch.setenv("CAC_MACHINE_NAME", "web-1/busan")
    assert host_name() == "web_1_busan"
    assert segment_name(1586422800000).split("-")[1] == "web_1_busan"


def test_threads_write_whole_lines(spool):
    def write():
        for _ in range(300):
            spool.count(SIGHTING)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines_of(spool)) == 1800
    assert all(isinstance(parse_line(line), Line) for line in lines_of(spool))


def test_a_forked_process_has_a_segment_of_its_own(spool):
    spool.count(SIGHTING)
    child = os.fork()
    if child == 0:
        os._exit(0 if spool.count(SIGHTING) else 1)
    assert os.waitpid(child, 0)[1] == 0
    spool.count(SIGHTING)
    assert sorted(len(path.read_bytes().splitlines()) for path in spool.folder.glob("*.log")) == [1, 2]


def test_a_full_disk_drops_the_line_says_so_and_counting_goes_on_by_itself(spool, monkeypatch, caplog):
    def fail(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    spool.count(SIGHTING)
    monkeypatch.setattr("cac.stats.spool.os.write", fail)
    assert [spool.count(SIGHTING) for _ in range(3)] == [False, False, False]
    monkeypatch.undo()
    assert spool.count(SIGHTING)
    assert spool.dropped == 3
    assert len(caplog.records) == 1
    assert [type(parse_line(line)) for line in lines_of(spool)] == [Line, Note, Line]
    assert parse_line(lines_of(spool)[1]).lost == 3


def test_a_spool_that_cannot_be_opened_drops_the_line(tmp_path, caplog):
    (tmp_path / "spool").write_text("a file where the folder should be")
    spool = Spool(tmp_path / "spool")
    assert spool.count(SIGHTING) is False
    assert spool.dropped == 1


def test_a_line_cut_at_any_byte_is_not_read(spool):
    spool.count(SIGHTING)
    (line,) = lines_of(spool)
    assert [length for length in range(len(line)) if parse_line(line[:length]) is not None] == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\x00",
        b"2v\t1586422800000\tp7\t3\tko\tr\t\t\t\t.",
        b"1v\t1\tp7\t3\tko\tr\t\t\t\t.",
        b"1v\t99999999999999\tp7\t3\tko\tr\t\t\t\t.",
        b"1v\t1586422800000\tp99999999999\t3\tko\tr\t\t\t\t.",
        b"1v\t1586422800000\tp-7\t3\tko\tr\t\t\t\t.",
        b"1v\t1586422800000\tq7\t3\tko\tr\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tko\tx\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tko\tp\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tko\tp\tzz11223344556677\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tk\xc3\xb6\tr\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tk\x00\tr\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tko\tr\t\t" + b"a" * 101 + b"\t\t.",
    ],
)
def test_what_is_not_of_the_format_is_not_read(line):
    assert parse_line(line) is None
