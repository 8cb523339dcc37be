"""Days, weeks and months, and the change between them."""

from datetime import date
from itertools import pairwise

import pytest

from cac.stats.periods import Grain, Period, change, is_counted, is_whole, list_periods, period_of


def test_weeks_begin_on_monday():
    assert period_of(Grain.WEEK, date(2020, 4, 9)) == Period(date(2020, 4, 6), date(2020, 4, 12))
    assert period_of(Grain.WEEK, date(2020, 4, 6)).first == date(2020, 4, 6)


@pytest.mark.parametrize(
    ("day", "last"), [("2020-02-10", 29), ("2021-02-10", 28), ("2020-12-31", 31), ("2020-04-30", 30)]
)
def test_months_end_on_their_last_day(day, last):
    assert period_of(Grain.MONTH, date.fromisoformat(day)).last.day == last


@pytest.mark.parametrize("grain", list(Grain))
def test_periods_follow_each_other_without_a_gap(grain):
    periods = list_periods(grain, date(2021, 3, 1), 40)
    assert date(2021, 3, 1) in periods[-1]
    assert all((later.first - earlier.last).days == 1 for earlier, later in pairwise(periods))


def test_a_change_from_nothing_has_no_percentage():
    assert change(5, 0) is None
    assert change(5, 4) == 0.25
    assert change(0, 4) == -1.0


def test_a_period_in_which_counting_began_is_counted_but_not_whole():
    week = period_of(Grain.WEEK, date(2020, 4, 9))
    assert (is_counted(week, date(2020, 4, 12)), is_whole(week, date(2020, 4, 12))) == (True, False)
    assert (is_counted(week, date(2020, 4, 6)), is_whole(week, date(2020, 4, 6))) == (True, True)
    assert (is_counted(week, date(2020, 4, 13)), is_whole(week, None)) == (False, False)
