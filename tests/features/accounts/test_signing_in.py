"""Signing in: sessions that end when they should, and delays that no restart forgets."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cac.accounts import queries, service
from cac.accounts.models import Person, Role, SignInFailure, SignInSession
from cac.accounts.service import Refused, SignedIn
from cac.db import SessionFactory, transaction
from cac.settings import Settings

PASSWORD = "correct horse battery staple"


@pytest.fixture
def person(session: Session, at: datetime) -> Person:
    with transaction(session):
        return add(session, "minji@example.org", at)


def add(session: Session, email: str, at: datetime) -> Person:
    return service.add_person(
        session, email=email, name="Kim Minji", role=Role.OPERATOR, city=None, locale="ko", password=PASSWORD, at=at
    )


def attempt(
    session: Session,
    settings: Settings,
    at: datetime,
    password: str = "wrong",
    *,
    email: str = "minji@example.org",
    address: str = "192.0.2.7",
) -> SignedIn | Refused:
    with transaction(session):
        return service.sign_in(session, email=email, password=password, address=address, at=at, settings=settings)


def signed_in(session: Session, settings: Settings, at: datetime) -> SignedIn:
    answer = attempt(session, settings, at, PASSWORD)
    assert isinstance(answer, SignedIn)
    return answer


def test_the_right_password_starts_a_session_known_by_its_token_alone(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    started = signed_in(session, settings, at)
    found = queries.find_session(session, started.token, at)
    assert found is not None
    assert found.person == person
    assert len(started.token) == 43
    assert started.token not in str(session.execute(select(SignInSession.token_hash)).all())
    assert queries.find_session(session, started.token + "x", at) is None


def test_the_e_mail_may_be_written_in_any_case(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    assert isinstance(attempt(session, settings, at, PASSWORD, email=" MinJi@Example.ORG "), SignedIn)


def test_each_sign_in_has_a_token_of_its_own(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    assert signed_in(session, settings, at).token != signed_in(session, settings, at).token


@pytest.mark.parametrize("email", ["minji@example.org", "nobody@example.org", "", "x" * 5000, "\x00", "\ud800"])
def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    session: Session, person: Person, settings: Settings, at: datetime, email: str
) -> None:
    answers = [attempt(session, settings, at, email=email) for _ in range(6)]
    assert answers == [Refused(0)] * 5 + [Refused(1)]


def test_a_disabled_account_and_one_without_a_password_are_refused_alike(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    with transaction(session):
        other = add(session, "other@example.org", at)
        service.disable_person(session, person, at=at)
        other.password_hash = None
    assert attempt(session, settings, at, PASSWORD) == Refused(0)
    assert attempt(session, settings, at, PASSWORD, email="other@example.org") == Refused(0)


def test_after_five_failures_even_the_right_password_waits_and_then_gets_in(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(5):
        attempt(session, settings, at)
    assert attempt(session, settings, at, PASSWORD) == Refused(1)
    assert isinstance(attempt(session, settings, at + timedelta(seconds=1), PASSWORD), SignedIn)


def test_attempts_during_a_wait_do_not_make_it_longer(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(50):
        attempt(session, settings, at)
    assert isinstance(attempt(session, settings, at + timedelta(seconds=1), PASSWORD), SignedIn)


def test_the_wait_doubles_with_each_failure_after_it(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(5):
        attempt(session, settings, at)
    waits = []
    for _ in range(12):
        refused = attempt(session, settings, at)
        assert isinstance(refused, Refused)
        waits.append(refused.wait_seconds)
        at += timedelta(seconds=refused.wait_seconds)
        assert attempt(session, settings, at) == Refused(0)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_the_delay_holds_in_every_process_because_it_is_in_the_database(
    session: Session, session_factory: SessionFactory, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(5):
        attempt(session, settings, at)
    with session_factory() as another_process:
        assert attempt(another_process, settings, at, PASSWORD) == Refused(1)


def test_signing_in_forgets_the_failures_of_the_account(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(4):
        attempt(session, settings, at)
    signed_in(session, settings, at)
    assert [attempt(session, settings, at) for _ in range(5)] == [Refused(0)] * 5


def test_an_address_that_tries_many_accounts_has_to_wait_and_others_do_not(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for number in range(20):
        assert attempt(session, settings, at, email=f"{number}@example.org") == Refused(0)
    assert attempt(session, settings, at, PASSWORD) == Refused(1)
    assert isinstance(attempt(session, settings, at, PASSWORD, address="198.51.100.1"), SignedIn)


def test_a_stranger_who_guesses_does_not_keep_the_owner_out(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(30):
        refused = attempt(session, settings, at)
        assert isinstance(refused, Refused)
        at += timedelta(seconds=refused.wait_seconds)
    assert isinstance(attempt(session, settings, at, PASSWORD, address="198.51.100.1"), SignedIn)


def test_guesses_from_many_addresses_delay_the_account_by_a_minute_at_most(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    waits = []
    for number in range(70):
        refused = attempt(session, settings, at, address=f"198.51.100.{number}")
        assert isinstance(refused, Refused)
        if refused.wait_seconds:
            waits.append(refused.wait_seconds)
            at += timedelta(seconds=refused.wait_seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert isinstance(attempt(session, settings, at + timedelta(minutes=1), PASSWORD), SignedIn)


def test_failures_are_forgotten_after_an_hour(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    for _ in range(5):
        attempt(session, settings, at)
    later = at + timedelta(hours=1, seconds=1)
    assert [attempt(session, settings, later) for _ in range(5)] == [Refused(0)] * 5
    assert attempt(session, settings, later) == Refused(1)


def test_no_address_and_no_e_mail_is_kept_for_a_failure(session: Session, settings: Settings, at: datetime) -> None:
    attempt(session, settings, at)
    kept = str([row.key for row in session.scalars(select(SignInFailure))])
    assert "192.0.2.7" not in kept
    assert "minji" not in kept


def test_signing_out_ends_this_session_only(session: Session, person: Person, settings: Settings, at: datetime) -> None:
    here, there = signed_in(session, settings, at), signed_in(session, settings, at)
    with transaction(session):
        service.sign_out(session, here.token)
        service.sign_out(session, "unknown")
    assert queries.find_session(session, here.token, at) is None
    assert queries.find_session(session, there.token, at) is not None


def test_an_unused_session_expires_and_a_used_one_lasts(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    started = signed_in(session, settings, at)
    idle = timedelta(hours=settings.session_idle_hours)
    assert queries.find_session(session, started.token, at + idle) is None
    with transaction(session):
        assert service.touch(session, started.session, settings=settings, at=at + timedelta(hours=1))
        assert not service.touch(session, started.session, settings=settings, at=at + timedelta(hours=1, seconds=59))
    assert queries.find_session(session, started.token, at + idle) is not None


def test_a_session_ends_after_its_days_however_much_it_is_used(
    session: Session, person: Person, settings: Settings, at: datetime
) -> None:
    started = signed_in(session, settings, at)
    end = at + timedelta(days=settings.session_days)
    with transaction(session):
        service.touch(session, started.session, settings=settings, at=end - timedelta(seconds=1))
    assert queries.find_session(session, started.token, end - timedelta(seconds=1)) is not None
    assert queries.find_session(session, started.token, end) is None


def test_disabling_and_a_new_password_end_all_sessions_in_every_process(
    session: Session, session_factory: SessionFactory, person: Person, settings: Settings, at: datetime
) -> None:
    started = signed_in(session, settings, at)
    with transaction(session):
        service.change_password(session, person, current=PASSWORD, new="another horse, another staple")
    with session_factory() as another_process:
        assert queries.find_session(another_process, started.token, at) is None
    with transaction(session):
        add(session, "second@example.org", at)
        again = service.start_session(session, person, settings=settings, at=at)
        service.disable_person(session, person, at=at)
    with session_factory() as another_process:
        assert queries.find_session(another_process, again.token, at) is None


def test_tidying_deletes_what_has_ended(session: Session, person: Person, settings: Settings, at: datetime) -> None:
    signed_in(session, settings, at)
    attempt(session, settings, at)
    with transaction(session):
        assert service.forget_expired(session, at=at) == 0
        assert service.forget_expired(session, at=at + timedelta(days=20)) >= 2
    assert session.scalar(select(func.count()).select_from(SignInSession)) == 0
