"""Who may invite and remove whom; pure decisions about people, without the database."""

from cac.accounts.models import OFFICIAL_ROLES, Person, Role


def can_manage_all_people(actor: Person | None) -> bool:
    """Whether the actor looks after every account of the site."""
    return actor is not None and actor.disabled_at is None and actor.role == Role.OPERATOR


def can_manage_people_of(actor: Person | None, city_id: int | None) -> bool:
    """Whether the actor may see and look after the officials of one city: its leads and the operators."""
    if can_manage_all_people(actor):
        return True
    is_lead = actor is not None and actor.disabled_at is None and actor.role == Role.LEAD
    return is_lead and actor is not None and city_id is not None and actor.city_id == city_id


def can_invite(actor: Person | None, role: Role, city_id: int | None) -> bool:
    """Whether the actor may invite somebody to this role: operators to any, a lead to the roles of the own city."""
    return can_manage_people_of(actor, city_id) and (can_manage_all_people(actor) or role in OFFICIAL_ROLES)


def can_disable(actor: Person | None, person: Person) -> bool:
    """Whether the actor may disable this person: operators anybody, a lead the officials of the own city."""
    return can_manage_people_of(actor, person.city_id)
