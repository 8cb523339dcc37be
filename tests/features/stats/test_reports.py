"""What statistics show, out of views that were really counted."""

from datetime import date, timedelta

import pytest

from cac.practices.workflow import Status
from cac.stats import audience, reports
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import Measure, Scope, ViewClass
from cac.stats.periods import Grain, Period
from cac.stats.robots import RULES_VERSION
from tests.factories import make_city, make_practice

TODAY = date(2020, 4, 9)


@pytest.fixture
def practice(session):
    practice = make_practice(session, status=Status.PUBLISHED)
    session.commit()
    return practice


@pytest.fixture
def roll(session, roller, clock):
    """Count what was written, and let the session see it."""

    def roll():
        roller.roll(clock.at)
        session.rollback()

    return roll


def test_a_reading_has_the_days_since_the_first_counted_one_and_the_languages_that_were_read(
    session, practice, read, clock, roll
):
    clock.at -= timedelta(days=2)
    read(practice.id, language="ko")
    read(practice.id, language="ko", visitor="192.0.2.9")
    clock.at += timedelta(days=2)
    read(practice.id, language="en")
    read(practice.id, language="en")
    read(practice.id, language="en", who=ViewClass.ROBOT)
    roll()
    reading = reports.reading_of(session, practice.id, zone="UTC", at=clock.at)
    versions = (DEFINITION_VERSION, RULES_VERSION)
    assert reading.days == (
        reports.DayCount(date(2020, 4, 7), 2, 2, 2, 0, *versions),
        reports.DayCount(date(2020, 4, 8), 0, 0, 0),
        reports.DayCount(TODAY, 1, 2, 1, 0, *versions),
    )
    assert reading.languages == (("ko", 2), ("en", 1))
    assert reading.views == 3


def test_a_reading_has_thirty_days_at_most(session, practice, read, clock, roll):
    clock.at -= timedelta(days=40)
    read(practice.id)
    clock.at += timedelta(days=40)
    roll()
    reading = reports.reading_of(session, practice.id, zone="UTC", at=clock.at)
    assert (len(reading.days), reading.views) == (30, 0)


def test_a_reading_takes_three_statements(session, engine, practice, read, clock, roll):
    from tests.web.checked_client import count_statements

    read(practice.id)
    roll()
    with count_statements(engine) as statements:
        reports.reading_of(session, practice.id, zone="Asia/Seoul", at=clock.at)
    assert len(statements) == 3


def test_a_running_period_has_no_change_and_a_finished_one_is_compared_with_the_one_before(
    session, practice, read, clock, roll
):
    for days_ago, times in ((2, 2), (1, 3), (0, 1)):
        clock.at -= timedelta(days=days_ago)
        for number in range(times):
            read(practice.id, visitor=f"192.0.2.{number}")
        clock.at += timedelta(days=days_ago)
    roll()
    counts = list_counts(session, Scope.PRACTICE, practice.id, grain=Grain.DAY, count=30)
    assert [(count.views, count.visitors, count.change, count.is_running) for count in counts] == [
        (2, 2, None, False),
        (3, 3, 0.5, False),
        (1, 1, None, True),
    ]


def test_weeks_and_months_add_up_their_days(session, practice, read, clock, roll):
    for moment in (date(2020, 3, 30), date(2020, 4, 5), date(2020, 4, 6), TODAY):
        clock.at = clock.at.replace(year=moment.year, month=moment.month, day=moment.day)
        read(practice.id)
    roll()

    def views(grain, count):
        found = list_counts(session, Scope.SITE, 0, grain=grain, count=count)
        return [count.views for count in found]

    assert views(Grain.WEEK, 2) == [2, 2]
    assert views(Grain.MONTH, 3) == [1, 3], "February was before counting began"


def test_no_week_is_compared_with_the_one_in_which_counting_began(session, practice, read, clock, roll):
    for day in (date(2020, 3, 18), date(2020, 3, 24), date(2020, 4, 1), date(2020, 4, 2)):
        clock.at = clock.at.replace(year=day.year, month=day.month, day=day.day)
        read(practice.id)
    roll()
    counts = list_counts(session, Scope.PRACTICE, practice.id, grain=Grain.WEEK, count=12)
    assert [(count.period.first, count.change) for count in counts] == [
        (date(2020, 3, 16), None),
        (date(2020, 3, 23), None),
        (date(2020, 3, 30), 1.0),
        (date(2020, 4, 6), None),
    ]


def test_the_running_period_is_shown_though_nothing_was_ever_counted(session, practice):
    counts = list_counts(session, Scope.PRACTICE, practice.id, grain=Grain.WEEK, count=12)
    assert [(count.views, count.is_running) for count in counts] == [(0, True)]


def list_counts(session, scope, scope_id, *, grain, count):
    begun = reports.first_day(session, scope, scope_id)
    return reports.list_period_counts(session, scope, scope_id, grain=grain, today=TODAY, begun=begun, count=count)


def test_the_most_read_of_a_month_stand_under_each_main_topic_once_and_under_the_country_of_their_city(
    session, read, clock, roll
):
    seoul, lyon = make_city(session), make_city(session, country="FR", language="fr")
    buses = make_practice(session, status=Status.PUBLISHED, city=seoul, topics=("1a", "1b"))
    schools = make_practice(session, status=Status.PUBLISHED, city=lyon, topics=("1b", "2"))
    gone = make_practice(session, status=Status.WITHDRAWN, city=lyon, topics=("2",))
    session.commit()
    for practice, times in ((buses, 2), (schools, 3), (gone, 9)):
        for number in range(times):
            read(practice.id, city=practice.city_id, visitor=f"192.0.2.{number}")
    roll()
    month = Period(date(2020, 4, 1), date(2020, 4, 30))
    assert reports.most_read_in(session, month, 5).by_topic == {
        "1": [(schools.id, 3), (buses.id, 2)],
        "2": [(schools.id, 3)],
    }
    assert reports.most_read_in(session, month, 1).by_topic == {"1": [(schools.id, 3)], "2": [(schools.id, 3)]}
    assert reports.most_read_in(session, month, 5).by_country == {"FR": [(schools.id, 3)], "KR": [(buses.id, 2)]}
    assert reports.most_read_in(session, Period(date(2020, 3, 1), date(2020, 3, 31)), 5) == reports.MostRead({}, {})


def test_numbers_are_late_only_beyond_sixty_seconds(session, clock, roll):
    assert not reports.freshness(session, at=clock.at).is_late
    roll()
    assert not reports.freshness(session, at=clock.at + timedelta(seconds=60)).is_late
    late = reports.freshness(session, at=clock.at + timedelta(seconds=61))
    assert (late.is_late, late.until) == (True, clock.at)


def test_referrers_are_the_first_ones_and_the_rest_together(session, practice, read, roll):
    for number, host in enumerate(("a.example", "b.example", "a.example", "c.example", "d.example")):
        read(practice.id, visitor=f"192.0.2.{number}", referrer=host)
    roll()
    found = audience.count_referrers(session, [practice.id], Period(TODAY, TODAY), limit=2)
    assert found == [("a.example", 2), ("b.example", 1), ("other", 2)]


def test_no_country_with_fewer_than_ten_readers_is_named(session, practice, read, roll):
    for number in range(10):
        read(practice.id, visitor=f"192.0.2.{number}", country="KR")
    for number in range(9):
        read(practice.id, visitor=f"192.0.3.{number}", country="FR")
    roll()
    assert audience.count_countries(session, [practice.id], Period(TODAY, TODAY)) == audience.Countries(
        (("KR", 10),), None
    )


@pytest.mark.parametrize(
    ("counts", "named", "others"),
    [
        ([], (), 0),
        ([("KR", 12)], (("KR", 12),), 0),
        ([("KR", 12), ("FR", 9)], (("KR", 12),), None),
        ([("KR", 12), ("FR", 9), ("IN", 1)], (("KR", 12),), 10),
        ([("FR", 3)], (), None),
    ],
)
def test_small_numbers_are_taken_together_and_left_out_where_they_stay_small(counts, named, others):
    assert audience.without_small_cells(counts) == audience.Countries(named, others)


def test_the_totals_of_a_scope_hold_views_requests_and_downloads_and_since_when(session, practice, read, clock, roll):
    assert reports.totals(session, Scope.SITE) == reports.Totals()
    clock.at -= timedelta(days=3)
    for _ in range(2):
        read(practice.id, city=practice.city_id)
    clock.at += timedelta(days=3)
    read(practice.id, city=practice.city_id, measure=Measure.DOWNLOAD)
    read(practice.id, city=practice.city_id, who=ViewClass.ROBOT)
    roll()
    expected = reports.Totals(views=1, requests=2, downloads=1, since=date(2020, 4, 6))
    assert reports.totals(session, Scope.SITE) == expected
    assert reports.totals(session, Scope.CITY, practice.city_id) == expected
    assert reports.totals(session, Scope.PRACTICE, practice.id) == expected


def test_the_first_day_is_known_where_there_were_only_downloads(session, practice, read, clock, roll):
    read(practice.id, measure=Measure.DOWNLOAD)
    roll()
    assert reports.totals(session, Scope.PRACTICE, practice.id) == reports.Totals(downloads=1, since=TODAY)
