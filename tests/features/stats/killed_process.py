"""A process of test_killed_processes: writes views that it notes down before and after, or rolls them, until it is killed.

    python killed_process.py write HOME SALTS SHIFT SEED SECONDS
    python killed_process.py roll HOME SALTS SHIFT DATABASE_URL SECONDS

SHIFT seconds are added to the clock, so that no test meets an hour's or a day's edge.
"""

import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from cac.stats.models import ViewClass
from cac.stats.spool import Spool
from cac.stats.visitors import Salts
from tests.sightings import Sighting, write_sighting

PRACTICES = 40


def write(home: Path, salts: Path, shift: float, seed: str, seconds: float) -> None:
    """Write views; the journal has ``s`` before a view is sent and ``c`` when it is complete, with its pair or class."""
    chance = random.Random(seed)
    spool = Spool(home / "spool", salts=Salts(home / "spool", salts), moment=lambda: time.time() + shift)
    journal = os.open(home / f"{seed}.journal", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until:
        number += 1
        if chance.random() < 0.15:
            what, sighting = "robot", Sighting(1, 1, "en", ViewClass.ROBOT)
        else:
            # Four views in ten repeat a pair of this process's that is a moment old.
            pair = number if chance.random() < 0.6 else max(1, number - chance.randrange(30))
            practice = 1 + pair % PRACTICES
            what = f"{seed}-{pair // 3}/{practice}"
            sighting = Sighting(practice, 1 + practice % 5, "en", ViewClass.PERSON, f"{seed}-{pair // 3}")
        os.write(journal, f"s {what}\n".encode())
        if write_sighting(spool, sighting):
            os.write(journal, f"c {what}\n".encode())
        time.sleep(0.0005)


def roll(home: Path, salts: Path, shift: float, database_url: str, seconds: float) -> None:
    """Roll as fast as the machine allows."""
    from cac.db import make_engine, make_session_factory
    from cac.settings import load_settings
    from cac.stats.roller import Roller

    settings = load_settings(home, overrides={"database_url": database_url}, environment={})
    factory = make_session_factory(make_engine(database_url))
    roller = Roller(factory, settings, salts=Salts(settings.spool_dir, salts))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        roller.roll(datetime.fromtimestamp(time.time() + shift, UTC))
        time.sleep(0.02)


if __name__ == "__main__":
    task, home, salts, shift, word, seconds = sys.argv[1:]
    {"write": write, "roll": roll}[task](Path(home), Path(salts), float(shift), word, float(seconds))
