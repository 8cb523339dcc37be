"""The pages and files of readers: how old they are, what their tables are called, and what a file says of itself."""

import re
from datetime import timedelta

import pytest

from cac.clock import now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.stats.models import CountryDay, ReferrerDay, ViewRoller
from tests.factories import make_practice
from tests.web.insights_fixtures import (  # noqa: F401 (fixtures)
    DESK,
    book,
    official,
    rows_of,
    search_for,
    seoul,
    shown_days,
)


def test_a_change_has_as_many_digits_in_each_file(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((40, 1), (2, 3), (1, 4)):
            book(session, practice, days_ago, views)
    assert rows_of(client, f"{DESK}?by=day&format=csv&table=practices")[1][7] == "0.3333"
    assert rows_of(client, f"{DESK}?by=day&format=csv&table=views")[-2][5] == "0.3333"


@pytest.mark.parametrize("table", ["views", "practices", "languages", "referrers", "searches", "countries"])
def test_a_file_says_in_its_name_of_which_days_it_tells(client, session, official, seoul, table):
    with transaction(session):
        book(session, make_practice(session, status=Status.PUBLISHED, city=seoul), 40, 1)
    name = client.get(f"{DESK}?by=day&format=csv&table={table}").headers["Content-Disposition"]
    assert name == f'attachment; filename="seoul-{table}-day-{"-to-".join(shown_days())}.csv"'


def test_the_words_in_a_file_are_read_right_by_excel_and_by_programs(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        book(session, practice, 1, 3)
        search_for(session, practice, "소독", 3, language="ko")
    body = client.get(f"{DESK}?by=day&format=csv&table=searches").get_data()
    assert body.startswith(b"\xef\xbb\xbffirst_day,")
    assert "소독" in body.decode("utf-8-sig")


@pytest.mark.parametrize("minutes", [0, 5])
def test_both_desk_pages_say_until_when_is_counted_and_whether_that_is_late(client, session, official, seoul, minutes):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        session.add(ViewRoller(host="h", label="north", rolled_until=now() - timedelta(minutes=minutes), seen_at=now()))
    for path in (DESK, f"{DESK}/{practice.reference}"):
        page = client.get(path).get_data(as_text=True)
        assert ("Counted until" in page, "Counting is late" in page) == (minutes == 0, minutes == 5)


def test_each_table_of_readers_has_a_heading_filled_or_empty(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        book(session, practice, 40, 1)
    empty = client.get(f"{DESK}?by=day").get_data(as_text=True)
    with transaction(session):
        day = book(session, practice, 1, 40)
        session.add(CountryDay(day=day, scope="practice", scope_id=practice.id, country="FR", views=20))
        session.add(ReferrerDay(day=day, scope="practice", scope_id=practice.id, host="search.example", views=5))
        search_for(session, practice, "bus", 4)
    filled = client.get(f"{DESK}?by=day").get_data(as_text=True)
    for key, heading in (
        ("languages", "Languages read"),
        ("countries", "Countries they read from"),
        ("referrers", "Sites they came from"),
        ("searches", "Searches that led here"),
    ):
        assert f'<h3 id="{key}">{heading}</h3>' in empty
        assert f'<h3 id="{key}">{heading}</h3>' in filled
        assert f"table={key}" not in empty
    for key in ("countries", "referrers", "searches"):
        assert f'aria-labelledby="{key}"><thead>' in filled, "its name is the heading without the link"


def test_a_host_is_shown_in_its_own_letters_and_stays_as_it_was_sent_in_the_file(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        day = book(session, practice, 1, 40)
        for host in ("xn--hq1bm8jm9l.xn--3e0b707e", "xn--a-ecp.example", "m.example"):
            session.add(ReferrerDay(day=day, scope="practice", scope_id=practice.id, host=host, views=5))
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    assert "도메인.한국" in page
    assert "xn--hq1bm8jm9l" not in page
    assert "m.example" in page
    hosts = [row[2] for row in rows_of(client, f"{DESK}?by=day&format=csv&table=referrers")]
    assert "xn--hq1bm8jm9l.xn--3e0b707e" in hosts


def test_a_withdrawn_practice_is_marked_among_those_that_are_read(client, session, official, seoul):
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, city=seoul)
    assert "Withdrawn" not in client.get(f"{DESK}?by=day").get_data(as_text=True)
    with transaction(session):
        gone = make_practice(session, status=Status.WITHDRAWN, city=seoul)
    for path in (DESK, f"{DESK}/{gone.reference}"):
        assert "Withdrawn</span>" in client.get(path).get_data(as_text=True)
    assert [row[2] for row in rows_of(client, f"{DESK}?by=day&format=csv&table=practices")][1:] == ["no", "yes"]


def test_the_order_of_the_practices_is_told_by_what_it_is_and_not_by_a_column(client, session, official, seoul):
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, city=seoul)
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    assert re.search(r"Most views first \(\d+ \w+ \d+\)\.", page)


def test_a_city_that_nobody_has_read_is_told_so_and_shown_no_table_of_noughts(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
    for path, words in (
        (DESK, "No practice of Seoul has been read yet."),
        (f"{DESK}/{practice.reference}", "This practice has not been read yet."),
    ):
        page = client.get(path).get_data(as_text=True)
        assert words in page
        assert not any(
            part in page for part in ("Who they are", "before counting began", '<dl class="grid stats', ">–</td>")
        )


def test_officials_are_told_by_which_clock_days_are_counted_where_it_is_not_theirs(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
    told = "A day here begins at 09:00 in Seoul: days are those of the time zone"
    for path in (DESK, f"{DESK}/{practice.reference}"):
        with transaction(session):
            seoul.timezone = "Asia/Seoul"
        assert told in client.get(path).get_data(as_text=True)
        with transaction(session):
            seoul.timezone = "UTC"
        assert told not in client.get(path).get_data(as_text=True)


def test_the_charts_of_readers_are_found_by_their_headings(client, session, official, seoul):
    with transaction(session):
        book(session, make_practice(session, status=Status.PUBLISHED, city=seoul), 0, 1)
    assert '<figcaption><h2 id="views-title">Views by week</h2>' in client.get(DESK).get_data(as_text=True)
