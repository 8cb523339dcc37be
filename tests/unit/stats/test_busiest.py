"""The busiest key of an hour, in little memory."""

from datetime import UTC, datetime, timedelta

from cac.stats.busiest import KEYS_KEPT, BusyHour, BusyHours

NINE = datetime(2020, 4, 9, 9, 0, tzinfo=UTC)


def test_views_of_the_same_key_add_up():
    hour = BusyHour(NINE).with_views({1: 40, 2: 5}).with_views({1: 30, 3: 25})
    assert (hour.views, hour.most, hour.can_be_judged) == (100, 70, True)


def test_a_key_with_a_third_of_the_views_is_found_among_ever_new_ones_in_bounded_memory():
    hour = BusyHour(NINE)
    for batch in range(200):
        hour = hour.with_views({0: 50} | {1 + 100 * batch + number: 1 for number in range(100)})
    assert hour.views == 30_000
    assert len(hour.keys) <= KEYS_KEPT
    assert 10_000 - 30_000 / KEYS_KEPT <= hour.most <= 10_000


def test_a_new_hour_begins_anew_and_the_last_that_can_be_judged_is_remembered():
    ten = NINE + timedelta(hours=1)
    hours = BusyHours().with_views([(NINE, {1: 80, 2: 40})], NINE)
    later = hours.with_views([(ten, {1: 5})], ten).with_views([(NINE, {1: 1000})], ten)
    assert later.judged == hours.judged
    assert (later.now.hour, later.now.views) == (ten, 5)


def test_an_hour_that_a_wrong_clock_brought_is_forgotten_when_the_clock_is_right_again():
    ahead = BusyHours().with_views([(NINE + timedelta(days=400), {1: 500})], NINE + timedelta(days=400))
    right = ahead.with_views([(NINE, {1: 100, 2: 20})], NINE)
    assert (right.now.hour, right.judged.views) == (NINE, 120)
