"""Visitors are told apart within a day and known by nobody."""

import multiprocessing
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from cac.stats import visitors
from cac.stats.day_salt import DaySalt
from cac.stats.days import Calendar
from cac.stats.visitors import Salt, Salts, network_of

DAY = date(2020, 4, 9)


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    memory = tmp_path / "shm"
    memory.mkdir()
    monkeypatch.setattr(visitors, "SHARED_MEMORY", memory)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return memory


@pytest.fixture
def spool_dir(tmp_path):
    spool_dir = tmp_path / "spool"
    spool_dir.mkdir()
    return spool_dir


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("not:an:address", "not:an:address", True),
        ("192.0.2.1:4711", "192.0.2.1:52", True),
        ("192.0.2.1:4711", "192.0.2.1", True),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::9", True),
    ],
)
def test_an_ipv6_address_counts_by_its_first_64_bits_and_none_by_its_port(one, other, same):
    assert (network_of(one) == network_of(other)) is same


def _visitor_of(salt, *who):
    class OneSalt:
        def salt_of(self, day):
            return Salt(salt, is_new_again=False)

    return DaySalt(OneSalt(), Calendar("UTC")).visitor_of(1_586_422_800_000, *who)


def test_a_visitor_is_address_agent_and_languages_under_the_days_salt():
    key = _visitor_of(b"s" * 16, "192.0.2.1", "Firefox", "ko")
    assert len(key) == 16
    assert key == _visitor_of(b"s" * 16, "192.0.2.1", "Firefox", "ko")
    others = [(b"t" * 16, "192.0.2.1", "Firefox", "ko"), (b"s" * 16, "192.0.2.1", "Firefox", "en")]
    others += [(b"s" * 16, "192.0.2.1", "Chrome", "ko"), (b"s" * 16, "192.0.2.1", "Firefoxk", "o")]
    assert key not in {_visitor_of(salt, *other) for salt, *other in others}


def test_a_clock_that_goes_back_over_midnight_has_the_salt_of_the_day_before():
    class SaltOfEachDay:
        def salt_of(self, day):
            return Salt(day.isoformat().encode(), is_new_again=False)

    salt = DaySalt(SaltOfEachDay(), Calendar("UTC"))
    midnight = 1_586_390_400_000
    who = ("192.0.2.1", "Firefox", "ko")
    before, after, again = (salt.visitor_of(midnight + step, *who) for step in (-1, 0, -1))
    assert before == again != after


DAYS = [DAY + timedelta(days=number) for number in range(250)]
AT_ONCE = 6


class Waits(Protocol):
    """A barrier, of threads or of processes."""

    def wait(self) -> int:
        """Wait for the others."""


def _ask(salts: Salts, at_once: Waits) -> list[Salt]:
    """Ask for the salt of each day at the very moment at which the others do."""
    found = []
    for day in DAYS:
        at_once.wait()
        found.append(salts.salt_of(day))
    return found


def test_processes_that_ask_at_the_same_moment_agree_on_the_salt_of_each_day(spool_dir, memory):
    context = multiprocessing.get_context("fork")
    queue, at_once = context.Queue(), context.Barrier(AT_ONCE, timeout=20)
    processes = [
        context.Process(target=lambda: queue.put(_ask(Salts(spool_dir), at_once)), daemon=True) for _ in range(AT_ONCE)
    ]
    for process in processes:
        process.start()
    found = [queue.get(timeout=20) for _ in processes]
    for process in processes:
        process.join()
    _check_agreement(found, memory)


def test_threads_that_ask_at_the_same_moment_agree_on_the_salt_of_each_day(spool_dir, memory):
    salts, at_once = Salts(spool_dir), threading.Barrier(AT_ONCE, timeout=20)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(_ask, salts, at_once) for _ in range(AT_ONCE)]
    _check_agreement([each.result() for each in asked], memory)


def _check_agreement(found: list[list[Salt]], memory: Path) -> None:
    """All have the same whole salt for each day, it is the one that is kept, and nobody takes it for a second one."""
    assert len(found) == AT_ONCE
    for day, of_day in zip(DAYS, zip(*found, strict=True), strict=True):
        (salt,) = set(of_day)
        (kept,) = memory.glob(f"*/{day.isoformat()}.salt")
        assert salt == Salt(kept.read_bytes(), is_new_again=False)
        assert len(salt.value) == 16
    assert len({salt.value for salt in found[0]}) == len(DAYS)


def test_the_salt_lies_in_memory_closed_to_others_and_not_in_the_instance(spool_dir, memory):
    Salts(spool_dir).salt_of(DAY)
    (folder,) = memory.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["2020-04-09.salt"]
    assert [path.stat().st_size for path in spool_dir.iterdir()] == [0]


def test_a_folder_in_memory_that_is_open_to_others_is_not_used(spool_dir, memory):
    Salts(spool_dir).salt_of(DAY)
    (folder,) = memory.iterdir()
    folder.chmod(0o777)
    Salts(spool_dir).salt_of(date(2020, 4, 10))
    assert not list(folder.glob("2020-04-10*"))


def test_a_salt_that_was_lost_is_noticed_by_the_process_that_makes_the_next(spool_dir, memory):
    salts = Salts(spool_dir)
    first = salts.salt_of(DAY)
    assert not first.is_new_again
    assert salts.salt_of(DAY) == first
    next(memory.glob("*/2020-04-09.salt")).unlink()
    second = salts.salt_of(DAY)
    assert second.is_new_again
    assert second.value != first.value


def test_old_salts_are_deleted_and_todays_stays(spool_dir, memory):
    salts = Salts(spool_dir)
    for day in (8, 9, 10):
        salts.salt_of(date(2020, 4, day))
    salts.delete_before(date(2020, 4, 10))
    assert [path.name for path in memory.glob("*/*")] == ["2020-04-10.salt"]
    # That these days had a salt is known for a week more.
    assert len(list(spool_dir.glob("*.salted"))) == 3
    salts.delete_before(date(2020, 4, 17))
    assert [path.name for path in spool_dir.iterdir()] == ["2020-04-10.salted"]


def test_where_nothing_can_be_written_a_process_has_a_salt_of_its_own(tmp_path, memory):
    memory.rmdir()
    (tmp_path / "spool").write_text("no folder can be made here, not even by root")
    first, second = (Salts(tmp_path / "spool").salt_of(DAY) for _ in range(2))
    assert first.is_makeshift
    assert first.is_new_again
    assert first.value != second.value


def test_a_salt_that_was_lost_is_put_back_unless_another_process_has_made_one_since(spool_dir, memory):
    salts = Salts(spool_dir)
    first = salts.salt_of(DAY).value
    assert salts.restore(DAY, b"another sixteen.") == first
    next(memory.rglob("*.salt")).unlink()
    assert salts.restore(DAY, first) == first
    assert salts.salt_of(DAY) == Salt(first, is_new_again=False)


def test_nothing_is_written_where_the_salt_is_still_there(spool_dir, memory, monkeypatch):
    salts = Salts(spool_dir)
    first = salts.salt_of(DAY).value
    monkeypatch.setattr(
        "cac.stats.visitors.publish", lambda path, content: pytest.fail("a draft would be left by a kill")
    )
    assert salts.restore(DAY, first) == first


def test_what_a_killed_process_left_of_a_salt_goes_with_its_day(spool_dir, memory, monkeypatch):
    def die(draft: Path, path: Path) -> None:
        raise SystemExit

    salts = Salts(spool_dir)
    with monkeypatch.context() as killed:
        killed.setattr("cac.stats.files.os.link", die)
        killed.setattr("cac.stats.files.Path.unlink", lambda path, missing_ok=False: None)
        with pytest.raises(SystemExit):
            salts.salt_of(DAY)
    (left,) = memory.rglob(f".{DAY}.salt.*")
    salts.delete_before(DAY)
    assert left.exists()
    salts.delete_before(date(2020, 4, 10))
    assert not left.exists()
