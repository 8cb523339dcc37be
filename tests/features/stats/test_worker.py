"""What the worker does for counting: the check of all sums once after each day, and what is rolled is on the disk first."""

import os
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from cac.db import transaction
from cac.search.keeper import IndexKeeper
from cac.stats import queries
from cac.stats.models import ViewCheck, ViewLedger, ViewTotal
from cac.worker import list_tasks


@pytest.fixture
def run_task(session_factory, settings, roller, clock):
    """Let the worker come to one of its tasks, and wait until what it does beside its loop is done."""
    keeper = IndexKeeper(session_factory, settings)
    tasks = {task.name: task for task in list_tasks(session_factory, settings, roller, keeper, clock=lambda: clock.at)}

    def run_task(name, moment=float("inf")):
        tasks[name].run(moment)
        for thread in threading.enumerate():
            if thread.name == name:
                thread.join()

    yield run_task
    keeper.close()


@pytest.fixture
def checked_at(session):
    def checked_at():
        session.rollback()
        return session.scalars(select(ViewCheck.checked_at).order_by(ViewCheck.checked_at)).all()

    return checked_at


def test_the_worker_checks_all_sums_once_after_each_day(read, clock, session, run_task, checked_at):
    read()
    run_task("views")
    run_task("verify")
    assert checked_at() == [clock.at], "where nothing was ever checked it begins at once"
    midnight = clock.at.replace(hour=0) + timedelta(days=1)
    moments = [midnight + timedelta(minutes=minutes) for minutes in (-1, 14, 16, 21, 60 * 23)]
    for clock.at in moments:
        run_task("verify")
    assert checked_at()[1:] == [moments[2]]
    with transaction(session):
        session.execute(update(ViewTotal).values(views=9))
    clock.at = midnight + timedelta(days=1, minutes=15)
    run_task("verify")
    last = session.scalars(select(ViewCheck).where(ViewCheck.checked_at == clock.at)).one()
    assert (last.lines, last.is_right) == (1, False)
    assert "days and total: site 0 view: [1, 1] and [1, 9]" in last.differences


def test_a_check_that_fails_is_tried_again_and_stops_nothing_else(clock, read, session, run_task, checked_at, caplog):
    with transaction(session):
        session.execute(text("ALTER TABLE view_checks RENAME TO elsewhere"))
    run_task("verify")
    assert "verify failed" in caplog.text
    read()
    run_task("views")
    assert queries.total_views(session) == 1
    session.rollback()
    with transaction(session):
        session.execute(text("ALTER TABLE elsewhere RENAME TO view_checks"))
    run_task("verify")
    assert checked_at() == [clock.at]


@pytest.fixture
def synced(monkeypatch, session_factory):
    """What was brought to the disk: the name of each file, its size and how many lines were counted at that moment."""
    synced = []
    to_disk = os.fdatasync

    def note(descriptor):
        to_disk(descriptor)
        with session_factory() as other:
            counted = other.scalar(select(func.sum(ViewLedger.lines))) or 0
        name = os.readlink(f"/proc/self/fd/{descriptor}").rpartition("/")[2]
        synced.append((name, os.fstat(descriptor).st_size, counted))

    monkeypatch.setattr(os, "fdatasync", note)
    return synced


def test_lines_are_on_the_disk_before_they_are_counted_and_once_a_second_at_most(
    read, spool, clock, settings, session, run_task, synced
):
    begun = time.monotonic()
    for number in range(20):
        read(number)
    assert synced == [], "no reader waits for the disk"
    run_task("views", begun)
    (segment,) = settings.spool_dir.glob("*-*-*-*.log")
    first = segment.stat().st_size
    assert synced == [(segment.name, first, 0)]
    assert session.scalar(select(func.sum(ViewLedger.lines))) == 20

    read(20)
    run_task("views", begun + 0.9)
    assert len(synced) == 1, "a second is not over"
    spool.close()
    run_task("views", begun + 60)
    assert synced[1:] == [(segment.name, segment.stat().st_size, 20)], "the end of a closed segment, too"
    run_task("views")
    assert len(synced) == 2, "nothing was written since"


def test_what_the_disk_does_not_take_is_not_counted(read, clock, roller, session, monkeypatch):
    def fail(_descriptor):
        raise OSError("Input/output error")

    read()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(OSError, match="Input/output"):
            roller.roll(clock.at)
    assert queries.total_views(session) == 0
    session.rollback()
    roller.roll(clock.at)
    assert queries.total_views(session) == 1
