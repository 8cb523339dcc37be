"""Filters and counts: each facet is counted with its own filter left out, a practice once, whatever its editions."""

import shutil

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import Practice, TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.vocabulary import Ending, Kind, Stage
from cac.search.facet_table import FACETS, Facet
from cac.search.request import SearchPage
from cac.search.sync import catch_up
from cac.settings import Settings
from cac.stats.models import Scope, ViewTotal
from tests.factories import AT, make_city
from tests.features.search.conftest import Publish, Search, references

FILTERS = [
    ("languages", "es", "en"),
    ("cities", "lima", "seoul"),
    ("countries", "PE", "KR"),
    ("topics", "2", "1"),
    ("places", "markets-shops", "events"),
    ("kinds", "tool", "protocol"),
    ("stages", "pilot", "in_force"),
    ("years", "2019", "2020"),
    ("in_use", "no", "yes"),
]


def counts(page: SearchPage, name: str) -> dict[str, int]:
    return {count.value: count.count for count in page.facets[name]}


@pytest.fixture
def two(session: Session, publish: Publish) -> tuple[Practice, Practice]:
    """Two practices that differ in every facet: one of Seoul, one of Lima."""
    seoul = make_city(session, slug="seoul")
    lima = make_city(session, slug="lima", country="PE", language="es")
    first = publish(now=False, city=seoul, places=("public-transport", "events"), as_of="2020-03-01")
    second = publish(
        city=lima, language="es", title="Bus limpio", topics=("2", "3"), places=("markets-shops", "events"), kind=Kind.TOOL,
        stage=Stage.PILOT, started_on="2019-03", ending=Ending.ENDED, ended_on="2019-04", as_of="2020-04-02",
    )  # fmt: skip
    return first, second


@pytest.mark.parametrize("source", ["index", "database"])
@pytest.mark.parametrize(("asked", "value", "other"), FILTERS)
def test_a_filter_leaves_what_has_its_value(
    two: tuple[Practice, Practice], search: Search, settings: Settings, asked: str, value: str, other: str, source: str
) -> None:
    if source == "database":
        shutil.rmtree(settings.index_dir)
    page = search("bus", **{asked: (value,)})
    assert (page.source, references(page)) == (source, [two[1].reference])
    assert search("bus", **{asked: (value, other)}).total == 2
    assert search("bus", **{asked: ("nothing",)}).total == 0


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.name)
def test_a_facet_counts_with_its_own_filter_left_out(
    two: tuple[Practice, Practice], search: Search, facet: Facet
) -> None:
    asked, value, other = next(each for each in FILTERS if each[0] == facet.asked)
    own = search("bus", **{asked: (value,)})
    assert counts(own, facet.name)[value] == 1
    assert counts(own, facet.name)[other] >= 1
    assert [count.selected for count in own.facets[facet.name] if count.value == value] == [True]
    elsewhere = "cities" if asked != "cities" else "kinds"
    narrowed = search("bus", **{elsewhere: ("seoul",) if elsewhere == "cities" else ("protocol",)})
    assert sum(counts(narrowed, facet.name).values()) < sum(counts(search("bus"), facet.name).values())


def test_a_practice_with_several_values_counts_for_each(two: tuple[Practice, Practice], search: Search) -> None:
    assert counts(search("bus"), "place") == {"events": 2, "public-transport": 1, "markets-shops": 1}
    assert counts(search("bus"), "topic") == {"1": 1, "1b": 1, "2": 1, "3": 1}


def test_a_translation_is_filtered_by_the_facts_of_its_original(
    session: Session, session_factory: SessionFactory, settings: Settings, publish: Publish, search: Search
) -> None:
    practice = publish(stage=Stage.PILOT, started_on="2019")
    with transaction(session):
        text = Content(title="버스 소독", summary="매일 소독한다.", office="교통과")
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="ko", method=TranslationMethod.HUMAN, content=text, at=AT
        )
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    catch_up(session_factory, settings)
    page = search("소독", stages=("pilot",), years=("2019",))
    assert references(page) == [practice.reference]
    assert (counts(page, "stage"), counts(page, "year")) == ({"pilot": 1}, {"2019": 1})
    assert counts(search(""), "language") == {"en": 1, "ko": 1}
    assert counts(search(""), "city") == {practice.city.slug: 1}, "counted once although it has two editions"


def test_results_are_sorted_by_the_day_they_were_checked_and_by_views(
    session: Session, two: tuple[Practice, Practice], search: Search, settings: Settings
) -> None:
    checked = [two[1].reference, two[0].reference]
    assert references(search("bus", sort="checked")) == checked
    with transaction(session):
        session.add(ViewTotal(scope=Scope.PRACTICE, scope_id=two[0].id, measure="view", views=7, raw=7))
    assert references(search("bus", sort="views")) == checked[::-1]
    shutil.rmtree(settings.index_dir)
    assert references(search("bus", sort="checked")) == checked
