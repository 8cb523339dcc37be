"""Makes the cities, people and practices that tests start from: sensible defaults, each one overridable by keyword."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from cac.accounts.models import Person, Role
from cac.cities.models import City, CityName
from cac.practices import service
from cac.practices.content import Content, Source
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM, Actor
from cac.practices.vocabulary import Ending, Kind, Stage
from cac.practices.workflow import Status

AT = datetime(2020, 4, 9, 9, 0, tzinfo=UTC)

COMPLETE = Content(
    title="Bus disinfection at every terminal",
    summary="The city disinfects each bus at the end of every run.",
    office="Transport Headquarters",
    kind=Kind.PROTOCOL,
    topics=("1b",),
    places=("public-transport",),
    stage=Stage.IN_FORCE,
    started_on="2020-02",
    ending=Ending.STILL_IN_USE,
    as_of="2020-04-01",
    sources=(Source("https://example.org/bus", "Bus disinfection", "The city", "2020-03-24"),),
    why="<p>Crowded buses carried the virus.</p>",
    how="<h2>At the terminal</h2><ul><li>wipe the handles</li><li>open the windows</li></ul>",
)

_numbers = count(1)


def make_city(session: Session, *, names: dict[str, str] | None = None, **values: Any) -> City:
    """Return a new city in Korea with English and Korean names; the slug is numbered unless given."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"city-{number}",
        "country": "KR",
        "timezone": "Asia/Seoul",
        "language": "ko",
        "created_at": AT,
    }
    city = City(**defaults | values)
    given = names or {"en": f"City {number}", "ko": f"도시 {number}"}
    city.names = [CityName(language=language, name=name) for language, name in given.items()]
    session.add(city)
    session.flush()
    return city


def make_person(session: Session, *, role: Role = Role.AUTHOR, city: City | None = None, **values: Any) -> Person:
    """Return a new person without a password; an author or lead gets a new city unless one is given."""
    number = next(_numbers)
    is_official = role in (Role.AUTHOR, Role.LEAD)
    defaults: dict[str, Any] = {"email": f"person-{number}@example.org", "name": f"Person {number}", "created_at": AT}
    person = Person(**defaults | {"role": role, "city": (city or make_city(session)) if is_official else None} | values)
    session.add(person)
    session.flush()
    return person


def make_practice(
    session: Session,
    *,
    status: Status = Status.DRAFT,
    city: City | None = None,
    actor: Actor = THE_PROGRAM,
    language: str = "en",
    content: Content = COMPLETE,
    at: datetime = AT,
    **changes: Any,
) -> Practice:
    """Return a new practice, complete unless ``changes`` to its content say otherwise, brought to ``status`` by its steps."""
    if isinstance(actor, Person) and city is None:
        city = actor.city
    practice = service.create(
        session,
        actor=actor,
        city=city or make_city(session),
        language=language,
        content=replace(content, **changes),
        at=at,
    )
    if status in (Status.IN_REVIEW, Status.CHANGES_REQUESTED):
        service.submit(session, practice, actor=actor, at=at)
    if status == Status.CHANGES_REQUESTED:
        service.request_changes(session, practice, actor=THE_PROGRAM, note="Say how long it takes.", at=at)
    if status in (Status.PUBLISHED, Status.WITHDRAWN):
        service.publish(session, practice, actor=THE_PROGRAM, at=at)
    if status == Status.WITHDRAWN:
        service.withdraw(session, practice, actor=THE_PROGRAM, reason="The rule was repealed.", at=at)
    return practice
