"""The statistics that everybody sees: the page, a practice's readers, and the numbers as JSON and CSV."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from babel.dates import format_date
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.db import SessionFactory, transaction
from cac.practices import service
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.practices.workflow import Status
from cac.settings import Settings
from cac.stats.models import ViewDay, ViewRoller, ViewTotal
from cac.stats.robots import RULES_VERSION
from cac.stats.roller import Roller
from tests.factories import make_city, make_person, make_practice
from tests.web.checked_client import CheckedClient

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
Read = Callable[..., None]


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    """The rows of a CSV file by its columns."""
    return list(csv.DictReader(StringIO(answer.get_data().decode("utf-8-sig"))))


@pytest.fixture
def practice(session: Session) -> Practice:
    with transaction(session):
        city = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
        return make_practice(session, status=Status.PUBLISHED, city=city, title="Bus disinfection")


@pytest.fixture
def read(client: CheckedClient, session_factory: SessionFactory, settings: Settings) -> Read:
    """Read a practice as so many visitors, and count that."""

    def read(practice: Practice, visitors: int = 1) -> None:
        for number in range(visitors):
            client.get(
                f"/en/practices/{practice.reference}-bus-disinfection",
                headers={"User-Agent": FIREFOX},
                environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
        roller = Roller(session_factory, settings)
        roller.roll(now())
        roller.close()

    return read


def test_without_any_view_the_page_says_so(client: CheckedClient) -> None:
    page = client.get("/en/statistics").get_data(as_text=True)
    assert "Nothing has been counted yet." in page
    assert "these will stand here: the views of each day and each month" in page
    assert "made-up" not in page
    assert '<svg class="plot' not in page
    assert "of this definition" in page
    assert '<code dir="ltr">is_running</code> marks the day that is not over' in page


def test_the_page_shows_the_total_the_days_and_what_is_read_most(
    client: CheckedClient, practice: Practice, read: Read
) -> None:
    read(practice, visitors=3)
    page = client.get("/en/statistics").get_data(as_text=True)
    assert "<b>3</b> views of all practices" in page
    assert "Counted until" in page
    assert "by topic" in page
    assert page.count("Bus disinfection") == 3
    assert "South Korea" in page
    assert "Counting is late" not in page
    assert "서울" in client.get("/ko/statistics").get_data(as_text=True)


def test_the_total_says_since_when_and_requests_and_downloads_stand_beside_it(
    client: CheckedClient, practice: Practice, read: Read, settings: Settings
) -> None:
    read(practice, visitors=2)
    read(practice, visitors=1)
    client.get(f"/en/practices/{practice.reference}.md", headers={"User-Agent": FIREFOX})
    read(practice, visitors=0)
    page = client.get("/en/statistics").get_data(as_text=True)
    today = format_date(day_in(settings.timezone, now()), "long", locale="en_001")
    assert "<b>2</b> views of all practices" in page
    assert f"Since {today}, withdrawn practices included." in page
    assert "<dt>Requests</dt><dd>3 <small>" in page
    assert "<dt>Downloads</dt><dd>1 <small>" in page
    assert f"Most read since {today}" in page
    assert page.count("(not over yet)</bdi><svg") == 1, "the running month is marked in the table"


def test_a_running_month_is_so_far_and_one_that_is_over_is_not(
    client: CheckedClient, session: Session, practice: Practice, read: Read, settings: Settings
) -> None:
    read(practice)
    assert " so far, by country of the city</h2>" in client.get("/en/statistics").get_data(as_text=True)
    before = day_in(settings.timezone, now()).replace(day=1) - timedelta(days=1)
    with transaction(session):
        session.execute(update(ViewDay).values(day=before))
    page = client.get("/en/statistics").get_data(as_text=True)
    assert f"Most read in {before.strftime('%B %Y')}, by topic</h2>" in page
    assert "so far, by" not in page


def test_the_beginning_of_each_list_of_the_most_read_is_open_and_the_rest_folded(
    client: CheckedClient, session: Session, read: Read
) -> None:
    countries = {"KR": 1, "FR": 4, "DE": 2, "JP": 3}
    for number, (country, visitors) in enumerate(countries.items()):
        with transaction(session):
            city = make_city(session, slug=f"city-{number}", country=country)
            practice = make_practice(
                session, status=Status.PUBLISHED, city=city, title="Bus disinfection", topics=(str(number + 1),)
            )
        read(practice, visitors=visitors)
    page = client.get("/en/statistics").get_data(as_text=True)
    by_topic, by_country = (
        page.split(f'id="{key}"', 1)[1].split("</section>", 1)[0] for key in ("by-topic", "by-country")
    )
    shown, folded = by_country.split('<details class="fold">')
    names = re.findall(r'<b class="small">([^<]+)</b>', shown)
    assert names == ["France", "Japan", "Germany"], "most read first"
    assert "1 more country or region</summary>" in folded
    assert "South Korea" in folded
    assert by_topic.split('<details class="fold">')[0].count("<li>") == 3
    assert "1 more topic</summary>" in by_topic


def test_the_rest_of_the_most_read_goes_on_counting(client: CheckedClient, session: Session, read: Read) -> None:
    with transaction(session):
        city = make_city(session, slug="seoul")
        practices = [
            make_practice(session, status=Status.PUBLISHED, city=city, title="Bus disinfection") for _ in range(6)
        ]
    for number, practice in enumerate(practices):
        read(practice, visitors=7 - number)
    overall = client.get("/en/statistics").get_data(as_text=True).split('id="overall"', 1)[1].split("</section>", 1)[0]
    shown, folded = overall.split('<details class="fold">')
    assert shown.count("<li>") == 5
    assert '<ol class="rank" start="6">' in folded
    assert '<rect width="29" height="5"/>' in folded, "its bar is in proportion to the first of all: 2 of 7"


def test_who_is_signed_in_is_led_to_their_own_numbers(
    client: CheckedClient, session: Session, practice: Practice, read: Read, sign_in: Callable[..., None]
) -> None:
    read(practice)
    with transaction(session):
        official = make_person(session, role=Role.AUTHOR, city=make_city(session, slug="lyon", country="FR"))
    sign_in(client, official)
    assert "Readers of your city" in client.get("/en/statistics").get_data(as_text=True)


def test_statistics_and_the_page_about_the_site_lead_to_the_files(client: CheckedClient) -> None:
    for path in ("/en/statistics", "/en/about"):
        page = client.get(path).get_data(as_text=True)
        for address in re.findall(r'href="(?:http://localhost)?(/(?:stats|api)[^"]*)"', page):
            assert client.get(address).status_code == 200
        assert 'href="/stats.csv"' in page or 'href="http://localhost/stats.csv"' in page
    assert "time zone <bdi" in client.get("/en/statistics").get_data(as_text=True)


def test_a_city_shows_its_readers_and_leads_to_its_files(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    page = client.get("/en/cities/seoul").get_data(as_text=True)
    assert "No practice of Seoul has been read yet." in page
    read(practice, visitors=2)
    with transaction(session):
        service.withdraw(session, practice, actor=THE_PROGRAM, reason="Wrong.", at=now())
    page = client.get("/en/cities/seoul").get_data(as_text=True)
    assert "<b>2 views</b>, 0 downloads" in page
    assert re.search(r"Views since \d+ \w+ \d{4}, withdrawn practices included\.", page)
    assert "0 practices" in page
    assert "Views on each of the last 30 days" in page
    for ending in ("csv", "json"):
        assert f'href="/stats/cities/seoul.{ending}"' in page


def test_the_home_page_says_of_which_time_the_most_read_are(
    client: CheckedClient, practice: Practice, read: Read
) -> None:
    read(practice)
    day = day_in("UTC", now())
    assert f"Since {day.day} {day:%B} {day.year} · " in client.get("/en/").get_data(as_text=True)


def test_the_page_marks_that_counting_is_late(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    read(practice)
    with transaction(session):
        session.execute(update(ViewRoller).values(rolled_until=now() - timedelta(seconds=90)))
    assert "Counting is late" in client.get("/en/statistics").get_data(as_text=True)
    assert client.get("/stats.json").json["is_late"] is True


def test_a_practice_shows_its_readers(client: CheckedClient, session: Session, practice: Practice, read: Read) -> None:
    address = f"/en/practices/{practice.reference}-bus-disinfection"
    assert "<polyline" not in client.get(address).get_data(as_text=True)
    read(practice, visitors=2)
    page = client.get(address).get_data(as_text=True)
    assert "2 views" in page
    assert "of them in the last 30 days" not in page, "which would be all of them"
    day = day_in("UTC", now())
    assert f"</b> since {day.day} {day:%B} {day.year}</p>" in page
    assert '<polyline class="dot" vector-effect="non-scaling-stroke" points="5,0 5,0"/>' in page, (
        "one day makes no line"
    )
    assert "English 2" in page
    table = page.split('<section class="panel reads">', 1)[1].split("</section>", 1)[0]
    assert table.count('<th scope="row">') == 1, "the days before the first view are left out"
    assert '</bdi> <small>(not over yet)</small></th><td class="n"><bdi>2</bdi></td></tr></tbody>' in table
    assert ": not over yet.</desc>" in table
    assert "<span>2</span><span>0</span>" in table, "the scale"
    assert f"/stats/practices/{practice.reference}.csv" in table


def test_a_practice_says_how_many_of_its_views_are_recent_where_these_are_not_all(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    read(practice, visitors=2)
    with transaction(session):
        session.execute(update(ViewTotal).where(ViewTotal.scope == "practice").values(views=7))
    page = client.get(f"/en/practices/{practice.reference}-bus-disinfection").get_data(as_text=True)
    assert "2 of them in the last 30 days" in page


def test_the_chart_of_the_site_begins_with_its_first_counted_day_and_says_that_today_is_not_over(
    client: CheckedClient, practice: Practice, read: Read
) -> None:
    assert "As a table" not in client.get("/en/statistics").get_data(as_text=True)
    read(practice, visitors=3)
    chart = (
        client.get("/en/statistics").get_data(as_text=True).split('<figure class="chart"', 1)[1].split("</figure>")[0]
    )
    assert chart.count('<th scope="row">') == 1
    assert "<span>4</span><span>2</span><span>0</span>" in chart
    assert chart.count("not over yet") == 4, "bar, description, axis and table"


def test_the_numbers_of_the_site_a_practice_and_a_city_agree(
    client: CheckedClient, practice: Practice, read: Read
) -> None:
    read(practice, visitors=2)
    for path in ("/stats", f"/stats/practices/{practice.reference}", "/stats/cities/seoul"):
        numbers = client.get(f"{path}.json").json
        assert numbers["views"] == 2
        assert numbers["definition"]["version"] == "1"
        assert [(day["views"], day["visitors"]) for day in numbers["days"]] == [(2, 2)]
        (row,) = rows_of(client.get(f"{path}.csv"))
        assert ",".join(row) == (
            "definition,day,views,requests,visitors,downloads,robot_rules,is_running,counted_until,has_visitors_twice"
        )
        assert list(row.values())[:7] == ["1", numbers["days"][0]["day"], "2", "2", "2", "0", RULES_VERSION]


def test_a_day_on_which_visitors_may_be_counted_twice_is_marked_in_all_files(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    read(practice)
    paths = "/stats", f"/stats/practices/{practice.reference}", "/stats/cities/seoul"
    for is_broken in (False, True):
        with transaction(session):
            session.execute(update(ViewDay).where(ViewDay.scope == "site").values(salt_breaks=int(is_broken)))
        for path in paths:
            assert [day["has_visitors_twice"] for day in client.get(f"{path}.json").json["days"]] == [is_broken]
            (row,) = rows_of(client.get(f"{path}.csv"))
            assert row["has_visitors_twice"] == ("yes" if is_broken else "no")


def test_the_day_that_is_not_over_is_marked_in_all_files(
    client: CheckedClient, session: Session, practice: Practice, read: Read, settings: Settings
) -> None:
    read(practice)
    with transaction(session):
        session.execute(update(ViewDay).values(day=day_in(settings.timezone, now()) - timedelta(days=1)))
    read(practice)
    for path in ("/stats", f"/stats/practices/{practice.reference}", "/stats/cities/seoul"):
        assert [day["is_running"] for day in client.get(f"{path}.json").json["days"]] == [False, True]
        answer = client.get(f"{path}.csv")
        assert [row["is_running"] for row in rows_of(answer)] == ["no", "yes"]
        assert {row["counted_until"] for row in rows_of(answer)} == {answer.headers["Counted-Until"]}


def test_a_day_keeps_the_versions_by_which_it_was_counted(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    read(practice)
    with transaction(session):
        session.execute(update(ViewDay).values(definition_version="0.9", rules_version="2019-12-31"))
    for path in ("/stats", f"/stats/practices/{practice.reference}", "/stats/cities/seoul"):
        assert [row["definition"] for row in rows_of(client.get(f"{path}.csv"))] == ["0.9"]
        numbers = client.get(f"{path}.json").json
        assert numbers["definition"]["version"] == "1"
        assert [(day["definition"], day["robot_rules"]) for day in numbers["days"]] == [("0.9", "2019-12-31")]


def test_caches_may_keep_the_numbers_and_ask_whether_they_changed(
    client: CheckedClient, practice: Practice, read: Read
) -> None:
    for path in ("/stats/cities/seoul.csv", "/stats/cities/seoul.json"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=60"
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.get_data()) == (304, b"")
        read(practice)
        changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status_code == 200


@pytest.fixture
def ask(client: CheckedClient, session: Session) -> Callable[..., TestResponse]:
    """Ask for a file when views are counted until so many seconds ago."""

    def ask(path: str, seconds_ago: int, etag: str = "") -> TestResponse:
        with transaction(session):
            session.execute(update(ViewRoller).values(rolled_until=now() - timedelta(seconds=seconds_ago)))
        return client.get(path, headers={"If-None-Match": etag})

    return ask


def test_an_idle_site_has_nothing_new_to_say_but_until_when_it_is_counted(
    practice: Practice, read: Read, ask: Callable[..., TestResponse]
) -> None:
    read(practice)
    for path in ("/stats.json", "/stats.csv"):
        first = ask(path, 30)
        later = ask(path, 5, first.headers["ETag"])
        assert later.status_code == 304
        assert later.headers["Counted-Until"] > first.headers["Counted-Until"]


def test_the_json_says_that_counting_is_late_even_to_those_who_have_the_figures(
    practice: Practice, read: Read, ask: Callable[..., TestResponse]
) -> None:
    read(practice)
    first = ask("/stats.json", 30)
    assert first.json is not None
    assert first.headers["Counted-Until"] == first.json["counted_until"]
    late = ask("/stats.json", 90, first.headers["ETag"])
    assert late.json is not None
    assert (late.status_code, late.json["is_late"]) == (200, True)


@pytest.mark.parametrize("path", ["/stats/practices/CAC-2020-9999.json", "/stats/cities/nowhere.csv"])
def test_there_are_no_numbers_of_what_is_not_there(client: CheckedClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_numbers_of_a_draft_are_not_public(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        draft = make_practice(session)
    assert client.get(f"/stats/practices/{draft.reference}.json").status_code == 404


def test_one_text_says_what_a_view_is_and_says_what_the_counting_does(client: CheckedClient) -> None:
    definition = client.get("/en/statistics").get_data(as_text=True).split('<h2 id="definition">', 1)[1]
    about = client.get("/en/about").get_data(as_text=True).split('<h2 id="views">', 1)[1]
    text = definition.split("</h2>", 1)[1].split("<h2", 1)[0]
    assert text.strip() in about
    for words in (
        "and the staff of the host while they are signed in",
        "in whatever language",
        "command line",
        "beyond 100 views of one practice or 1,000 views in all",
        "Global Privacy Control",
        "download",
    ):
        assert words in text


def test_the_versions_read_from_left_to_right_and_stay_on_one_line_in_any_language(client: CheckedClient) -> None:
    for path in ("/ar/statistics", "/ar/about"):
        page = client.get(path).get_data(as_text=True)
        assert f'<bdi dir="ltr" class="nowrap">{RULES_VERSION}</bdi>' in page


def test_numbers_side_by_side_are_parted_as_the_language_does(
    client: CheckedClient, session: Session, practice: Practice, read: Read
) -> None:
    read(practice)
    with transaction(session):
        session.execute(update(ViewTotal).where(ViewTotal.scope == "practice").values(views=7))
    page = client.get(f"/ar/practices/{practice.reference}-bus-disinfection").get_data(as_text=True)
    panel = page.split('<section class="panel reads">', 1)[1].split("</p>", 1)[0]
    assert re.search(r"</b> منذ [^<]*، ", panel)
