"""The writing end of the spool: one line for each request, and never a failed page."""

import errno
import hashlib
import os
import signal
import threading
import time
from datetime import UTC, datetime

import pytest

from cac.stats.gauge import read_gauges
from cac.stats.lines import Line, Note, Search, parse_line
from cac.stats.models import Measure, ViewClass
from cac.stats.segments import Segment, is_finished
from cac.stats.spool import Spool
from cac.stats.spool_keeper import SpoolKeeper
from cac.stats.visitors import Salt, Salts, make_makeshift
from tests.sightings import Sighting, write_sighting

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
    assert write_sighting(spool, SIGHTING)
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
    write_sighting(spool, Sighting(7, 3, "ko", who, "192.0.2.1", "Firefox", "ko"))
    (line,) = lines_of(spool)
    assert parse_line(line).visitor is None
    assert parse_line(line).view_class == who


def test_a_download_is_a_line_of_its_own_kind(spool):
    write_sighting(spool, Sighting(7, 3, "ko", ViewClass.ROBOT, measure=Measure.DOWNLOAD))
    assert parse_line(lines_of(spool)[0]).measure == Measure.DOWNLOAD


def test_a_word_that_is_not_ascii_costs_no_line(spool):
    """None should come here: a line that cannot be read would be a view lost."""
    write_sighting(spool, SIGHTING._replace(referrer="münchen.de", search=Search("ko", "소독")))
    read = parse_line(lines_of(spool)[0])
    assert (read.referrer, read.search) == ("m?nchen.de", Search("ko", "소독"))


def test_nothing_is_opened_before_the_first_view(tmp_path):
    Spool(tmp_path / "spool")
    assert not (tmp_path / "spool").exists()


def test_each_hour_has_a_segment_readable_by_its_owner_only(spool, clock):
    write_sighting(spool, SIGHTING)
    clock.seconds += 3600
    write_sighting(spool, SIGHTING)
    write_sighting(spool, SIGHTING)
    first, second = sorted(spool.folder.glob("*.log"))
    assert first.name.startswith("20200409T09-")
    assert second.name.startswith("20200409T10-")
    assert [len(path.read_bytes().splitlines()) for path in (first, second)] == [1, 2]
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_spool_that_was_closed_opens_another_segment_in_the_same_hour(spool):
    assert write_sighting(spool, SIGHTING)
    spool.close()
    assert write_sighting(spool, SIGHTING)
    assert len(list(spool.folder.glob("*.log"))) == 2
    assert [type(parse_line(line)) for line in lines_of(spool)] == [Line, Line]


def test_threads_write_whole_lines(spool):
    def write():
        for _ in range(300):
            write_sighting(spool, SIGHTING)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines_of(spool)) == 1800
    assert all(isinstance(parse_line(line), Line) for line in lines_of(spool))


def test_a_forked_process_has_a_segment_of_its_own(spool):
    write_sighting(spool, SIGHTING)
    child = os.fork()
    if child == 0:
        os._exit(0 if write_sighting(spool, SIGHTING) else 1)
    assert os.waitpid(child, 0)[1] == 0
    write_sighting(spool, SIGHTING)
    assert sorted(len(path.read_bytes().splitlines()) for path in spool.folder.glob("*.log")) == [1, 2]


def test_a_full_disk_drops_the_line_says_so_and_counting_goes_on_by_itself(spool, monkeypatch, caplog):
    write_sighting(spool, SIGHTING)
    with monkeypatch.context() as full:
        full.setattr("cac.stats.spool.os.write", _no_space)
        assert [write_sighting(spool, SIGHTING) for _ in range(3)] == [False, False, False]
    assert write_sighting(spool, SIGHTING)
    assert spool.dropped == 3
    assert len(caplog.records) == 1
    assert [type(parse_line(line)) for line in lines_of(spool)] == [Line, Line]
    assert [reading.count for reading in read_gauges(spool.folder)] == [3]


def test_a_spool_that_cannot_be_opened_drops_the_line(tmp_path, caplog):
    (tmp_path / "spool").write_text("a file where the folder should be")
    spool = Spool(tmp_path / "spool")
    assert write_sighting(spool, SIGHTING) is False
    assert spool.dropped == 1
    assert [reading.count for reading in read_gauges(spool.folder)] == [1]


def test_a_gauge_is_read_by_other_processes_and_outlives_a_kill(spool, monkeypatch):
    child = os.fork()
    if child == 0:
        monkeypatch.setattr("cac.stats.spool.os.write", _no_space)
        write_sighting(spool, SIGHTING)
        write_sighting(spool, SIGHTING)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert [reading.count for reading in read_gauges(spool.folder)] == [2]


def test_each_hour_has_a_gauge_that_is_final_when_the_hour_is_over(spool, clock, monkeypatch):
    monkeypatch.setattr("cac.stats.spool.os.write", _no_space)
    write_sighting(spool, SIGHTING)
    clock.seconds += 3600
    write_sighting(spool, SIGHTING)
    write_sighting(spool, SIGHTING)
    first, second = read_gauges(spool.folder)
    assert (first.count, second.count) == (1, 2)
    soon = datetime.fromtimestamp(NINE + 3600 + 121, UTC)
    assert (first.is_final(soon), second.is_final(soon)) == (True, False)


def test_a_number_that_cannot_be_saved_is_saved_later(spool, clock, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr("cac.stats.spool.os.write", _no_space)
        full.setattr("cac.stats.gauge.os.pwrite", _no_space)
        write_sighting(spool, SIGHTING)
        clock.seconds += 3600
        write_sighting(spool, SIGHTING)
    spool.look_after()
    assert sum(reading.count for reading in read_gauges(spool.folder)) == 2


def test_a_segment_is_closed_when_its_hour_is_over_although_nobody_reads_any_more(spool, clock):
    write_sighting(spool, SIGHTING)
    (path,) = spool.folder.glob("*.log")
    end = datetime.fromtimestamp(NINE + 3600 + 121, UTC)
    spool.look_after()
    assert not is_finished(Segment(path), end)
    clock.seconds += 3600
    spool.look_after()
    assert is_finished(Segment(path), end)
    assert write_sighting(spool, SIGHTING)
    assert len(list(spool.folder.glob("*.log"))) == 2


def test_the_salt_of_a_day_that_is_over_is_forgotten_although_nobody_reads_any_more(spool, clock):
    write_sighting(spool, SIGHTING)
    assert spool.is_holding
    clock.seconds += 15 * 3600
    spool.look_after()
    assert not spool.is_holding
    assert write_sighting(spool, SIGHTING)


def test_a_thread_of_the_process_lets_go_by_itself_and_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("cac.stats.spool_keeper.EVERY", 0.01)
    keeper = SpoolKeeper()
    monkeypatch.setattr("cac.stats.spool.KEEPER", keeper)
    clock = HandClock()
    spool = Spool(tmp_path / "spool", moment=clock)
    for _ in range(2):
        write_sighting(spool, SIGHTING)
        clock.seconds += 86_400
        until = time.monotonic() + 5
        while spool.is_holding or keeper.is_running:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert len(lines_of(spool)) == 2


def test_a_line_that_comes_a_moment_late_goes_into_the_hour_that_has_begun(spool, clock):
    clock.seconds += 3600
    write_sighting(spool, SIGHTING)
    clock.seconds -= 1
    write_sighting(spool, SIGHTING)
    assert len(list(spool.folder.glob("*.log"))) == 1
    assert len(lines_of(spool)) == 2


class BrokenSalts:
    """Salts that cannot be had until somebody mends them; ``gate`` holds back whoever asks."""

    def __init__(self):
        self.is_broken = True
        self.gate = threading.Event()
        self.gate.set()

    def salt_of(self, day):
        self.gate.wait(5)
        return make_makeshift() if self.is_broken else Salt(b"s" * 16, is_new_again=False)

    def restore(self, day, value):
        return value

    def delete_before(self, day):
        """Nothing is kept."""


def test_a_break_of_a_day_that_is_over_is_not_noted_on_the_next(tmp_path, clock):
    salts = BrokenSalts()
    spool = Spool(tmp_path / "spool", salts=salts, moment=clock)
    write_sighting(spool, SIGHTING)
    salts.is_broken = False
    spool._salt.has_break = True
    clock.seconds += 24 * 3600
    write_sighting(spool, SIGHTING)
    spool.close()
    assert [type(parse_line(line)) for line in lines_of(spool)] == [Note, Line, Line]


def test_a_salt_that_could_not_be_had_is_asked_for_again_and_the_break_is_noted_once(tmp_path, clock):
    salts = BrokenSalts()
    spool = Spool(tmp_path / "spool", salts=salts, moment=clock)
    write_sighting(spool, SIGHTING)
    spool.look_after()
    write_sighting(spool, SIGHTING)
    salts.is_broken = False
    spool.look_after()
    write_sighting(spool, SIGHTING)
    spool.close()
    lines = [parse_line(line) for line in lines_of(spool)]
    assert [type(line) for line in lines] == [Note, Line, Line, Line]
    assert lines[1].visitor == lines[2].visitor != lines[3].visitor
    assert lines[3].visitor == int.from_bytes(
        hashlib.blake2b(b"192.0.2.1\0Firefox\0ko", digest_size=8, key=b"s" * 16).digest(), "big", signed=True
    )


def test_who_waits_for_a_salt_holds_up_nobody_who_needs_none(tmp_path, clock):
    salts = BrokenSalts()
    salts.gate.clear()
    spool = Spool(tmp_path / "spool", salts=salts, moment=clock)
    person = threading.Thread(target=write_sighting, args=(spool, SIGHTING))
    person.start()
    try:
        robot = Sighting(7, 3, "ko", ViewClass.ROBOT)
        assert write_sighting(spool, robot)
        assert len(lines_of(spool)) == 1, "the person waits still"
    finally:
        salts.gate.set()
        person.join()
    assert len(lines_of(spool)) == 3
    spool.close()


def test_the_name_of_the_machine_is_in_no_name_of_a_segment(spool, monkeypatch):
    write_sighting(spool, SIGHTING)
    spool.close()
    monkeypatch.setattr("cac.stats.host_id.socket.gethostname", lambda: "renamed")
    write_sighting(spool, SIGHTING)
    hosts = {Segment(path).host for path in spool.folder.glob("*.log")}
    assert hosts == {(spool.folder / "host.id").read_text()}


def _no_space(*_arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


SEARCHES = ["bus 소독", "100% alcohol", "a/b\u2028c", "\u0645\u200c\u0646", "p", "."]


@pytest.mark.parametrize("words", SEARCHES)
@pytest.mark.parametrize("who", [ViewClass.PERSON, ViewClass.NO_KEY])
def test_a_line_carries_the_search_that_led_to_the_page(spool, words, who):
    write_sighting(spool, SIGHTING._replace(view_class=who, search=Search("zh-Hant", words)))
    write_sighting(spool, SIGHTING._replace(view_class=who, search=Search("zh-Hant", words)))
    first, second = lines_of(spool)
    assert parse_line(first).search == parse_line(second).search == Search("zh-Hant", words)
    assert (parse_line(first).referrer, parse_line(first).country) == ("example.org", "KR")


def test_the_longest_search_leaves_a_line_far_below_what_one_write_keeps_whole(spool):
    write_sighting(spool, SIGHTING._replace(referrer="", search=Search("zh-Hant", "소" * 80)))
    write_sighting(spool, SIGHTING._replace(search=Search("en", "a" * 81)))
    longest, too_long = lines_of(spool)
    assert len(longest) < 320
    assert parse_line(longest).search.words == "소" * 80
    assert parse_line(too_long).search is None


@pytest.mark.parametrize("words", SEARCHES)
def test_a_line_with_a_search_cut_at_any_byte_is_not_read(spool, words):
    write_sighting(spool, SIGHTING._replace(search=Search("en", words)))
    (line,) = lines_of(spool)
    assert [length for length in range(len(line)) if parse_line(line[:length]) is not None] == []


def test_a_line_cut_at_any_byte_is_not_read(spool):
    write_sighting(spool, SIGHTING)
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
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\t\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tko/\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tbus\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tko/bus%0A\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tko/bus%FF\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tko/" + b"a" * 81 + b"\t.",
        b"1v\t1586422800000\tp7\t3\tko\tn\t\t\t\tko/a\tko/b\t.",
    ],
)
def test_what_is_not_of_the_format_is_not_read(line):
    assert parse_line(line) is None


def test_a_segment_that_cannot_be_held_leaves_no_file_open_and_none_behind(tmp_path, monkeypatch):
    def refuse(_descriptor, _operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("cac.stats.files.fcntl.flock", refuse)
    spool = Spool(tmp_path / "spool")
    write_sighting(spool, SIGHTING)
    before = len(os.listdir("/proc/self/fd"))
    assert [write_sighting(spool, SIGHTING) for _ in range(20)] == [False] * 20
    assert len(os.listdir("/proc/self/fd")) == before
    assert list(spool.folder.glob("*.log")) == []


def test_gauges_are_read_only_where_nobody_else_can_write_and_if_they_are_numbers(spool, monkeypatch):
    monkeypatch.setattr("cac.stats.spool.os.write", _no_space)
    write_sighting(spool, SIGHTING)
    (reading,) = read_gauges(spool.folder)
    reading.path.with_name(f"x{reading.path.name}").write_bytes(b"9" * 25)
    assert [each.count for each in read_gauges(spool.folder)] == [1]
    reading.path.parent.chmod(0o777)
    assert read_gauges(spool.folder) == []
