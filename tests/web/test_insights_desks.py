"""The statistics of officials and of the operator."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import update

from cac.accounts.models import Role
from cac.clock import day_in, now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.search.models import MissingQuery
from cac.stats import proxies, verify
from cac.stats.gauge import Gauge
from cac.stats.models import CountryDay, ReferrerDay, SearchDay, ViewDay, ViewLedger, ViewRoller, ViewTotal
from tests.factories import make_city, make_person, make_practice

DESK = "/en/desk/insights"
OPERATE = "/en/operate/insights"


@pytest.fixture
def seoul(session):
    with transaction(session):
        return make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})


@pytest.fixture
def official(client, sign_in, session, seoul):
    with transaction(session):
        person = make_person(session, role=Role.AUTHOR, city=seoul)
    sign_in(client, person)
    return person


@pytest.fixture
def operator(client, sign_in, session):
    with transaction(session):
        person = make_person(session, role=Role.OPERATOR)
    sign_in(client, person)
    return person


def book(session, practice, days_ago, views, measure="view"):
    """Put a day's count of a practice and of its city into the tables, as rolling does."""
    day = day_in("UTC", now()) - timedelta(days=days_ago)
    for scope, scope_id in (("practice", practice.id), ("city", practice.city_id)):
        place = {"scope": scope, "scope_id": scope_id, "measure": measure}
        counts = {"raw": views, "views": views, "uniques": views, "rules_version": "1", "salt_breaks": 0}
        session.add(ViewDay(day=day, view_class="person", **place, **counts))
    return day


def rows_of(client, address):
    answer = client.get(address)
    assert answer.mimetype == "text/csv"
    return list(csv.reader(StringIO(answer.get_data(as_text=True))))


def test_an_official_sees_their_citys_practices_and_no_others(client, session, official, seoul):
    with transaction(session):
        ours = make_practice(session, status=Status.PUBLISHED, city=seoul, title="Bus disinfection")
        theirs = make_practice(session, status=Status.PUBLISHED, title="Tram disinfection")
        make_practice(session, city=seoul, title="Not published")
        book(session, ours, 2, 4)
        book(session, ours, 1, 6)
        book(session, theirs, 1, 12_345)
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    assert "Bus disinfection" in page
    assert "+50%" in page
    assert "not over yet" in page
    assert not any(words in page for words in ("Tram disinfection", "Not published", "12,345"))
    assert rows_of(client, f"{DESK}?by=day&format=csv&table=practices")[1:] == [
        [ours.reference, "Bus disinfection", "6", "4", "0.5", "0", "0"]
    ]
    views = rows_of(client, f"{DESK}?by=day&format=csv&table=views")
    assert len(views) == 4, "the head and the days since the first counted one"
    assert views[-2][2:] == ["6", "0", "6", "0.5", "no"]
    assert views[-1][2:] == ["0", "0", "0", "", "yes"]


def test_the_last_whole_period_and_its_change_stand_at_the_top(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        for days_ago, views in ((2, 40), (1, 30), (0, 7)):
            book(session, practice, days_ago, views)
    page = client.get(f"{DESK}?by=day").get_data(as_text=True)
    summary = page.split('<dl class="grid stats', 1)[1].split("</dl>", 1)[0]
    for words in ("30 views", "-25%", "on the day before", "7 views", "not over yet", "77 views", "by 77 visitors"):
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
    assert page.count(">–</td>") == 2
    assert page.split('<figure class="chart"', 1)[1].split("</figure>", 1)[0].count('<th scope="row">') == 1
    assert rows_of(client, f"{DESK}?format=csv&table=practices")[1][2:] == ["", "", "", "7", "0"]


def test_the_desk_opens_on_weeks(client, official, seoul):
    assert 'aria-current="true">By week' in client.get(DESK).get_data(as_text=True)
    assert 'aria-current="true">By day' in client.get(f"{DESK}?by=day").get_data(as_text=True)


def test_officials_are_told_on_which_day_visitors_may_be_counted_twice(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        day = book(session, practice, 1, 7)
        counts = {"raw": 7, "views": 7, "uniques": 7, "rules_version": "1", "salt_breaks": 1}
        session.add(ViewDay(day=day, view_class="person", scope="site", scope_id=0, measure="view", **counts))
    assert client.get(f"{DESK}?by=day").get_data(as_text=True).count("visitors may be counted twice") == 1


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
    rows = {row[0]: row[2:5] for row in rows_of(client, f"{DESK}?by=week&format=csv&table=practices")[1:]}
    assert rows == {old.reference: ["4", "4", "0.0"], new.reference: ["3", "3", ""]}


@pytest.mark.parametrize(
    ("grain", "words"), [("week", "Week of"), ("month", "Sum of daily visitors"), ("x", "By week")]
)
def test_weeks_and_months_can_be_chosen(client, official, grain, words):
    assert words in client.get(f"{DESK}?by={grain}").get_data(as_text=True)


def test_countries_with_few_readers_are_not_named_on_the_page_nor_in_the_file(client, session, official, seoul):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, city=seoul)
        day = book(session, practice, 1, 40)
        for country, views in (("FR", 20), ("KE", 9)):
            session.add(CountryDay(day=day, scope="practice", scope_id=practice.id, country=country, views=views))
        for host, views in (("search.example", 5), ("other", 2)):
            session.add(ReferrerDay(day=day, scope="practice", scope_id=practice.id, host=host, views=views))
    page = client.get(DESK).get_data(as_text=True)
    assert "France" in page
    assert "Kenya" not in page
    assert "search.example" in page
    assert rows_of(client, f"{DESK}?format=csv&table=countries") == [["country", "views"], ["FR", "20"], ["other", ""]]
    referrers = rows_of(client, f"{DESK}?format=csv&table=referrers")
    assert referrers == [["site", "views"], ["search.example", "5"], ["other", "2"]]


def test_downloads_have_a_chart_once_there_are_any(client, session, official, seoul):
    assert "No file was downloaded in this time." in client.get(DESK).get_data(as_text=True)
    with transaction(session):
        book(session, make_practice(session, status=Status.PUBLISHED, city=seoul), 3, 8, measure="download")
    assert 'id="downloads-svg"' in client.get(DESK).get_data(as_text=True)


def search_for(session, practice, words, readers, language="en", days_ago=1):
    day = day_in("UTC", now()) - timedelta(days=days_ago)
    session.add(SearchDay(day=day, practice_id=practice.id, language=language, words=words, readers=readers))


def test_officials_see_the_searches_that_led_to_their_practices(client, session, official, seoul):
    assert "No search of this site is known to have led 3 readers" in client.get(DESK).get_data(as_text=True)
    with transaction(session):
        ours = make_practice(session, status=Status.PUBLISHED, city=seoul)
        theirs = make_practice(session, status=Status.PUBLISHED)
        search_for(session, ours, "bus <cleaning>", 4)
        search_for(session, ours, "=소독", 3, language="ko", days_ago=3)
        search_for(session, ours, "one reader's secret", 2)
        search_for(session, ours, "long ago", 9, days_ago=100)
        book(session, ours, 100, 9)
        search_for(session, theirs, "tram", 9)
    table = [["words", "language", "readers"], ["bus <cleaning>", "en", "4"], ["'=소독", "ko", "3"], ["", "", ""]]
    for path in (DESK, f"{DESK}/{ours.reference}"):
        page = client.get(path).get_data(as_text=True)
        assert "<bdi>bus &lt;cleaning&gt;</bdi></th><td>English</td>" in page
        assert "Korean" in page
        assert not any(words in page for words in ("secret", "long ago", "tram"))
        assert rows_of(client, f"{path}?format=csv&table=searches") == table


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
    assert views[-2][2:] == ["6", "3", "6", "0.5", "no"]
    assert "Views by month" in client.get(f"{address}?by=month").get_data(as_text=True)
    assert rows_of(client, f"{address}?format=csv&table=countries") == [
        ["country", "views"],
        ["FR", "20"],
        ["other", ""],
    ]
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


@pytest.mark.parametrize("path", [OPERATE, f"{OPERATE}/2020-04.json", f"{OPERATE}/2020-04.csv"])
def test_only_operators_see_how_counting_is_doing(client, official, path):
    assert client.get(path).status_code == 403


def test_an_operator_sees_that_nothing_is_wrong(client, operator):
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Nothing looks wrong." in page
    assert "Not checked yet" in page


def test_an_operator_sees_every_alarm(client, session, session_factory, settings, operator):
    with transaction(session):
        session.add(ViewRoller(host="h", label="north", rolled_until=now() - timedelta(minutes=5), seen_at=now()))
        session.add(ViewRoller(host="gone", label="south", rolled_until=now() - timedelta(days=2)))
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=3, raw=3))
        counts = {"offset": 0, "lines": 1, "bad": 1, "dropped": 2}
        session.add(ViewLedger(host="h", segment="s", rolled_at=now(), **counts))
    verify.check_and_keep(session_factory, at=now() - timedelta(hours=37))
    proxies.note_forwarded(settings.spool_dir)
    page = client.get(OPERATE).get_data(as_text=True)
    for words in (
        "Counting is late", "do not agree", "The proxy setting looks wrong", "days and total: site 0 view",
        "south was heard of last on", "cac stats forget-host gone", "not checked for over 36 hours",
        "2 views could not be written today", "1 line of the spool could not be read today", "of 1 line read",
    ):  # fmt: skip
        assert words in page
    assert "Nothing looks wrong." not in page


def test_an_operator_sees_the_lag_of_each_host(client, session, operator):
    with transaction(session):
        session.add(ViewRoller(host="a", label="north", rolled_until=now(), seen_at=now()))
        session.add(ViewRoller(host="b", label="south", rolled_until=now() - timedelta(minutes=7), seen_at=now()))
    page = client.get(OPERATE).get_data(as_text=True)
    hosts = page.split('id="hosts"', 1)[1].split("</table>", 1)[0]
    assert "north" in hosts
    assert "7 minutes" in hosts.split("south", 1)[1]


def test_what_is_dropped_in_any_process_is_seen_at_once(client, settings, operator):
    gauge = Gauge(settings.spool_dir)
    gauge.add(int(now().timestamp() * 1000))
    page = client.get(OPERATE).get_data(as_text=True)
    assert "1 view could not be written today" in page
    assert "1 of them not in the database yet" in page


def test_what_was_looked_for_in_vain_is_linked(client, session, operator):
    assert "Nothing is missing." in client.get(OPERATE).get_data(as_text=True)
    with transaction(session):
        session.add(MissingQuery(words="ozone buses", language="en", week=day_in("UTC", now()), times=4, results=0))
    page = client.get(OPERATE).get_data(as_text=True)
    assert "ozone buses" in page
    assert 'href="/en/review/missing"' in page


def test_the_classes_of_each_day_are_a_file_too(client, operator):
    head, *days = rows_of(client, f"{OPERATE}?format=csv")
    assert head[:3] == ["day", "requests_person", "requests_robot"]
    assert len(days) == 30


def test_the_counter_style_report_has_four_metrics_for_each_practice(client, session, operator, seoul):
    from datetime import UTC, datetime

    from cac.stats.models import ViewHour

    with transaction(session):
        practice = make_practice(session, city=seoul)
        place = {"scope": "practice", "scope_id": practice.id, "measure": "view", "language": "en"}
        hour = datetime(2020, 4, 9, 9, tzinfo=UTC)
        session.add(ViewHour(hour=hour, view_class="person", raw=5, views=4, sessions=3, **place))
        session.add(ViewHour(hour=hour, view_class="robot", raw=9, views=9, sessions=0, **place))
    assert "/en/operate/insights/2020-04.json" in client.get(OPERATE).get_data(as_text=True)
    report = client.get(f"{OPERATE}/2020-04.json").json
    assert "COUNTER-style" in report["Report_Header"]["Report_Name"]
    assert report["Report_Header"]["Totals"] == {
        "Total_Item_Investigations": 4,
        "Total_Item_Requests": 4,
        "Unique_Item_Investigations": 3,
        "Unique_Item_Requests": 3,
    }
    assert report["Report_Items"][0]["Item"] == practice.reference
    rows = rows_of(client, f"{OPERATE}/2020-04.csv")
    header = dict(rows[: rows.index([])])
    assert (header["End_Date"], header["Is_Running"]) == ("2020-04-30", "no")
    assert "in no unique count" in header["Note"]
    assert header["Note"] == report["Report_Header"]["Note"]
    assert rows[rows.index([]) + 1 :][3] == [
        practice.reference,
        "Unique_Item_Investigations",
        "2020-04-01",
        "2020-04-30",
        "3",
    ]
    assert client.get(f"{OPERATE}/2020-13.csv").status_code == 404


def test_the_report_of_the_running_month_says_that_it_is_running(client, operator):
    month = now().strftime("%Y-%m")
    header = client.get(f"{OPERATE}/{month}.json").json["Report_Header"]
    assert header["Is_Running"] is True
    assert "not over" in header["Note"]
    assert ["Is_Running", "yes"] in rows_of(client, f"{OPERATE}/{month}.csv")


def test_a_failed_check_is_kept_until_the_next_one_is_right(client, session, session_factory, operator):
    with transaction(session):
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=3, raw=3))
    verify.check_and_keep(session_factory, at=now() - timedelta(hours=1))
    assert "do not agree" in client.get(OPERATE).get_data(as_text=True)
    with transaction(session):
        session.execute(update(ViewTotal).values(views=0, raw=0))
    verify.check_and_keep(session_factory, at=now())
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Everything agrees" in page
    assert "do not agree" not in page
