"""Who may do what to a practice: role by city by step."""

from datetime import UTC, datetime

import pytest

from cac.accounts.models import Person, Role
from cac.practices.models import Practice
from cac.practices.permissions import (
    THE_PROGRAM,
    Actor,
    can_create_for,
    can_discard,
    can_edit,
    can_read_draft,
    can_review,
    can_submit,
    can_withdraw,
)

OWN, OTHER = 1, 2


def person(role: Role, city_id: int | None = None, *, disabled: bool = False, id: int = 1) -> Person:
    return Person(id=id, role=role, city_id=city_id, disabled_at=datetime(2020, 1, 1, tzinfo=UTC) if disabled else None)


def rights_of(actor: Actor | None) -> set[str]:
    practice = Practice(city_id=OWN)
    decisions = {
        "create": can_create_for(actor, OWN),
        "edit": can_edit(actor, practice),
        "submit": can_submit(actor, practice),
        "review": can_review(actor, practice),
        "withdraw": can_withdraw(actor, practice),
        "read draft": can_read_draft(actor, practice),
    }
    return {name for name, allowed in decisions.items() if allowed}


WRITER = {"create", "edit", "submit", "read draft"}
HOST = {"review", "withdraw", "read draft"}


@pytest.mark.parametrize(
    ("actor", "rights"),
    [
        (None, set()),
        (person(Role.AUTHOR, OWN), WRITER),
        (person(Role.LEAD, OWN), WRITER | {"withdraw"}),
        (person(Role.AUTHOR, OTHER), set()),
        (person(Role.LEAD, OTHER), set()),
        (person(Role.REVIEWER), HOST),
        (person(Role.OPERATOR), HOST),
        (person(Role.LEAD, OWN, disabled=True), set()),
        (person(Role.OPERATOR, disabled=True), set()),
        (THE_PROGRAM, WRITER | HOST),
    ],
)
def test_each_role_has_its_rights_and_no_others(actor: Actor | None, rights: set[str]) -> None:
    assert rights_of(actor) == rights


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (None, False),
        (person(Role.AUTHOR, OWN, id=7), True),
        (person(Role.AUTHOR, OWN, id=8), False),
        (person(Role.AUTHOR, OTHER, id=7), False),
        (person(Role.AUTHOR, OWN, id=7, disabled=True), False),
        (person(Role.LEAD, OWN, id=8), True),
        (person(Role.LEAD, OTHER, id=8), False),
        (person(Role.REVIEWER), False),
        (person(Role.OPERATOR, id=7), False),
        (THE_PROGRAM, True),
    ],
)
def test_who_began_a_draft_and_the_lead_of_its_city_may_discard_it(actor: Actor | None, allowed: bool) -> None:
    assert can_discard(actor, Practice(city_id=OWN), begun_by=7) is allowed
