"""The search page: filters that can be shared and taken away, and a page for whatever people type."""

from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import TranslationMethod
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.search import missing, sync
from cac.search.spelling import SpellingKeeper
from cac.settings import Settings
from tests.factories import AT, make_city, make_practice
from tests.web.checked_client import CheckedClient

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"


@pytest.fixture
def library(session: Session, session_factory: SessionFactory, settings: Settings) -> None:
    """Three practices of two cities, indexed."""
    with transaction(session):
        seoul = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
        bogota = make_city(session, slug="bogota", country="CO", language="es", names={"en": "Bogotá"})
        make_practice(session, status=Status.PUBLISHED, city=seoul, language="ko", title="지하철 소독")
        make_practice(session, status=Status.PUBLISHED, city=seoul, title="Disinfecting subway cars", topics=("1b",))
        make_practice(
            session, status=Status.PUBLISHED, city=bogota, language="es", title="Limpieza de mercados", topics=("9",)
        )
    sync.catch_up(session_factory, settings)


def search(client: CheckedClient, query: str, locale: str = "en") -> str:
    answer = client.get(f"/{locale}/search?{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("library")
def test_results_mark_the_words_that_were_found(client: CheckedClient) -> None:
    page = search(client, "q=subway")
    assert "<mark>subway</mark>" in page
    assert "Seoul" in page
    assert "Original: English" in page


@pytest.mark.usefixtures("library")
def test_filters_show_as_chips_and_each_can_be_taken_away(client: CheckedClient) -> None:
    page = search(client, "q=&lang=es&topic=9&page=1")
    assert "Limpieza de mercados" in page
    assert "Disinfecting subway cars" not in page
    assert 'href="/en/search?lang=es"' in page
    assert 'href="/en/search?topic=9"' in page
    assert "Remove all" in page


@pytest.mark.usefixtures("library")
def test_places_countries_stages_and_years_narrow_too(client: CheckedClient) -> None:
    page = search(client, "country=CO&place=public-transport&stage=in_force&year=2020&in_use=yes&sort=checked")
    assert "Limpieza de mercados" in page
    assert "Disinfecting subway cars" not in page
    assert "Colombia" in page
    assert 'name="place" value="public-transport" checked' in page
    assert "Still in use" in page
    assert search(client, "year=1999").count("<article") == 0


@pytest.mark.usefixtures("library")
def test_what_leaves_no_choice_is_not_shown(client: CheckedClient) -> None:
    page = search(client, "")
    assert 'name="country"' in page
    assert 'name="stage"' not in page


@pytest.mark.usefixtures("library")
def test_filters_name_cities_in_the_language_of_the_interface(client: CheckedClient) -> None:
    page = search(client, "city=seoul", "ko")
    assert 'value="seoul" checked><bdi>서울</bdi>' in page


@pytest.mark.usefixtures("library")
def test_finding_nothing_is_never_a_dead_end(client: CheckedClient) -> None:
    page = search(client, "q=xylophone&topic=9&lang=ko")
    assert "Nothing was found" in page
    assert "See all practices" in page
    assert "/en/search?topic=1" in page


@pytest.mark.usefixtures("library")
def test_each_filter_in_the_way_says_what_dropping_it_gives(client: CheckedClient) -> None:
    page = search(client, "q=subway&topic=1b&lang=es")
    assert 'href="/en/search?q=subway&amp;topic=1b">Without Español</a>: 1 practice' in page
    assert "Without Public transport" not in page
    assert 'href="/en/search?q=subway">Without any filter</a>: 1 practice' in page
    assert "Topics that come near" in page


@pytest.mark.usefixtures("library")
def test_topics_come_near_by_their_names_when_the_words_find_nothing(client: CheckedClient) -> None:
    page = search(client, "q=zebra+waste&lang=ko")
    assert "All topics with practices" in page


def test_a_result_says_which_text_was_found_and_who_translated(
    client: CheckedClient, session: Session, session_factory: SessionFactory, settings: Settings
) -> None:
    with transaction(session):
        practice = make_practice(session, language="ko", title="지하철 환기", summary="창문", why="", how="")
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="en", method=TranslationMethod.MACHINE,
            content=Content(title="Open the windows", summary="Carriages"), at=AT,
        )  # fmt: skip
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    sync.catch_up(session_factory, settings)
    page = search(client, "q=%ED%99%98%EA%B8%B0")
    assert "Open the windows" in page
    assert "Found in the Korean text" in page
    assert "Machine translation" in page


def test_an_excerpt_from_a_machine_translation_says_so_beside_an_original_title(
    client: CheckedClient, session: Session, session_factory: SessionFactory, settings: Settings
) -> None:
    with transaction(session):
        practice = make_practice(session, title="Clean subway", summary="Daily", why="", how="")
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="es", method=TranslationMethod.MACHINE,
            content=Content(title="Metro", summary="Desinfección diaria del metro"), at=AT,
        )  # fmt: skip
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    sync.catch_up(session_factory, settings)
    page = search(client, f"q={quote('desinfección')}")
    assert ">Clean subway</a>" in page
    assert "<mark>Desinfección</mark>" in page
    assert "Found in the Spanish text, a machine translation" in page
    assert '<span class="tag">Machine translation</span>' not in page, "the title is the original"


@pytest.fixture
def words_known(library: None, session_factory: SessionFactory, settings: Settings) -> None:
    """The words of the library, to complete others with."""
    SpellingKeeper(session_factory, settings.index_dir).keep_up()


@pytest.mark.usefixtures("words_known")
def test_the_beginning_of_a_word_leads_on_without_javascript(client: CheckedClient) -> None:
    page = search(client, "q=disinf&lang=en")
    assert '<a href="/en/search?q=disinfecting&amp;lang=en"><bdi>disinfecting</bdi></a>: 1 practice' in page
    assert ">Disinfecting subway cars</a> <small>Practice of Seoul</small>" in page
    assert ">Seoul</a> <small>City</small>" in search(client, "q=seo&lang=es")
    found = search(client, "q=subway")
    assert found.count("Disinfecting <mark>subway</mark> cars") == 1
    assert "Perhaps also" not in found, "what is among the results is not offered again"


@pytest.mark.usefixtures("words_known")
def test_suggestions_are_a_page_where_html_is_asked_for(client: CheckedClient) -> None:
    assert 'formaction="/en/search/suggest"' in search(client, "")
    answer = client.get("/en/search/suggest?q=disinf", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    page = answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"
    assert "Accept" in answer.vary
    assert '<a href="/en/search?q=disinfecting"><bdi>disinfecting</bdi></a>: 2 practices' in page
    assert ">Disinfecting subway cars</a>" in page
    assert "public" not in answer.headers["Cache-Control"]
    data = client.get("/en/search/suggest?q=disinf", headers={"Accept": "*/*"})
    assert data.get_json()["status"] == "2 suggestions"
    assert "Accept" in data.vary
    for typed in ("", "zzzz", "<script>alert(1)</script>", "x" * 5000):
        assert "<script>" not in client.get(
            f"/en/search/suggest?q={quote(typed)}", headers={"Accept": "text/html"}
        ).get_data(as_text=True)


@pytest.mark.usefixtures("library")
def test_a_page_beyond_the_last_one_leads_back(client: CheckedClient) -> None:
    assert client.get("/en/search?page=999").status_code == 200
    assert client.get("/en/search?page=99999999999999999999").status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "x" * 10_000,
        "\x00\x07\u202e",
        "***",
        "?*?*?*?*",
        "title:*",
        "'; DROP TABLE practices; --",
        '"unfinished',
        "<script>alert(1)</script>",
        "a AND (b OR",
        "𠀀🚌",
    ],
)
@pytest.mark.usefixtures("library")
def test_whatever_is_typed_gives_a_page(client: CheckedClient, words: str) -> None:
    page = search(client, f"q={quote(words)}")
    assert "<script>" not in page
    assert page.count("<script") == 1, "only our own module of suggestions"


@pytest.mark.parametrize(
    "query",
    [
        "lang=xx&lang=%00",
        "city=../../etc",
        "topic=99&kind=no",
        "sort=drop",
        "page=-1",
        "page=1e9",
        "lang=" + "a" * 5000,
        "&".join(f"city=c{number}" for number in range(500)),
    ],
)
@pytest.mark.usefixtures("library")
def test_filters_that_make_no_sense_give_a_page(client: CheckedClient, query: str) -> None:
    search(client, query)


def test_the_search_answers_while_there_is_no_index(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, title="Disinfecting subway cars")
    assert "Disinfecting" in search(client, "q=subway")


def test_a_reference_leads_to_its_practice_and_an_unknown_one_to_a_search(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        practice = make_practice(session, city=make_city(session), status=Status.PUBLISHED)
    answer = client.get(f"/en/search?q={practice.reference.lower()}")
    assert (answer.status_code, answer.location) == (302, f"/en/practices/{practice.reference}")
    assert client.get("/en/search?q=CAC-1999-0001").status_code == 200


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("typed", "chosen", "chip"),
    [
        ("City:서울", "city=seoul", "Seoul"),
        ('topic:"public transport"', "topic=1b", "Public transport"),
        ("topic:대중교통", "topic=1b", "Public transport"),
        ("lang:español", "lang=es", "Español"),
        ("place:public-transport", "place=public-transport", "Public transport"),
    ],
)
def test_a_typed_filter_is_shown_and_taken_away_like_a_chosen_one(
    client: CheckedClient, typed: str, chosen: str, chip: str
) -> None:
    page = search(client, f"q={quote(f'limpieza subway {typed}')}&sort=newest")
    name, value = chosen.split("=")
    assert f'name="{name}" value="{value}" checked' in page
    assert 'name="q" type="search" maxlength="256" autocomplete="off"' in page
    assert 'value="limpieza subway"' in page
    assert f"{chip}</bdi>" in page
    assert 'href="/en/search?q=limpieza+subway&amp;sort=newest"><bdi' in page


@pytest.mark.usefixtures("library")
def test_what_is_left_out_by_a_filter_is_a_chip_too(client: CheckedClient) -> None:
    page = search(client, f"q={quote('-city:서울 -lang:korean')}")
    assert "Limpieza de mercados" in page
    assert "Disinfecting subway cars" not in page
    assert '<a class="chip on" href="/en/search?q=-language%3Ako"><bdi>not Seoul</bdi>' in page
    assert 'value="-city:seoul -language:ko"' in page


@pytest.mark.usefixtures("library")
def test_dropping_a_typed_filter_says_what_it_would_give(client: CheckedClient) -> None:
    page = search(client, f"q={quote('subway lang:spanish')}")
    assert 'href="/en/search?q=subway">Without Español</a>: 1 practice' in page
    page = search(client, f"q={quote('subway -topic:1b -city:lima')}")
    assert 'href="/en/search?q=subway+lima">' not in page
    page = search(client, f"q={quote('subway -topic:1b')}")
    assert 'href="/en/search?q=subway">With Public transport too</a>: 1 practice' in page


def test_while_there_is_no_index_a_typed_filter_holds_and_stays_in_the_form(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, title="One", city=make_city(session, slug="seoul"))
        make_practice(session, status=Status.PUBLISHED, title="Two", city=make_city(session, slug="lima"))
    page = search(client, "q=city:lima")
    assert ("One" in page, "Two" in page) == (False, True)
    assert '<input type="hidden" name="city" value="lima">' in page


@pytest.mark.usefixtures("library")
def test_the_parameter_of_the_api_for_languages_is_taken_too(client: CheckedClient) -> None:
    page = search(client, "language=es")
    assert page.count("<article") == 1
    assert 'name="lang" value="es" checked' in page


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("letter", ["x", "소", "%"])
def test_a_monstrous_query_makes_no_monstrous_page(client: CheckedClient, letter: str) -> None:
    usual = len(search(client, f"q={quote(letter * 50)}"))
    page = search(client, f"q={quote(letter * 10_000)}&city=seoul&lang=es&x={'y' * 5_000}")
    assert len(page) < usual + 40_000
    assert quote(letter * 257) not in page


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "noted"),
    [
        ("q=zebras", ["zebras"]),
        ("q=city:seoul+lang:es", []),
        ("q=-lang:en+-lang:ko+-lang:es", []),
        ("q=zebras+city:seoul", []),
        ("q=zebras+city:atlantis", ["zebras atlantis"]),
    ],
)
def test_only_words_without_filters_are_noted_as_missing(
    client: CheckedClient, app: Flask, session: Session, query: str, noted: list[str]
) -> None:
    client.get(f"/en/search?{query}", headers={"User-Agent": BROWSER})
    services = app.extensions["cac"]
    services.missing.write(services.session_factory)
    assert [row.words for row in missing.list_missing(session)[0]] == noted
