"""Visitors are told apart within a day and known by nobody."""

import multiprocessing
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from cac.stats import visitors
from cac.stats.visitors import Salt, Salts, hasher_of, network_of, visitor_of

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
    ],
)
def test_an_ipv6_address_counts_by_its_first_64_bits(one, other, same):
    assert (network_of(one) == network_of(other)) is same


def test_a_visitor_is_address_agent_and_languages_under_the_days_salt():
    key = visitor_of(hasher_of(b"s" * 16), "192.0.2.1", "Firefox", "ko")
    assert len(key) == 16
    assert key == visitor_of(hasher_of(b"s" * 16), "192.0.2.1", "Firefox", "ko")
    others = [(b"t" * 16, "192.0.2.1", "Firefox", "ko"), (b"s" * 16, "192.0.2.1", "Firefox", "en")]
    others += [(b"s" * 16, "192.0.2.1", "Chrome", "ko"), (b"s" * 16, "192.0.2.1", "Firefoxk", "o")]
    assert key not in {visitor_of(hasher_of(salt), *other) for salt, *other in others}


def _salt(spool_dir: Path, queue: "multiprocessing.Queue[bytes]") -> None:
    queue.put(Salts(spool_dir).salt_of(DAY).value)


def test_processes_that_begin_at_once_agree_on_the_salt(spool_dir, tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_salt, args=(spool_dir, queue)) for _ in range(8)]
    for process in processes:
        process.start()
    salts = {queue.get(timeout=20) for _ in processes}
    for process in processes:
        process.join()
    assert len(salts) == 1
    assert len(salts.pop()) == 16


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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_where_nothing_can_be_written_a_process_has_a_salt_of_its_own(spool_dir, memory):
    memory.chmod(0o500)
    spool_dir.chmod(0o500)
    assert Salts(spool_dir).salt_of(DAY).is_new_again


def test_a_salt_that_was_lost_is_put_back_unless_another_process_has_made_one_since(spool_dir, memory):
    salts = Salts(spool_dir)
    first = salts.salt_of(DAY).value
    assert salts.restore(DAY, b"another sixteen.") == first
    next(memory.rglob("*.salt")).unlink()
    assert salts.restore(DAY, first) == first
    assert salts.salt_of(DAY) == Salt(first, is_new_again=False)
