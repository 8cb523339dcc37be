"""A library to measure with: made-up or given texts as published practices, put straight into the tables."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from cac.cities.models import City, CityName
from cac.practices.content import Content
from cac.practices.models import Edition, Practice, PracticePlace, PracticeTopic, Revision
from cac.practices.vocabulary import PLACES, TOPICS, Ending, Kind, Stage
from tests.bench.corpus import BenchText

START = datetime(2020, 4, 9, tzinfo=UTC)
KINDS, STAGES, ENDINGS = tuple(Kind), tuple(Stage), tuple(Ending)
COUNTRIES = ("KR", "ES", "BR", "CN", "FR", "DE", "RU", "TH", "JP", "EG")
CITIES = 50
INSERTED_AT_ONCE = 1000

Rows = dict[type, list[dict[str, object]]]


def kind_of(number: int) -> Kind:
    """Return the kind of the practice with this number."""
    return KINDS[number % len(KINDS)]


def topic_of(number: int) -> str:
    """Return its topic."""
    return TOPICS[number % len(TOPICS)]


def city_of(number: int) -> str:
    """Return the slug of its city."""
    return f"city-{number % CITIES + 1}"


def fill(session: Session, texts: list[BenchText]) -> None:
    """Put texts in as published practices, numbered from 1: writing them by their steps is measured elsewhere."""
    for number in range(1, CITIES + 1):
        names = [CityName(language="en", name=f"City {number}"), CityName(language="ko", name=f"도시 {number}")]
        country = COUNTRIES[number % len(COUNTRIES)]
        session.add(City(id=number, slug=f"city-{number}", country=country, created_at=START, names=names))
    session.flush()
    rows: Rows = {Practice: [], Edition: [], Revision: [], PracticeTopic: [], PracticePlace: []}
    for number, text in enumerate(texts, 1):
        _add_rows(rows, number, text)
        if number % INSERTED_AT_ONCE == 0 or number == len(texts):
            for model, values in rows.items():
                session.execute(insert(model), values)
                values.clear()
    session.execute(update(Edition).values(published_revision_id=Edition.id, working_revision_id=Edition.id))


def _add_rows(rows: Rows, number: int, text: BenchText) -> None:
    moment, kind = START + timedelta(minutes=number), kind_of(number)
    content = Content(
        title=text.title[:200], summary=text.text[:300], how=f"<p>{text.text}</p>", kind=kind, topics=(topic_of(number),),
        stage=STAGES[number % len(STAGES)], started_on=str(2020 + number % 4), ending=ENDINGS[number % len(ENDINGS)],
    )  # fmt: skip
    rows[Practice].append(
        {"id": number, "reference": f"CAC-2020-{number:04}", "city_id": number % CITIES + 1, "status": "published",
         "original_language": text.language, "kind": kind, "created_at": moment, "changed_at": moment,
         "published_at": moment, "as_of": moment.date(), "public_version": 1, "public_changed_at": moment, "row_version": 1}
    )  # fmt: skip
    rows[Edition].append({"id": number, "practice_id": number, "language": text.language, "is_original": True})
    rows[Revision].append(
        {"id": number, "edition_id": number, "number": 1, "saved_at": moment, "content": content.to_json()}
    )
    listed: dict[str, object] = {"practice_id": number, "position": 0, "scheme": "cac", "scheme_version": "1"}
    rows[PracticeTopic].append(listed | {"code": topic_of(number)})
    rows[PracticePlace].append(listed | {"code": PLACES[number % len(PLACES)]})
