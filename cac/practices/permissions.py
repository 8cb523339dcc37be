"""Who may do what to a practice: pure decisions over a person and a practice, no database.

Authors and leads write for their own city only; reviewers and operators judge all of them and write none.
Whether the practice is in a state for the step is the business of workflow.
"""

from typing import Final

from cac.accounts.models import Person, Role
from cac.practices.models import Practice


class Program:
    """The program itself, acting for the operator at the command line (import, demonstration): it may do everything."""


THE_PROGRAM: Final = Program()

Actor = Person | Program


def can_create_for(actor: Actor | None, city_id: int) -> bool:
    """Whether the actor may write a new practice for this city."""
    return isinstance(actor, Program) or _is_official_of(actor, city_id)


def can_edit(actor: Actor | None, practice: Practice) -> bool:
    """Whether the actor may save a new revision of the practice."""
    return isinstance(actor, Program) or _is_official_of(actor, practice.city_id)


def can_submit(actor: Actor | None, practice: Practice) -> bool:
    """Whether the actor may send the practice for review, and take it back."""
    return can_edit(actor, practice)


def can_discard(actor: Actor | None, practice: Practice, begun_by: int | None) -> bool:
    """Whether the actor may delete the practice before it was ever published: who began it, and the lead of its city."""
    if isinstance(actor, Program):
        return True
    if actor is None or not _is_official_of(actor, practice.city_id):
        return False
    return actor.role == Role.LEAD or actor.id == begun_by


def can_review(actor: Actor | None, practice: Practice) -> bool:
    """Whether the actor may publish the practice or ask for changes."""
    return isinstance(actor, Program) or _is_active_host(actor)


def can_withdraw(actor: Actor | None, practice: Practice) -> bool:
    """Whether the actor may take the practice out of public reading: the host's people, and the lead of its city."""
    if isinstance(actor, Program) or _is_active_host(actor):
        return True
    return actor is not None and actor.role == Role.LEAD and _is_official_of(actor, practice.city_id)


def can_read_draft(actor: Actor | None, practice: Practice) -> bool:
    """Whether the actor may read revisions that are not public."""
    return isinstance(actor, Program) or _is_active_host(actor) or _is_official_of(actor, practice.city_id)


def _is_official_of(actor: Person | None, city_id: int) -> bool:
    return actor is not None and actor.disabled_at is None and actor.is_official and actor.city_id == city_id


def _is_active_host(actor: Person | None) -> bool:
    return actor is not None and actor.disabled_at is None and actor.is_host
