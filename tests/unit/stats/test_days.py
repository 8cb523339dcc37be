"""Days of the site and hours: long and short days, leap days, zones that are apart from UTC by halves and quarters of hours."""

import struct
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from cac.stats.days import HOUR_MS, QUARTER_MS, Calendar
from cac.stats.visits import day_ms_of, pack, unpack


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Seoul", date(2020, 2, 29), 24),
        ("Asia/Kolkata", date(2020, 2, 29), 24),
        ("Asia/Kathmandu", date(2020, 4, 9), 24),
        ("America/St_Johns", date(2020, 3, 8), 23),
        ("America/St_Johns", date(2020, 11, 1), 25),
        ("Australia/Lord_Howe", date(2020, 4, 5), 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # its midnight does not exist
        ("America/Havana", date(2020, 11, 1), 25),  # its midnight comes twice
        ("Pacific/Apia", date(2011, 12, 29), 24),  # the next day was left out
    ],
)
def test_a_day_has_its_hours_and_each_of_its_moments_belongs_to_it_alone(zone, day, hours):
    calendar = Calendar(zone)
    begin, end = ms(calendar.start_of(day)), ms(calendar.end_of(day))
    assert end - begin == hours * HOUR_MS
    assert calendar.day_of(begin - 1) == day - timedelta(days=1)
    assert calendar.day_of(end) > day
    quarters = [calendar.quarter_of(moment) for moment in range(begin, end, QUARTER_MS)]
    assert {quarter.day for quarter in quarters} == {day}
    assert calendar.day_of(end - 1) == day
    # Hours are those of UTC, each with a bit of its own that a visitor's row can hold.
    bits = {quarter.hour: quarter.hour_bit for quarter in quarters}
    assert all(hour.minute == 0 and hour.utcoffset() == timedelta(0) for hour in bits)
    assert [later - earlier for earlier, later in pairwise(sorted(bits))] == [timedelta(hours=1)] * (len(bits) - 1)
    assert len(set(bits.values())) == len(bits)
    seen = {2: (2, 1, 1, sum(bits.values()), end - 1 - day_ms_of(day), begin - day_ms_of(day))}
    assert unpack(pack(seen)) == seen


def test_the_day_after_28_february_is_the_29th_in_a_leap_year_only():
    calendar = Calendar("Asia/Seoul")
    after = datetime(2020, 2, 28, 15, 0, tzinfo=UTC)
    assert calendar.day_of(ms(after)) == date(2020, 2, 29)
    assert calendar.day_of(ms(after + timedelta(days=1))) == date(2020, 3, 1)
    assert calendar.day_of(ms(datetime(2021, 2, 28, 15, 0, tzinfo=UTC))) == date(2021, 3, 1)


def test_what_is_remembered_of_quarters_does_not_grow_for_ever():
    calendar = Calendar("Asia/Seoul")
    first = calendar.quarter_of(1_586_422_800_000)
    for number in range(10_000):
        calendar.quarter_of(1_586_422_800_000 + number * QUARTER_MS)
    assert len(calendar._quarters) <= 4_096
    assert calendar.quarter_of(1_586_422_800_000) == first


def test_rows_of_an_earlier_version_are_read_with_one_click_for_each_practice():
    assert unpack(struct.pack("<10I", 2, 1, 3, 4, 5, 8, 1, 1, 1, 6)) == {2: (2, 1, 3, 4, 5, 0), 8: (8, 1, 1, 1, 6, 0)}
