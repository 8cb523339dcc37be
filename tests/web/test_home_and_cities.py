"""The home page, the topics, the member cities and what search engines ask for."""

from sqlalchemy.orm import Session

from cac.db import transaction
from cac.practices.workflow import Status
from tests.factories import make_city, make_practice
from tests.web.checked_client import CheckedClient


def test_the_home_page_of_an_empty_instance_is_a_page(client: CheckedClient) -> None:
    page = client.get("/en/").get_data(as_text=True)
    assert "Search in any language" in page
    assert "New and updated" not in page


def test_the_home_page_shows_what_is_new_and_how_much_there_is(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        city = make_city(session, latitude=37.57, longitude=126.98, names={"en": "Seoul", "ko": "서울"})
        for number in range(3):
            make_practice(session, status=Status.PUBLISHED, city=city, title=f"Cleaning depot {number}")
        make_practice(session, status=Status.DRAFT, city=city, title="Not yet written")
    page = client.get("/en/").get_data(as_text=True)
    assert "Cleaning depot 2" in page
    assert "Not yet written" not in page
    assert "<dt>practices published</dt><dd>3</dd>" in page
    assert "<title>Seoul: 3 practices</title>" in page


def test_the_demonstration_says_so_on_every_page(client: CheckedClient) -> None:
    client.application.extensions["cac"] = _as_demonstration(client)
    for path in ("/en/", "/en/search", "/en/topics", "/en/cities", "/en/about", "/en/nowhere"):
        assert "Demonstration:" in client.get(path).get_data(as_text=True)
    assert "checked by the city teams" not in client.get("/en/").get_data(as_text=True)


def test_a_real_instance_does_not_call_itself_a_demonstration(client: CheckedClient) -> None:
    page = client.get("/en/").get_data(as_text=True)
    assert "Demonstration:" not in page
    assert "checked by the city teams" in page


def test_topics_count_practices_with_those_of_their_sub_topics(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, topics=("1a", "1b"))
    page = client.get("/en/topics").get_data(as_text=True)
    assert 'Cleaning and disinfection</a> <span class="small muted nowrap">1 practice</span>' in page
    assert "/en/search?topic=1b" in page


def test_cities_stand_under_their_countries_in_the_language_of_the_interface(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
    assert "South Korea" in client.get("/en/cities").get_data(as_text=True)
    page = client.get("/ko/cities").get_data(as_text=True)
    assert "대한민국" in page
    assert "서울" in page


def test_a_city_shows_its_public_practices_page_by_page(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        city = make_city(session, slug="seoul", names={"en": "Seoul"})
        for number in range(21):
            make_practice(session, status=Status.PUBLISHED, city=city, title=f"Cleaning depot {number}.")
        make_practice(session, status=Status.WITHDRAWN, city=city, title="Cleaning with nothing")
    first = client.get("/en/cities/seoul").get_data(as_text=True)
    last = client.get("/en/cities/seoul?page=2").get_data(as_text=True)
    assert "Cleaning depot 20." in first
    assert "Cleaning depot 0." not in first
    assert "Cleaning depot 0." in last
    assert "Cleaning with nothing" not in first + last
    assert "21 practices" in first


def test_page_numbers_that_make_no_sense_give_the_nearest_page(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        make_city(session, slug="seoul")
    for page in ("0", "-3", "999999999999", "x"):
        assert client.get(f"/en/cities/seoul?page={page}").status_code == 200


def test_an_unknown_city_is_not_found(client: CheckedClient) -> None:
    assert client.get("/en/cities/atlantis").status_code == 404


def test_the_sitemap_names_every_edition_once_and_robots_txt_names_the_sitemap(
    client: CheckedClient, session: Session
) -> None:
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED)
        make_practice(session, status=Status.DRAFT)
    assert "http://localhost/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)
    assert "http://localhost/sitemaps/1.xml" in client.get("/sitemap.xml").get_data(as_text=True)
    listed = client.get("/sitemaps/1.xml").get_data(as_text=True)
    assert listed.count("<loc>") == 1
    assert f"http://localhost/en/practices/{practice.reference}-" in listed
    assert client.get("/sitemaps/2.xml").status_code == 404
    assert "http://localhost/ko/about" in client.get("/sitemaps/0.xml").get_data(as_text=True)


def test_visitors_get_the_stylesheet_inside_the_page_and_no_cookie(client: CheckedClient) -> None:
    answer = client.get("/en/")
    assert "<style>" in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


def _as_demonstration(client: CheckedClient) -> object:
    from dataclasses import replace

    services = client.application.extensions["cac"]
    return replace(services, settings=replace(services.settings, demonstration=True))
