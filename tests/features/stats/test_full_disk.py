"""A disk that is really full (a small tmpfs): pages are answered, what is missing is known, and counting goes on by itself."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cac.stats import queries
from cac.stats.models import ViewClass, ViewLedger
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from tests import needs
from tests.sightings import Sighting, write_sighting


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    with needs.small_disk(folder, "64k"):
        yield folder


def test_on_a_full_disk_lines_are_dropped_and_known_and_counting_goes_on_when_there_is_room(
    small_disk, settings, salts, clock, session_factory, session, caplog, sums_agree
):
    own = replace(settings, home=small_disk)
    spool = Spool(own.spool_dir, own.timezone, salts=salts, moment=clock)
    assert write_sighting(spool, _sighting(0))
    ballast = small_disk / "ballast"
    _fill(ballast)
    with caplog.at_level(logging.ERROR):
        written = [write_sighting(spool, _sighting(number)) for number in range(1, 201)]
    assert not all(written), "the disk took everything"
    lost = written.count(False)
    assert spool.dropped == lost
    assert len(caplog.records) == 1, "one complaint a minute"

    ballast.unlink()
    clock.at += timedelta(seconds=40)
    assert all(write_sighting(spool, _sighting(number)) for number in range(201, 211))
    spool.close()
    roller = Roller(session_factory, own, salts=salts)
    roller.roll(clock.at)
    roller.close()
    assert session.scalar(select(func.sum(ViewLedger.dropped))) == lost
    assert queries.total_views(session) == 1 + written.count(True) + 10
    sums_agree(session)


def test_a_clock_that_is_set_back_or_forward_costs_no_view(read, clock, roller, session, day_counts, sums_agree):
    for seconds in (0, -7200, 40, 86_400, -86_400 + 10, 0):
        clock.at += timedelta(seconds=seconds)
        read(1)
        read(2, visitor="192.0.2.2")
        roller.roll(clock.at)
    assert sum(raw for raw, _, _ in day_counts().values()) == 12
    sums_agree(session)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 1024)
        except OSError:
            pass


def _sighting(number: int) -> Sighting:
    return Sighting(1, 1, "ko", ViewClass.PERSON, f"192.0.{number // 250}.{number % 250}", "Firefox", "ko")
