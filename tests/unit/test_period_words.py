"""What stands along a chart of days, weeks and months."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.ctx import RequestContext

from cac.settings import Settings
from cac.stats.periods import Grain, list_periods, period_of
from cac.web.period_words import axis_of, axis_of_days, period_words

THURSDAY = date(2020, 4, 9)


@pytest.fixture(autouse=True)
def in_english(settings: Settings) -> Iterator[None]:
    with in_language(settings, "en"):
        yield


def in_language(settings: Settings, tag: str) -> RequestContext:
    from cac.app import create_app

    app: Flask = create_app(settings)
    return app.test_request_context(f"/{tag}/")


def test_each_monday_has_a_date_below_a_chart_of_days_but_at_its_edges() -> None:
    days = [THURSDAY - timedelta(days=number) for number in range(29, -1, -1)]
    axis = axis_of_days(days, today=THURSDAY)
    assert [tick for tick in axis.ticks if tick] == ["16 Mar", "23 Mar", "30 Mar", "6 Apr"]
    assert axis.labels[axis.ticks.index("30 Mar")] == "30 Mar 2020"
    later = axis_of_days([each + timedelta(days=2) for each in days[:-2]], today=THURSDAY)
    assert "6 Apr" in later.ticks
    assert "" in later.ticks[-3:]


@pytest.mark.parametrize(
    ("grain", "ticks"),
    [(Grain.WEEK, ["27 Jan", "17 Feb", "9 Mar", "30 Mar"]), (Grain.MONTH, ["Jun", "Sept", "Dec", "Mar"])],
)
def test_each_third_of_twelve_periods_has_a_short_date(grain: Grain, ticks: list[str]) -> None:
    axis = axis_of(grain, list_periods(grain, THURSDAY, 12), today=THURSDAY)
    assert [tick for tick in axis.ticks if tick] == ticks


def test_the_running_period_and_the_one_in_which_counting_began_are_not_whole() -> None:
    periods = list_periods(Grain.WEEK, THURSDAY, 3)
    begun = periods[0].first + timedelta(days=3)
    axis = axis_of(Grain.WEEK, periods, today=THURSDAY, begun=begun)
    assert dict(axis.parts) == {0: "counted since 26 March 2020", 2: "not over yet"}
    assert dict(axis_of(Grain.WEEK, periods, today=THURSDAY, begun=periods[0].first).parts) == {2: "not over yet"}


def test_a_day_whose_salt_was_lost_says_that_visitors_may_be_counted_twice() -> None:
    periods = list_periods(Grain.WEEK, THURSDAY, 2)
    axis = axis_of(Grain.WEEK, periods, today=THURSDAY, broken={periods[0].last})
    assert axis.notes == ("visitors may be counted twice", "not over yet")


@pytest.mark.parametrize(("tag", "words"), [("en", "9 Apr 2020"), ("ko", "2020년 4월 9일"), ("ar", "9 أبريل 2020")])
def test_a_day_names_its_month_in_every_language(settings: Settings, tag: str, words: str) -> None:
    with in_language(settings, tag):
        assert period_words(Grain.DAY, period_of(Grain.DAY, THURSDAY)) == words
