"""A session that closes while garbage is collected leaves the memory of the process whole."""

import subprocess
import sys

import pytest

CLOSES_WHILE_GARBAGE_IS_COLLECTED = """
import gc, sys
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from cac.db import Base

class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)

engine = create_engine("sqlite://")
Base.metadata.create_all(engine, tables=[Thing.__table__])
made_before = [Thing(id=number) for number in range(int(sys.argv[1]))]
with engine.begin() as connection:
    connection.execute(Thing.__table__.insert(), [{"id": number} for number in range(100)])
gc.disable()
gc.set_threshold(1, 1, 1)
for _ in range(20):
    session = Session(engine)
    things = session.scalars(select(Thing)).all()
    for thing in things:
        thing.itself = thing
    del thing, things
    state, *_ = session.identity_map.all_states()
    session.identity_map._kill()
    new_dictionaries_must_be_allocated = [{} for _ in range(200)]
    gc.enable()
    state._strong_obj = None
    gc.disable()
    gc.collect()
print("whole")
"""
"""What Session.close does to one of its objects, with nothing between that would collect the garbage earlier."""


@pytest.mark.parametrize("made_before", range(18, 23))
def test_an_object_that_is_collected_while_its_session_lets_go_of_it_takes_nothing_with_it(made_before):
    command = [sys.executable, "-c", CLOSES_WHILE_GARBAGE_IS_COLLECTED, str(made_before)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "whole\n"), ended.stderr
