"""What a database refuses is told without the values of the statement: they may be tokens, passwords or addresses."""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import SQLAlchemyError

from cac.db import make_engine
from cac.mail import OutboxMessage
from cac.settings import Settings

CANARY = "canary-token-of-an-invitation"


def test_an_error_of_a_busy_database_shows_no_value(settings: Settings) -> None:
    holder, writer = make_engine(settings.database_url), make_engine(settings.database_url)
    is_sqlite = holder.dialect.name == "sqlite"
    with holder.connect() as held, writer.connect() as waiting:
        held.execute(text("BEGIN IMMEDIATE" if is_sqlite else "LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
        waiting.execute(text("PRAGMA busy_timeout=10" if is_sqlite else "SET lock_timeout = 10"))
        with pytest.raises(SQLAlchemyError) as caught:
            waiting.execute(insert(OutboxMessage).values(recipient=CANARY, subject=CANARY, body=CANARY))
        held.rollback()
        waiting.rollback()
    holder.dispose()
    writer.dispose()
    assert "outbox" in str(caught.value)
    assert CANARY not in str(caught.value)
