"""The batches of an import write the same rows as the service of practices does one by one."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from cac.db import Base, transaction
from cac.exchange.records import Record, Translation
from cac.exchange.writing import Draft, Writer, map_city_ids
from cac.practices import service
from cac.practices.checks import check_original
from cac.practices.content import Content
from cac.practices.models import (
    Edition,
    Practice,
    PracticePlace,
    PracticeStep,
    PracticeTopic,
    Revision,
    TranslationMethod,
)
from cac.practices.permissions import THE_PROGRAM
from tests.factories import COMPLETE, make_city

TRANSLATED = Content(title="버스 소독", how="<p>닦는다.</p>")
NOT_COMPARED = {"id", "practice_id", "edition_id", "reference", "external_source", "external_id", "external_digest",
                "row_version", "revision_id", "based_on_id", "working_revision_id", "published_revision_id"}  # fmt: skip
TABLES: tuple[type[Base], ...] = (Practice, Edition, Revision, PracticeTopic, PracticePlace, PracticeStep)


@pytest.mark.parametrize("publish", [False, True])
def test_both_ways_write_the_same(session: Session, at: datetime, publish: bool) -> None:
    with transaction(session):
        city = make_city(session)
        content = check_original(COMPLETE, today=at.date())
        by_service = service.create(session, actor=THE_PROGRAM, city=city, language="en", content=content, at=at)
        service.add_translation(
            session, by_service, actor=THE_PROGRAM, language="ko", method=TranslationMethod.MACHINE, content=TRANSLATED, at=at
        )  # fmt: skip
        if publish:
            service.publish(session, by_service, actor=THE_PROGRAM, at=at, review_after_days=182)
        translation = Translation("ko", TranslationMethod.MACHINE, TRANSLATED)
        record = Record("x", "en", content, (translation,))
        draft = Draft.of(record, digest="d", city=city.slug, today=date(2020, 4, 9), practice_id=None)
        writer = Writer(session, "test", "CAC", publish, 182, at, map_city_ids(session))
        writer.create([Draft.from_line(draft.to_line())])
    session.expire_all()
    ours = session.scalars(select(Practice).where(Practice.external_id == "x")).one()
    assert (ours.reference, by_service.reference) == ("CAC-2020-0002", "CAC-2020-0001")
    assert rows_of(session, ours) == rows_of(session, by_service)
    for one, other in zip(ours.editions, by_service.editions, strict=True):
        assert (one.working_revision in one.revisions) == (other.working_revision in other.revisions) is True
        assert (one.published_revision in one.revisions) == (other.published_revision in other.revisions) is publish


def rows_of(session: Session, practice: Practice) -> dict[str, list[dict[str, Any]]]:
    """Return what each table holds of a practice, without keys, which differ, and with ``based_on`` as yes or no."""
    editions = [edition.id for edition in practice.editions]
    rows: dict[str, list[dict[str, Any]]] = {}
    for model in TABLES:
        statement = select(model)
        columns = inspect(model).columns.keys()
        if "practice_id" in columns:
            statement = statement.where(model.practice_id == practice.id)  # type: ignore[attr-defined]
        elif "edition_id" in columns:
            statement = statement.where(model.edition_id.in_(editions))  # type: ignore[attr-defined]
        else:
            statement = statement.where(model.id == practice.id)  # type: ignore[attr-defined]
        found = session.scalars(statement.order_by(*inspect(model).primary_key)).all()
        rows[model.__tablename__] = [
            {key: getattr(row, key) for key in columns if key not in NOT_COMPARED}
            | {"is_based": getattr(row, "based_on_id", None) is not None}
            for row in found
        ]
    return rows
