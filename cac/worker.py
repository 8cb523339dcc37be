"""The one background process of a host: a loop of catch-ups, each of which can be done again with the same result."""

import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from cac.accounts import service as accounts
from cac.accounts.letters import erase_links
from cac.clock import now
from cac.db import SessionFactory, make_engine, make_session_factory, transaction
from cac.mail import send_waiting
from cac.search import missing
from cac.search.keeper import IndexKeeper
from cac.search.spelling import SpellingKeeper
from cac.settings import Settings
from cac.stats.roller import Roller
from cac.stats.verify import check_nightly

log = logging.getLogger(__name__)
PAUSE = 0.25
SERVER_WITHIN = 15.0
"""More than the ten seconds after which web processes that were asked to end are ended by force."""
LESS_URGENT = 5
"""The niceness with which this process gives way to those that answer readers; beside one of them it still gets a quarter."""


@dataclass
class Task:
    """Something to catch up with every ``interval`` seconds; a failure is logged and tried again, ever less often."""

    name: str
    interval: float
    work: Callable[[], object]
    due: float = 0.0
    failures: int = field(default=0)

    def run(self, moment: float) -> None:
        """Do the work if it is due at ``moment`` (monotonic seconds)."""
        if moment < self.due:
            return
        try:
            self.work()
            self.failures = 0
        except Exception:
            self.failures += 1
            log.exception("%s failed (%s times in a row)", self.name, self.failures)
        self.due = time.monotonic() + self.interval * min(2**self.failures, 60)


class Beside:
    """Does work in a thread beside the loop, once at a time: adding up years takes minutes, and views are rolled meanwhile."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name = name
        self._work = work
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Begin, unless the last time has not ended yet."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception:
            log.exception("%s failed", self._name)


def run(settings: Settings, *, parent: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until the process ``parent`` that started this one is gone.

    With a parent, SIGTERM may have reached its web processes at the same time: work goes on until it asks for the end (SIGUSR1),
    which it does when they have ended, or for SERVER_WITHIN seconds.
    """
    stop, in_order = _stop_on_signals()
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), LESS_URGENT))
    engine = make_engine(settings.database_url)
    session_factory = make_session_factory(engine)
    roller = Roller(session_factory, settings)
    keeper = IndexKeeper(session_factory, settings)
    tasks = list_tasks(session_factory, settings, roller, keeper)
    log.info("worker of %s started", settings.home)
    ends_at = math.inf
    try:
        while not in_order.is_set() and time.monotonic() < ends_at and (parent is None or os.getppid() == parent):
            for task in tasks:
                task.run(time.monotonic())
            if stop.wait(PAUSE):
                ends_at = min(ends_at, time.monotonic() + (SERVER_WITHIN if parent is not None else 0))
                in_order.wait(PAUSE if parent is not None else 0)
        if parent is not None and in_order.is_set():
            _end(roller)
    finally:
        keeper.close()
        _forget_salts(roller)
        roller.close()
        engine.dispose()
    log.info("worker stopped")


def list_tasks(
    session_factory: SessionFactory,
    settings: Settings,
    roller: Roller,
    keeper: IndexKeeper,
    *,
    clock: Callable[[], datetime] = now,
) -> list[Task]:
    """Return all that the worker catches up with; what goes by the calendar asks ``clock`` for the moment."""
    spelling = SpellingKeeper(session_factory, settings.index_dir)
    return [
        Task("index", 0.5, keeper.keep_up),
        Task("spelling", 5.0, spelling.keep_up),
        Task("views", 1.0, lambda: roller.roll(clock())),
        Task("mail", 15.0, lambda: _send(session_factory, settings)),
        Task("tidy", 3600.0, lambda: _tidy(session_factory)),
        Task("verify", 300.0, Beside("verify", lambda: _verify(session_factory, settings, clock()))),
    ]


def _end(roller: Roller) -> None:
    """Who started this worker has ended the web processes before it asks the worker to end: nothing is written any more."""
    try:
        roller.end(now())
    except (OSError, SQLAlchemyError):
        log.exception("what is left in the spool could not be rolled; the next start does it")


def _forget_salts(roller: Roller) -> None:
    """At the end: no salt of a day that is over outlives the process, even one that ended a minute ago."""
    try:
        roller.forget_salts(now(), margin=timedelta())
    except (OSError, SQLAlchemyError):
        log.exception("salts of past days could not be deleted; the next start does it")


def _send(session_factory: SessionFactory, settings: Settings) -> None:
    if send_waiting(session_factory, settings, at=now()):
        with session_factory() as session, transaction(session):
            erase_links(session, at=now())


def _tidy(session_factory: SessionFactory) -> None:
    with session_factory() as session, transaction(session):
        erase_links(session, at=now())
        accounts.forget_expired(session, at=now())
        missing.forget_old(session, at=now())


def _verify(session_factory: SessionFactory, settings: Settings, at: datetime) -> None:
    found = check_nightly(session_factory, settings, at=at)
    if found is not None and not found.is_right:
        log.error(
            "counting does not add up, %s differences, the first: %s", len(found.differences), found.differences[0]
        )


def _stop_on_signals() -> tuple[threading.Event, threading.Event]:
    """Return what is set when the end is asked for, and what is set as well when the one who started this process asks."""
    stop, in_order = threading.Event(), threading.Event()

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGUSR1:
            in_order.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, ask_to_stop)
    return stop, in_order
