"""The states of a practice and the steps between them: pure rules, no database and no people.

Who may take a step is in permissions; what a step does is in service.
"""

from enum import StrEnum

from cac.errors import ConflictError


class Status(StrEnum):
    """Where the working copy of a practice stands; a published revision can be up while it is any of these."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What somebody does to a practice as a whole; each one taken is kept as a row of practice_steps."""

    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    PUBLISH = "publish"
    REQUEST_CHANGES = "request_changes"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    LOAD = "load"


STEPS: dict[Step, dict[Status, Status]] = {
    Step.SUBMIT: {Status.DRAFT: Status.IN_REVIEW, Status.CHANGES_REQUESTED: Status.IN_REVIEW},
    Step.TAKE_BACK: {Status.IN_REVIEW: Status.DRAFT},
    Step.PUBLISH: {Status.IN_REVIEW: Status.PUBLISHED},
    Step.REQUEST_CHANGES: {Status.IN_REVIEW: Status.CHANGES_REQUESTED},
    Step.WITHDRAW: {
        Status.DRAFT: Status.WITHDRAWN,
        Status.IN_REVIEW: Status.WITHDRAWN,
        Status.CHANGES_REQUESTED: Status.WITHDRAWN,
        Status.PUBLISHED: Status.WITHDRAWN,
    },
    # The first save of a published practice: its revision stays up while the next one is written.
    Step.REOPEN: {Status.PUBLISHED: Status.DRAFT},
    # The program publishes what an import or the demonstration brings, without a reviewer.
    Step.LOAD: {
        Status.DRAFT: Status.PUBLISHED,
        Status.IN_REVIEW: Status.PUBLISHED,
        Status.CHANGES_REQUESTED: Status.PUBLISHED,
    },
}

WRITABLE = frozenset({Status.DRAFT, Status.CHANGES_REQUESTED, Status.PUBLISHED})
DISCARDABLE = frozenset({Status.DRAFT, Status.CHANGES_REQUESTED})


class StepConflictError(ConflictError):
    """The practice is not in a state for this step; ``reason`` is a message key, ``status`` what it is in now.

    The keys are the status itself (``in_review``, ``published``, ``withdrawn`` …), ``not_public`` or ``was_published``.
    """

    def __init__(self, reason: str, status: Status) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def can_take(status: str, step: Step) -> bool:
    """Whether a practice in ``status`` can take ``step``."""
    return Status(status) in STEPS[step]


def require_step(status: str, step: Step) -> Status:
    """Return the status after ``step``; raises StepConflictError (a ConflictError) where the step is not possible."""
    current = Status(status)
    if current not in STEPS[step]:
        raise StepConflictError(current.value, current)
    return STEPS[step][current]


def require_writable(status: str) -> None:
    """Raise StepConflictError unless a new revision may be saved: not while in review, scheduled or withdrawn."""
    current = Status(status)
    if current not in WRITABLE:
        raise StepConflictError(current.value, current)


def is_discardable(status: str, *, was_published: bool) -> bool:
    """Whether a practice can be deleted: a draft that readers have never seen and no reviewer reads now."""
    return Status(status) in DISCARDABLE and not was_published


def require_discardable(status: str, *, was_published: bool) -> None:
    """Raise StepConflictError unless the practice can be deleted; what was published once is withdrawn instead."""
    if not is_discardable(status, was_published=was_published):
        current = Status(status)
        raise StepConflictError("was_published" if was_published else current.value, current)
