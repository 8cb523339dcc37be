"""Filters that are typed: by code or by name, for a facet or against it, with an index and without one."""

import shutil

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import Practice, TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.vocabulary import Kind, Stage
from cac.search.reader import IndexReader
from cac.search.relaxing import relax
from cac.search.request import SearchRequest
from cac.search.sync import catch_up
from cac.search.typed_filters import Label
from cac.settings import Settings
from tests.factories import AT, make_city
from tests.features.search.conftest import Publish, Search, references

LABELS = {
    "topic": (
        Label("1b", "en", "Public transport"),
        Label("2", "en", "Ventilation and indoor air"),
        Label("2", "ko", "환기와 실내 공기"),
        Label("2", "ar", "التهوية والهواء في الأماكن المغلقة"),
    ),
    "kind": (Label("tool", "en", "Tool"),),
}


@pytest.fixture
def two(session: Session, publish: Publish, index: IndexReader) -> tuple[Practice, Practice]:
    """A practice of Hong Kong in Chinese and one of Seoul in English, both with the word bus, that differ in every facet."""
    index.labels = lambda: LABELS
    hong_kong = make_city(
        session, slug="hong-kong", country="HK", names={"en": "Hong Kong", "zh-Hant": "香港", "fr": "Hong-Kong"}
    )
    seoul = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
    first = publish(
        now=False, city=hong_kong, language="zh-Hant", title="巴士 bus 通風", topics=("2",), places=("events",), kind=Kind.TOOL,
        stage=Stage.PILOT, started_on="2019-03",
    )  # fmt: skip
    second = publish(city=seoul, title="Cleaning each bus")
    return first, second


FOR_HONG_KONG = [
    "city:hong-kong", 'City:"hong kong"', "city:香港", "CITY:Hong-Kong,", "city:「香港」", "topic:2",
    "topic:ventilation", "topic:환기",
    "topic:التهوية", 'topic:"indoor air"', "lang:zh", "lang:zh-Hant", "lang:ZH-tw", "lang:chinese", "language:中文",
    "place:events", "kind:tool", "country:hk", "year:2019", "stage:pilot", "-city:seoul", "-topic:1", "-lang:en",
    "-kind:protocol", "-city:서울", "-lang:english",
]  # fmt: skip


@pytest.mark.parametrize("source", ["index", "database"])
@pytest.mark.parametrize("typed", FOR_HONG_KONG)
def test_a_filter_is_typed_by_code_or_by_name(
    two: tuple[Practice, Practice], search: Search, settings: Settings, typed: str, source: str
) -> None:
    if source == "database":
        shutil.rmtree(settings.index_dir)
    for words in (typed, f"bus {typed}", f"{typed} bus"):
        page = search(words)
        assert (page.source, references(page)) == (source, [two[0].reference])
        assert page.request.words in ("", "bus")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("typed", ["city:nowhere", "topic:99", "lang:klingon", "year:soon", "country:narnia"])
def test_a_value_that_means_nothing_is_a_word(search: Search, typed: str) -> None:
    page = search(f"bus {typed}")
    assert page.total == 2
    assert page.request.words == f"bus {typed.partition(':')[2]}"
    assert search(f"bus -{typed}").request.words == f"bus -{typed.partition(':')[2]}"


@pytest.mark.usefixtures("two")
def test_names_in_the_readers_language_are_known(search: Search) -> None:
    assert search("lang:anglais", locale="fr").request.languages == ("en",)
    assert search("country:Corée-du-Sud", locale="fr").request.words == "Corée-du-Sud"
    assert search('country:"corée du sud"', locale="fr").request.countries == ("KR",)


@pytest.mark.usefixtures("two")
def test_what_was_understood_is_understood_in_the_same_way_again(search: Search) -> None:
    page = search("bus city:seoul -topic:2 -lang:chinese city:nowhere")
    assert page.words == "-topic:2 -language:zh-Hans -language:zh-Hant bus nowhere"
    again = search(page.words, cities=page.request.cities)
    assert again.request == page.request


def test_a_typed_filter_can_be_dropped_like_a_chosen_one(
    two: tuple[Practice, Practice], session: Session, index: IndexReader
) -> None:
    assert two
    relaxed = relax(session, index, SearchRequest("cleaning city:香港 -lang:en"))
    assert relaxed.without == {("city", "hong-kong"): 0}
    assert relaxed.allowing == {("language", "en"): 0}
    relaxed = relax(session, index, SearchRequest("cleaning -lang:en"))
    assert (relaxed.allowing, relaxed.all_filters) == ({("language", "en"): 1}, 1)


@pytest.mark.parametrize("source", ["index", "database"])
def test_a_practice_is_excluded_by_a_word_of_any_of_its_editions(
    session: Session,
    session_factory: SessionFactory,
    settings: Settings,
    publish: Publish,
    search: Search,
    source: str,
) -> None:
    translated = publish(
        now=False,
        language="es",
        title="Desinfección covid",
        summary="Autobuses.",
        why="",
        how="",
        city=make_city(session),
    )
    other = publish(now=False, title="Covid markets", summary="-", why="", how="")
    with transaction(session):
        text = Content(title="Bus covid", summary="Every bus.", office="Transport")
        service.add_translation(
            session, translated, actor=THE_PROGRAM, language="en", method=TranslationMethod.HUMAN, content=text, at=AT
        )
        service.publish(session, translated, actor=THE_PROGRAM, at=AT)
    catch_up(session_factory, settings)
    if source == "database":
        shutil.rmtree(settings.index_dir)
    assert search("covid").total == 2
    for words in ("covid -bus", "covid -lang:en -lang:es", "covid -lang:es", "-bus"):
        expected = [] if "lang:en" in words else [other.reference]
        assert references(search(words)) == expected


@pytest.mark.parametrize("source", ["index", "database"])
def test_an_excluded_word_may_be_the_name_of_the_city(
    two: tuple[Practice, Practice], search: Search, settings: Settings, source: str
) -> None:
    if source == "database":
        shutil.rmtree(settings.index_dir)
    for word in ("seoul", "Seoul", "서울", "cleaning"):
        assert references(search(f"bus -{word}")) == [two[0].reference]
