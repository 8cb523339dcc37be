"""Keeps the index of a host equal to the database, as the worker does: quick changes at once, long rebuilds in a process of
their own, so that what is published meanwhile is found meanwhile.
"""

import logging
import multiprocessing
import time
from datetime import datetime
from multiprocessing.process import BaseProcess

from cac.clock import now
from cac.db import SessionFactory, make_engine, make_session_factory
from cac.practices.queries import count_public
from cac.search.building import rebuild, rebuild_in_own_process
from cac.search.manifest import WriterBusyError
from cac.search.sync import update
from cac.search.tending import RebuildNeededError
from cac.settings import Settings

log = logging.getLogger(__name__)

# Fewer practices than this are indexed before another process would have started.
AT_ONCE = 300
RETRY_AFTER = 30.0


class IndexKeeper:
    """Follows the database for one host; ``keep_up`` is called again and again."""

    def __init__(self, session_factory: SessionFactory, settings: Settings) -> None:
        self._session_factory = session_factory
        self._settings = settings
        self._builder: BaseProcess | None = None
        self._building_since: datetime | None = None
        self._failures = 0
        self._not_before = 0.0
        self._is_new = True

    def keep_up(self) -> int:
        """Bring the index up to the database, or have it rebuilt; returns how many practices were put in or taken out.

        The first call looks for damaged files too.
        """
        self._look_after_builder()
        try:
            changed = update(
                self._session_factory, self._settings, since=self._building_since, verify_first=self._is_new
            )
        except RebuildNeededError as error:
            return self._rebuild(error)
        if changed is None:
            return 0
        self._is_new = False
        return changed

    def close(self) -> None:
        """End a rebuild that is under way: it begins anew with the next keeper."""
        if self._builder is not None:
            self._builder.terminate()
            self._builder.join()
            self._builder = None

    def _rebuild(self, reason: RebuildNeededError) -> int:
        self._is_new = False
        if self._builder is not None or time.monotonic() < self._not_before:
            return 0
        log.info("the search index is built anew: %s", reason)
        with self._session_factory() as session:
            count = count_public(session)
        if count <= AT_ONCE:
            try:
                return rebuild(self._session_factory, self._settings)
            except WriterBusyError:
                return 0
        self._building_since = now()
        context = multiprocessing.get_context("spawn")
        self._builder = context.Process(target=_rebuild, args=(self._settings,), daemon=True)
        self._builder.start()
        return 0

    def _look_after_builder(self) -> None:
        if self._builder is None or self._builder.is_alive():
            return
        self._failures = self._failures + 1 if self._builder.exitcode else 0
        if self._failures:
            log.error("building the search index failed, %s times in a row", self._failures)
            self._not_before = time.monotonic() + RETRY_AFTER * 2 ** min(self._failures, 6)
        self._builder.close()
        self._builder = self._building_since = None


def _rebuild(settings: Settings) -> None:
    """The life of the process that builds."""
    logging.basicConfig(level=settings.log_level)
    engine = make_engine(settings.database_url)
    rebuild_in_own_process(make_session_factory(engine), settings)
    engine.dispose()
