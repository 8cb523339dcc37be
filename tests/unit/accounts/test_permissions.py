"""Operators look after everybody, leads after the officials of their own city, nobody else after anybody."""

from datetime import UTC, datetime

import pytest

from cac.accounts.models import Person, Role
from cac.accounts.permissions import can_disable, can_invite

OPERATOR = Person(role=Role.OPERATOR)
LEAD = Person(role=Role.LEAD, city_id=1)


@pytest.mark.parametrize(
    ("actor", "role", "city_id", "allowed"),
    [
        (OPERATOR, Role.OPERATOR, None, True),
        (OPERATOR, Role.AUTHOR, 2, True),
        (LEAD, Role.AUTHOR, 1, True),
        (LEAD, Role.LEAD, 1, True),
        (LEAD, Role.AUTHOR, 2, False),
        (LEAD, Role.REVIEWER, None, False),
        (LEAD, Role.REVIEWER, 1, False),
        (Person(role=Role.AUTHOR, city_id=1), Role.AUTHOR, 1, False),
        (Person(role=Role.REVIEWER), Role.AUTHOR, 1, False),
        (Person(role=Role.OPERATOR, disabled_at=datetime(2020, 1, 1, tzinfo=UTC)), Role.AUTHOR, 1, False),
        (None, Role.AUTHOR, 1, False),
    ],
)
def test_who_may_invite_whom(actor: Person | None, role: Role, city_id: int | None, allowed: bool) -> None:
    assert can_invite(actor, role, city_id) is allowed


def test_a_lead_disables_officials_of_the_own_city_only() -> None:
    assert can_disable(LEAD, Person(role=Role.AUTHOR, city_id=1))
    assert not can_disable(LEAD, Person(role=Role.AUTHOR, city_id=2))
    assert not can_disable(LEAD, OPERATOR)
    assert can_disable(OPERATOR, LEAD)
