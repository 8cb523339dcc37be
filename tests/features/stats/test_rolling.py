"""The spool is rolled into the tables by the published definition of a view."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cac.stats import hosts, queries, reports
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import (
    CountryDay,
    Measure,
    ReferrerDay,
    ViewClass,
    ViewDay,
    ViewHour,
    ViewKey,
    ViewRoller,
    ViewTotal,
)
from cac.stats.robots import RULES_VERSION
from cac.stats.roller import Roller
from cac.stats.spool import Spool
from cac.stats.verify import verify
from tests.sightings import Sighting, write_sighting
from tests.web.checked_client import count_statements


def test_each_view_is_counted_for_practice_city_and_site(read, clock, roller, session, sums_agree):
    read(1, city=7)
    read(2, city=7, visitor="192.0.2.2")
    read(3, city=8)
    rolled = roller.roll(clock.at)

    assert (rolled.lines, rolled.bad, rolled.is_behind) == (3, 0, False)
    assert queries.views_of(session, [1, 2, 3, 4]) == {1: 1, 2: 1, 3: 1, 4: 0}
    assert queries.views_of_city(session, 7) == 2
    assert queries.total_views(session) == 3
    assert hosts.rolled_until(session, at=clock.at) == clock.at
    sums_agree(session)


def test_the_same_visitor_within_30_seconds_is_the_same_view_and_each_click_begins_them_anew(
    read, clock, roller, day_counts
):
    for _ in range(4):
        read()
        clock.at += timedelta(seconds=29)
    roller.roll(clock.at)
    assert day_counts()["person"] == (4, 1, 1)

    clock.at += timedelta(seconds=1)
    read()
    roller.roll(clock.at)
    assert day_counts()["person"] == (5, 2, 1)


def test_other_visitors_other_practices_and_other_agents_are_other_views(read, clock, roller, day_counts):
    read(1)
    read(2)
    read(1, visitor="192.0.2.9")
    roller.roll(clock.at)
    assert day_counts()["person"] == (3, 3, 2)
    assert day_counts("practice", 1)["person"] == (2, 2, 2)


def test_classes_stand_side_by_side_and_only_people_make_the_number(
    read, clock, roller, day_counts, session, sums_agree
):
    for who in (
        ViewClass.ROBOT,
        ViewClass.ROBOT,
        ViewClass.MACHINE,
        ViewClass.NO_KEY,
        ViewClass.NO_KEY,
        ViewClass.PERSON,
    ):
        read(who=who)
    roller.roll(clock.at)
    assert day_counts() == {"robot": (2, 2, 0), "machine": (1, 1, 0), "no_key": (2, 2, 0), "person": (1, 1, 1)}
    assert queries.total_views(session) == 3
    sums_agree(session)


def test_more_than_a_hundred_views_of_one_practice_in_a_day_are_suspected(
    read, clock, roller, day_counts, session, sums_agree
):
    for _ in range(105):
        read()
        clock.at += timedelta(seconds=31)
    roller.roll(clock.at)
    assert day_counts() == {"person": (100, 100, 1), "suspected": (5, 5, 0)}
    assert queries.views_of(session, [1]) == {1: 100}
    sums_agree(session)


def test_more_than_a_thousand_views_in_all_in_a_day_are_suspected(read, clock, roller, day_counts):
    for practice in range(1, 1004):
        read(practice)
    roller.roll(clock.at)
    counts = day_counts()
    assert counts["person"][:2] == (1000, 1000)
    assert counts["suspected"][:2] == (3, 3)


def test_lines_of_several_processes_are_taken_in_the_order_of_time(settings, salts, clock, roller, spool, day_counts):
    other = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    start = clock.at
    for seconds, writer in ((0, spool), (40, spool), (20, other), (60, other)):
        clock.at = start + timedelta(seconds=seconds)
        write_sighting(writer, _sighting())
    other.close()
    roller.roll(clock.at)
    assert day_counts()["person"] == (4, 1, 1)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Asia/Seoul", datetime(2020, 4, 9, 15, 0, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2020, 4, 9, 18, 30, tzinfo=UTC)),
        ("America/St_Johns", datetime(2020, 4, 10, 2, 30, tzinfo=UTC)),
    ],
)
def test_days_begin_at_the_sites_midnight_and_hours_are_those_of_utc(
    zone, midnight, settings, salts, clock, session_factory, sums_agree
):
    local = replace(settings, timezone=zone)
    spool = Spool(local.spool_dir, zone, salts=salts, moment=clock)
    for seconds in (-3600, -31, -0.001, 0, 31, 3600):
        clock.at = midnight + timedelta(seconds=seconds)
        write_sighting(spool, _sighting())
    spool.close()
    roller = Roller(session_factory, local, salts=salts)
    roller.roll(clock.at)
    roller.close()
    with session_factory() as session:
        site = select(ViewDay.day, ViewDay.views, ViewDay.uniques).where(ViewDay.scope == "site").order_by(ViewDay.day)
        assert session.execute(site).all() == [(date(2020, 4, 9), 3, 1), (date(2020, 4, 10), 3, 1)]
        hours = session.execute(select(ViewHour.day, ViewHour.hour, ViewHour.views)).all()
        sums_agree(session)
        languages = [reports.count_languages(session, [1], first=date(2020, 4, day), zone=zone) for day in (9, 10, 11)]
    assert languages == [[("ko", 6)], [("ko", 3)], []]
    by_day = {day: sum(row.views for row in hours if row.day == day) for day in (date(2020, 4, 9), date(2020, 4, 10))}
    assert by_day == {date(2020, 4, 9): 3, date(2020, 4, 10): 3}
    assert all(row.hour.minute == 0 and row.hour.utcoffset() == timedelta(0) for row in hours)


def test_sessions_are_visitors_of_an_hour_and_add_up_over_languages(read, clock, roller, session):
    clock.at = datetime(2020, 4, 9, 9, 50, tzinfo=UTC)
    for language in ("ko", "en", "ko"):
        read(language=language)
        clock.at += timedelta(minutes=4)
    read()
    roller.roll(clock.at)
    rows = session.execute(
        select(ViewHour.hour, func.sum(ViewHour.views), func.sum(ViewHour.sessions)).group_by(ViewHour.hour)
    )
    assert sorted((row[0].hour, row[1], row[2]) for row in rows) == [(9, 3, 1), (10, 1, 1)]


def test_when_a_day_closes_its_keys_and_salt_are_deleted_and_its_counts_stay(
    read, clock, roller, session, tmp_path, day_counts
):
    read()
    roller.roll(clock.at)
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 1
    assert [path.name for path in (tmp_path / "memory").iterdir()] == ["2020-04-09.salt"]

    roller.roll(datetime(2020, 4, 10, 0, 5, tzinfo=UTC))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 1, "late lines may come"
    roller.roll(datetime(2020, 4, 10, 0, 11, tzinfo=UTC))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 0
    assert list((tmp_path / "memory").iterdir()) == []
    assert day_counts()["person"] == (1, 1, 1)


def test_the_salt_goes_with_its_day_and_the_keys_stay_while_lines_of_the_day_wait(
    read, clock, roller, session, settings, tmp_path, monkeypatch, day_counts
):
    """A roller that is behind does not keep the salt, and does not count yesterday's visitors twice."""
    monkeypatch.setattr("cac.stats.batches.BATCH_BYTES", 100)
    monkeypatch.setattr("cac.stats.batches.SMALLEST_READ", 100)
    for _ in range(6):
        read()
        clock.at += timedelta(minutes=5)
    after = datetime(2020, 4, 10, 0, 11, tzinfo=UTC)
    assert roller.roll(after, seconds=0).is_behind
    session.rollback()
    assert list((tmp_path / "memory").iterdir()) == []
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 1
    while roller.roll(after, seconds=0).is_behind:
        pass
    session.rollback()
    assert day_counts()["person"] == (6, 6, 1)
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 0


def test_a_part_of_the_spool_without_a_readable_line_does_not_say_that_all_is_counted(
    read, clock, roller, session, settings, monkeypatch, day_counts
):
    monkeypatch.setattr("cac.stats.batches.BATCH_BYTES", 100)
    monkeypatch.setattr("cac.stats.batches.SMALLEST_READ", 100)
    read()
    (path,) = settings.spool_dir.glob("*.log")
    path.write_bytes(b"rubbish\n" * 20 + path.read_bytes())
    clock.at += timedelta(hours=1)
    assert roller.roll(clock.at, seconds=0).is_behind
    assert hosts.rolled_until(session, at=clock.at) is None
    session.rollback()
    while roller.roll(clock.at, seconds=0).is_behind:
        pass
    assert day_counts()["person"] == (1, 1, 1)
    assert hosts.rolled_until(session, at=clock.at) == clock.at


def test_keys_go_two_days_after_their_day_but_not_while_its_lines_are_being_counted(
    read, clock, make_roller, session, monkeypatch, day_counts
):
    """However often a roller that is days behind is started again: no visitor is counted anew, and no day's keys stay behind."""
    monkeypatch.setattr("cac.stats.batches.BATCH_BYTES", 100)
    monkeypatch.setattr("cac.stats.batches.SMALLEST_READ", 100)
    for day in (9, 10):
        clock.at = datetime(2020, 4, day, 9, tzinfo=UTC)
        for _ in range(6):
            read()
            clock.at += timedelta(minutes=5)
    late, is_behind, kept = datetime(2020, 4, 15, tzinfo=UTC), True, []
    while is_behind:
        roller = make_roller()
        is_behind = roller.roll(late, seconds=0).is_behind
        roller.close()
        session.rollback()
        kept.append(list(session.scalars(select(ViewKey.day).order_by(ViewKey.day))))
    assert [date(2020, 4, 9)] in kept
    assert [date(2020, 4, 10)] in kept
    assert max(map(len, kept)) == 1
    assert kept[-1] == []
    assert day_counts()["person"] == (12, 12, 2)
    assert session.scalar(select(func.sum(ViewDay.salt_breaks))) == 0


def test_keys_stay_while_another_host_is_behind(read, clock, roller, session):
    read()
    roller.roll(clock.at)
    session.add(ViewRoller(host="b", label="b", rolled_until=clock.at, seen_at=clock.at + timedelta(hours=15)))
    session.commit()
    roller.roll(datetime(2020, 4, 10, 0, 11, tzinfo=UTC))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ViewKey)) == 1


def test_at_the_end_the_salt_of_yesterday_goes_at_once_and_todays_stays(read, clock, roller, tmp_path):
    read()
    clock.at = datetime(2020, 4, 10, 0, 1, tzinfo=UTC)
    read()
    roller.roll(clock.at)
    assert len(list((tmp_path / "memory").iterdir())) == 2
    roller.forget_salts(clock.at, margin=timedelta())
    assert [path.name for path in (tmp_path / "memory").iterdir()] == ["2020-04-10.salt"]


def test_a_lost_salt_costs_no_view_and_is_marked(read, clock, roller, settings, salts, tmp_path, session, sums_agree):
    read()
    (tmp_path / "memory" / "2020-04-09.salt").unlink()
    again = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    write_sighting(again, _sighting())
    again.close()
    roller.roll(clock.at)
    row = session.scalars(select(ViewDay).where(ViewDay.scope == "site")).one()
    assert (row.views, row.uniques, row.salt_breaks) == (2, 2, 1)
    sums_agree(session)


def test_a_lost_salt_is_marked_on_a_day_that_has_no_view_of_a_person_yet(
    read, clock, roller, settings, salts, tmp_path, session
):
    read(measure=Measure.DOWNLOAD)
    (tmp_path / "memory" / "2020-04-09.salt").unlink()
    again = Spool(settings.spool_dir, settings.timezone, salts=salts, moment=clock)
    write_sighting(again, _sighting()._replace(measure=Measure.DOWNLOAD))
    again.close()
    roller.roll(clock.at)
    site = select(ViewDay).where(ViewDay.scope == "site", ViewDay.measure == Measure.VIEW)
    row = session.scalars(site).one()
    assert (row.raw, row.views, row.uniques, row.salt_breaks) == (0, 0, 0, 1)
    assert (row.definition_version, row.rules_version) == (DEFINITION_VERSION, RULES_VERSION)
    session.rollback()
    read()
    roller.roll(clock.at)
    row = session.scalars(site).one()
    assert (row.raw, row.views, row.uniques, row.salt_breaks) == (1, 1, 1, 1)
    session.rollback()
    assert verify(session).differences == ()


def test_where_people_came_from_is_counted_and_folded_to_fifty_hosts_at_the_days_close(read, clock, roller, session):
    for number in range(60):
        for _ in range(2 if number < 50 else 1):
            read(visitor=f"192.0.2.{number}", referrer=f"host-{number:02}.example", country="KR")
            clock.at += timedelta(seconds=31)
    read(who=ViewClass.ROBOT, referrer="robots.example")
    roller.roll(clock.at)
    assert session.scalar(select(func.count()).select_from(ReferrerDay)) == 60
    assert session.scalars(select(CountryDay)).one().views == 110

    roller.roll(clock.at + timedelta(days=1))
    session.rollback()
    rows = dict(session.execute(select(ReferrerDay.host, ReferrerDay.views)).all())
    assert len(rows) == 51
    assert rows["other"] == 10
    assert sum(rows.values()) == 110


def test_referrers_of_a_day_without_keys_are_folded_too(read, clock, roller, session):
    for number in range(60):
        read(who=ViewClass.NO_KEY, referrer=f"host-{number:02}.example")
    roller.roll(clock.at)
    roller.roll(clock.at + timedelta(days=1))
    assert session.scalar(select(func.count()).select_from(ReferrerDay)) == 51


def test_totals_are_read_from_one_row_each(read, clock, roller, session):
    for practice in (1, 2, 2, 3):
        read(practice, visitor=f"192.0.2.{practice}")
        clock.at += timedelta(seconds=31)
    roller.roll(clock.at)
    assert session.scalar(select(func.count()).select_from(ViewTotal)) == 5


def _sighting():
    return Sighting(1, 1, "ko", ViewClass.PERSON, "192.0.2.1", "Firefox", "ko")


def test_a_batch_takes_as_many_statements_for_five_hundred_visitors_as_for_one(read, clock, roller, engine, day_counts):
    def statements_for(visitors, first):
        for number in range(first, first + visitors):
            read(1, visitor=f"192.0.{number // 250}.{number % 250}")
        with count_statements(engine) as statements:
            rolled = roller.roll(clock.at)
        assert rolled.lines == visitors
        return [statement.split("(")[0] for statement in statements]

    statements_for(1, 0)
    of_one = statements_for(1, 1)
    assert statements_for(500, 2) == of_one, "new visitors"
    clock.at += timedelta(seconds=70)
    of_one_again = statements_for(1, 1)
    clock.at += timedelta(seconds=70)
    assert statements_for(500, 2) == of_one_again, "visitors who were here before"
    assert len(of_one) <= 20
    assert day_counts()["person"] == (1003, 1003, 502)
