"""The statistics of officials."""

from datetime import timedelta

import pytest

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.stats.models import CountryDay, ReferrerDay, ViewDay
from tests.factories import make_person, make_practice
from tests.web.insights_fixtures import (  # noqa: F401 (fixtures)
    DESK,
    book,
    official,
    rows_of,
    search_for,
    seoul,
    shown_days,
)


def test_an_official_sees_their_citys_practices_and_no_others(client, session, official, seoul):
    with transaction(session):
        ours = make_practice(session, status=Status.PUBLISHED, city=seoul, title="Bus disinfection")
        theirs = make_practice(session, status=Status.PUBLISHED, title="Tram disinfection")
        make_practice(session, city=seoul, title="Not published")
        book(session, ours, 40, 1)
        book(session, ours, 2, 4)
        book(session, ours, 1, 6)
        book(session, theirs, 1, 12_345)
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    assert "Bus disinfection" in page
    assert "+50%" in page
    assert "not over yet" in page
    assert not any(words in page for words in ("Tram disinfection", "Not published", "12,345"))
    first, today = shown_days()
    yesterday, _today = shown_days(1)
    (row,) = rows_of(client, f"{DESK}?by=day&format=csv&table=practices")[1:]
    assert row[:8] == [ours.reference, "Bus disinfection", "no", yesterday, yesterday, "6", "4", "0.5"]
    assert row[8:] == [today, today, "0", first, today, "0"]
    views = rows_of(client, f"{DESK}?by=day&format=csv&table=views")
    assert len(views) == 31
    assert views[-2][2:] == ["6", "0", "6", "0.5", "no", "no", "no"]
    assert views[-1][2:] == ["0", "0", "0", "", "yes", "no", "no"]


def test_the_last_whole_period_and_its_change_stand_at_the_top(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((2, 40), (1, 30), (0, 7)):
            book(session, practice, days_ago, views)
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    summary = page.split('<dl class="grid stats', 1)[1].split("</dl>", 1)[0]
    for words in (
        "30 views",
        "\N{MINUS SIGN}25%",
        "on the day before",
        "7 views",
        "not over yet",
        "77 views",
        "by 77 visitors",
    ):
        assert words in summary
    assert "on the month before" not in client.get(f"{DESK}?by=month").get_data(as_text=True)


def test_what_was_before_counting_began_is_a_dash_and_no_zero(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        day = book(session, practice, 0, 7)
    page = client.get(DESK).get_data(as_text=True)
    summary = page.split('<dl class="grid stats', 1)[1].split("</dl>", 1)[0]
    assert "before counting began" in summary
    assert f"Since {day.day} {day:%B} {day.year}" in summary
    assert "0 views" not in summary
    assert ">–</td>" not in page, "the table leaves out what was not counted"
    assert "<small>Views, not over yet</small></th>" in page
    assert page.split('<figure class="chart"', 1)[1].split("</figure>", 1)[0].count('<th scope="row">') == 1
    row = rows_of(client, f"{DESK}?format=csv&table=practices")[1]
    assert (row[5:8], row[10]) == (["", "", ""], "7")


def test_the_desk_opens_on_weeks_where_anything_is_published(client, session, official, seoul):
    assert "By week" not in client.get(DESK).get_data(as_text=True)
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, city=seoul)
    assert 'aria-current="true">By week' in client.get(DESK).get_data(as_text=True)
    assert 'aria-current="true">By day' in client.get(f"{DESK}?by=day").get_data(as_text=True)


def test_officials_are_told_on_which_day_visitors_may_be_counted_twice(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        day = book(session, practice, 1, 7)
        counts = {"raw": 7, "views": 7, "uniques": 7, "rules_version": "1", "salt_breaks": 1}
        session.add(ViewDay(day=day, view_class="person", scope="site", scope_id=0, measure="view", **counts))
        book(session, practice, 3, 7)
    assert client.get(f"{DESK}?by=day").get_data(as_text=True).count("visitors may be counted twice") == 1
    rows = {row[0]: row for row in rows_of(client, f"{DESK}?by=day&format=csv&table=views")}
    marks = rows["first_day"].index("has_visitors_twice"), rows["first_day"].index("is_counted_in_part")
    assert [rows[day.isoformat()][place] for place in marks] == ["yes", "no"]
    weeks = rows_of(client, f"{DESK}?by=month&format=csv&table=views")
    assert [row[marks[1]] for row in weeks[1:2]] == ["no" if (day - timedelta(days=2)).day == 1 else "yes"]


def test_no_practice_is_compared_with_the_days_before_it_was_read_in_a_whole_week(client, session, official, seoul):
    today = day_in("UTC", now())
    monday = today.weekday()
    with transaction(session):
        old = make_practice(session, status=Status.PUBLISHED, city=seoul)
        new = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((20, 4), (10, 4), (2, 4)):
            book(session, old, monday + days_ago, views)
        for days_ago, views in ((9, 3), (3, 3)):
            book(session, new, monday + days_ago, views)
    rows = {row[0]: row[5:8] for row in rows_of(client, f"{DESK}?by=week&format=csv&table=practices")[1:]}
    assert rows == {old.reference: ["4", "4", "0.0"], new.reference: ["3", "3", ""]}


def test_a_practice_that_was_read_long_ago_is_compared_in_the_table_as_on_its_own_page(
    client, session, official, seoul
):
    monday = day_in("UTC", now()).weekday()
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((200, 1), (monday + 11, 10), (monday + 4, 20)):
            book(session, practice, days_ago, views)
    (of_city,) = rows_of(client, f"{DESK}?by=week&format=csv&table=practices")[1:]
    own = rows_of(client, f"{DESK}/{practice.reference}?by=week&format=csv&table=views")[-2]
    assert of_city[5:8] == ["20", "10", "1.0"]
    assert own[5] == "1.0"


@pytest.mark.parametrize(
    ("grain", "words"), [("week", "Week of"), ("month", "Sum of daily visitors"), ("x", "By week")]
)
def test_weeks_and_months_can_be_chosen(client, session, official, seoul, grain, words):
    with transaction(session):
        book(session, make_practice(session, status=Status.PUBLISHED, city=seoul), 0, 1)
    assert words in client.get(f"{DESK}?by={grain}").get_data(as_text=True)


def test_countries_with_few_readers_are_not_named_on_the_page_nor_in_the_file(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        book(session, practice, 40, 1)
        day = book(session, practice, 1, 40)
        for country, views in (("FR", 20), ("KE", 9)):
            session.add(CountryDay(day=day, scope="practice", scope_id=practice.id, country=country, views=views))
        for host, views in (("search.example", 5), ("other", 2)):
            session.add(ReferrerDay(day=day, scope="practice", scope_id=practice.id, host=host, views=views))
    page = client.get(DESK).get_data(as_text=True)
    assert "France" in page
    assert "Kenya" not in page
    assert "search.example" in page
    days = shown_days()
    countries = rows_of(client, f"{DESK}?by=day&format=csv&table=countries")
    assert countries == [["first_day", "last_day", "country", "views"], [*days, "FR", "20"], [*days, "other", ""]]
    referrers = rows_of(client, f"{DESK}?by=day&format=csv&table=referrers")
    assert referrers == [
        ["first_day", "last_day", "site", "views"],
        [*days, "search.example", "5"],
        [*days, "other", "2"],
    ]


def test_downloads_have_a_chart_once_there_are_any(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        book(session, practice, 3, 8)
    assert "No file was downloaded in this time." in client.get(DESK).get_data(as_text=True)
    with transaction(session):
        book(session, practice, 3, 8, measure="download")
    assert 'id="downloads-svg"' in client.get(DESK).get_data(as_text=True)


def test_officials_see_the_searches_that_led_to_their_practices(client, session, official, seoul):
    with transaction(session):
        ours = make_practice(session, status=Status.PUBLISHED, city=seoul)
        book(session, ours, 40, 1)
    assert "No search of this site is known to have led 3 readers" in client.get(DESK).get_data(as_text=True)
    with transaction(session):
        theirs = make_practice(session, status=Status.PUBLISHED)
        search_for(session, ours, "bus <cleaning>", 4)
        search_for(session, ours, "=소독", 3, language="ko", days_ago=3)
        search_for(session, ours, "one reader's secret", 2)
        search_for(session, ours, "long ago", 9, days_ago=100)
        book(session, ours, 100, 9)
        search_for(session, theirs, "tram", 9)
    rows = [["bus <cleaning>", "en", "4"], ["'=소독", "ko", "3"], ["other", "", ""]]
    table = [["first_day", "last_day", "words", "language", "readers"], *([*shown_days(), *row] for row in rows)]
    for path in (DESK, f"{DESK}/{ours.reference}"):
        page = client.get(path).get_data(as_text=True)
        assert "<bdi>bus &lt;cleaning&gt;</bdi></th><td>English</td>" in page
        assert "Korean" in page
        assert not any(words in page for words in ("secret", "long ago", "tram"))
        assert rows_of(client, f"{path}?by=day&format=csv&table=searches") == table


def test_an_official_sees_how_one_practice_is_read(client, session, official, seoul):
    with transaction(session):
        ours = make_practice(session, status=Status.PUBLISHED, city=seoul, title="Bus disinfection")
        other = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((2, 4), (1, 6), (0, 1)):
            book(session, ours, days_ago, views)
        book(session, other, 3, 12_345)
        day = book(session, ours, 1, 3, measure="download")
        for country, views in (("FR", 20), ("KE", 9)):
            session.add(CountryDay(day=day, scope="practice", scope_id=ours.id, country=country, views=views))
        session.add(ReferrerDay(day=day, scope="practice", scope_id=ours.id, host="search.example", views=5))
    address = f"{DESK}/{ours.reference}"
    assert f'href="{address}?by=week"' in client.get(f"{DESK}?by=week").get_data(as_text=True)
    page = client.get(f"{address}?by=day").get_data(as_text=True)
    for words in (
        "Bus disinfection",
        "+50%",
        "11 views",
        "3 downloads",
        "France",
        "search.example",
        'id="downloads-svg"',
    ):
        assert words in page
    assert not any(words in page for words in ("12,345", "Kenya"))
    views = rows_of(client, f"{address}?by=day&format=csv&table=views")
    assert views[-2][2:] == ["6", "3", "6", "0.5", "no", "no", "no"]
    assert "Views by month" in client.get(f"{address}?by=month").get_data(as_text=True)
    countries = rows_of(client, f"{address}?format=csv&table=countries")
    assert [row[2:] for row in countries] == [["country", "views"], ["FR", "20"], ["other", ""]]
    assert client.get(f"{address}?format=csv&table=practices").status_code == 404


def test_the_readers_of_a_practice_are_shown_to_its_own_city_only(client, session, official, seoul):
    with transaction(session):
        draft = make_practice(session, city=seoul)
        theirs = make_practice(session, status=Status.PUBLISHED)
        gone = make_practice(session, city=seoul, status=Status.WITHDRAWN)
    assert client.get(f"{DESK}/{draft.reference}").status_code == 404
    assert client.get(f"{DESK}/{theirs.reference}").status_code == 404
    assert client.get(f"{DESK}/{gone.reference}").status_code == 200


def test_a_table_that_does_not_exist_is_not_found(client, official):
    assert client.get(f"{DESK}?format=csv&table=passwords").status_code == 404


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OPERATOR])
def test_the_host_has_no_city_of_its_own(client, sign_in, session, role):
    with transaction(session):
        person = make_person(session, role=role)
    sign_in(client, person)
    assert client.get(DESK).status_code == 403
