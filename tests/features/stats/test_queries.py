"""The numbers that pages show."""

from datetime import timedelta

from cac.practices.workflow import Status
from cac.stats import hosts, queries
from tests.factories import make_practice


def test_without_any_view_every_number_is_nought(session, clock):
    assert queries.total_views(session) == 0
    assert queries.views_of_city(session, 1) == 0
    assert queries.views_of(session, [1, 2]) == {1: 0, 2: 0}
    assert queries.views_of(session, []) == {}
    assert queries.most_viewed(session, 5) == []
    assert hosts.rolled_until(session, at=clock.at) is None


def test_the_most_viewed_are_the_public_ones_in_the_order_of_their_views(session, read, clock, roller):
    quiet, loud, gone, unread = (
        make_practice(session, status=status)
        for status in (Status.PUBLISHED, Status.PUBLISHED, Status.WITHDRAWN, Status.PUBLISHED)
    )
    session.commit()
    for practice, times in ((quiet, 1), (loud, 3), (gone, 5)):
        for _ in range(times):
            read(practice.id, city=practice.city_id)
            clock.at += timedelta(seconds=31)
    roller.roll(clock.at)
    session.rollback()
    assert queries.most_viewed(session, 5) == [(loud.id, 3), (quiet.id, 1)]
    assert queries.most_viewed(session, 1) == [(loud.id, 3)]
    assert queries.views_of(session, [gone.id, unread.id]) == {gone.id: 5, unread.id: 0}


def test_an_idle_roller_says_every_ten_seconds_that_it_lives(session, clock, roller):
    begun = clock.at
    roller.roll(clock.at)
    clock.at += timedelta(seconds=9)
    roller.roll(clock.at)
    assert hosts.rolled_until(session, at=clock.at) == begun
    session.rollback()
    clock.at += timedelta(seconds=1)
    roller.roll(clock.at)
    assert hosts.rolled_until(session, at=clock.at) == clock.at
