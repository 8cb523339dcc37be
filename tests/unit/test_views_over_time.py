"""Which months the page of statistics shows."""

from datetime import date

import pytest

from cac.stats.periods import Grain, Period, period_of
from cac.stats.reports import DayCount
from cac.web.views_over_time import add_up_months, month_to_show

OCTOBER, NOVEMBER = (period_of(Grain.MONTH, date(2020, month, 1)) for month in (10, 11))


@pytest.mark.parametrize(
    ("months", "shown"),
    [
        ({NOVEMBER: 1, OCTOBER: 9}, NOVEMBER),
        ({NOVEMBER: 0, OCTOBER: 9}, OCTOBER),
        ({NOVEMBER: 0, OCTOBER: 0}, NOVEMBER),
        ({NOVEMBER: 0}, NOVEMBER),
    ],
)
def test_the_month_before_is_shown_only_while_nothing_is_read_in_the_running_one(
    months: dict[Period, int], shown: Period
) -> None:
    assert month_to_show(months, date(2020, 11, 7)) == shown


def test_months_add_up_their_days_and_begin_with_the_one_in_which_counting_began() -> None:
    days = [DayCount(date(2020, 9, 30)), DayCount(date(2020, 10, 1)), DayCount(date(2020, 10, 31), views=2)]
    days += [DayCount(date(2020, 11, 1), views=3), DayCount(date(2020, 11, 2), views=4)]
    assert list(add_up_months(days, date(2020, 10, 31)).items()) == [(NOVEMBER, 7), (OCTOBER, 2)]
    assert add_up_months(days, None) == {}
