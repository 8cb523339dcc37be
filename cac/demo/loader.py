"""Loads the demonstration into an instance: cities, people, and practices in every state of their life; once.

The texts lie in content/, in the line format of exchange/records with one key more: ``demo`` says in which state a
practice is shown (``{"state": "withdrawn", "reason": …}``). They were written for the demonstration from the public
sources that each of them links.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from cac.accounts import queries as accounts_queries
from cac.cities import queries as cities_queries
from cac.cities import service as cities
from cac.cities.models import City
from cac.db import SessionFactory, transaction
from cac.demo.people import HOME_CITY, SignIn, add_people, author_of, reviewer_of
from cac.exchange.reading import Line, read_lines
from cac.exchange.records import Record, Rules, digest_of, read_record
from cac.practices import queries as practices_queries
from cac.practices import service as practices
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM, Actor
from cac.search.glossary import load_first_glossary
from cac.settings import Settings

CONTENT = Path(__file__).parent / "content"
SOURCE = "demonstration"
SETTINGS = """# The demonstration. See config/default.toml for every setting.
demonstration = true
secure_cookies = false
"""


class ForeignFolderError(Exception):
    """The folder holds something that is not a demonstration; the message says what to do."""


@dataclass(frozen=True)
class DemoPractice:
    """One practice of the demonstration: its record, its city's name, and the state in which it is shown."""

    record: Record
    digest: str
    city: str
    country: str
    state: str
    words: str


def prepare_folder(home: Path) -> None:
    """Write the settings of a demonstration into ``home``; raises ForeignFolderError if it holds anything else."""
    settings = home / "settings.toml"
    if settings.exists():
        if "demonstration = true" not in settings.read_text(encoding="utf-8"):
            raise ForeignFolderError(
                f"{home} holds an instance that is not a demonstration. Choose another folder with --home."
            )
        return
    if any(path.name != "secret.key" for path in home.iterdir()):
        raise ForeignFolderError(f"{home} is not empty and holds no demonstration. Choose another folder with --home.")
    settings.write_text(SETTINGS, encoding="utf-8")


def load(session_factory: SessionFactory, settings: Settings, *, at: datetime) -> tuple[SignIn, ...]:
    """Load everything in one transaction, unless it was loaded before; returns who signs in and how.

    Raises ForeignFolderError if the database belongs to another instance.
    """
    with session_factory() as session, transaction(session):
        _refuse_foreign_database(session)
        load_first_glossary(session, at=at)
        cities.import_csv(session, CONTENT / "cities.csv", at=at)
        sign_ins = add_people(session, cities_queries.get_city(session, HOME_CITY), settings.home, at=at)
        waiting = [one for one in read_content(at) if not _is_loaded(session, one)]
        waiting.sort(key=lambda one: one.record.content.as_of)
        for number, one in enumerate(waiting):
            # One second apart in the order of what they tell, so that lists by date have an order.
            _load_one(session, one, settings, at=at - timedelta(seconds=len(waiting) - number))
    return sign_ins


def _refuse_foreign_database(session: Session) -> None:
    """Raise ForeignFolderError if somebody else's cities or people are in the database and no demonstration is."""
    is_used = cities_queries.count_cities(session) or accounts_queries.list_people(session)
    if is_used and not practices_queries.has_external_source(session, SOURCE):
        raise ForeignFolderError(
            "The database holds an instance that is not a demonstration. Unset CAC_DATABASE_URL or name an empty database."
        )


def read_content(at: datetime) -> Iterator[DemoPractice]:
    """Yield every practice of the demonstration; raises ValueError naming a line that cannot be used."""
    for path in sorted(CONTENT.glob("*.jsonl")):
        for line in read_lines(path):
            if not isinstance(line, Line):
                raise ValueError(f"{path.name}: {line}")
            yield _read(line.values, at)


def _read(values: dict[str, Any], at: datetime) -> DemoPractice:
    shown = values.pop("demo", {})
    city, country = values.pop("city"), values.pop("country")
    record = read_record(values, Rules(), today=at.date())
    words = shown.get("reason") or shown.get("note") or ""
    return DemoPractice(record, digest_of(values), city, country, shown.get("state", "published"), words)


def _is_loaded(session: Session, one: DemoPractice) -> bool:
    return practices_queries.find_by_external_id(session, SOURCE, one.record.external_id) is not None


def _load_one(session: Session, one: DemoPractice, settings: Settings, *, at: datetime) -> None:
    city = cities_queries.find_city_by_name(session, one.city, one.country)
    if city is None:
        raise ValueError(f"{one.record.external_id}: there is no city {one.city!r} in cities.csv")
    is_public = one.state in ("published", "withdrawn")
    author: Actor = THE_PROGRAM if is_public else author_of(session, city, at=at)
    practice = _write(session, one, city, author, settings=settings, at=at)
    if is_public:
        practices.publish(
            session, practice, actor=THE_PROGRAM, at=at, review_after_days=settings.review_after_days
        )  # fmt: skip
    if one.state == "withdrawn":
        practices.withdraw(session, practice, actor=THE_PROGRAM, reason=one.words, at=at)
    if one.state in ("in_review", "changes_requested"):
        practices.submit(session, practice, actor=author, at=at)
    if one.state == "changes_requested":
        practices.request_changes(session, practice, actor=reviewer_of(session), note=one.words, at=at)


def _write(
    session: Session, one: DemoPractice, city: City, author: Actor, *, settings: Settings, at: datetime
) -> Practice:
    record = one.record
    practice = practices.create(
        session, actor=author, city=city, language=record.language, content=record.content, at=at,
        prefix=settings.reference_prefix,
    )  # fmt: skip
    for translation in record.translations:
        practices.add_translation(
            session, practice, actor=author, language=translation.language, method=translation.method,
            content=translation.content, at=at,
        )  # fmt: skip
    practice.external_source = SOURCE
    practice.external_id = record.external_id
    practice.external_digest = one.digest
    return practice
