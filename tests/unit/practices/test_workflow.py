"""The steps of a practice: each one only from the states that allow it."""

import pytest

from cac.errors import ConflictError
from cac.practices.workflow import Status, Step, StepConflictError, can_take, require_step, require_writable

ALLOWED = {
    (Status.DRAFT, Step.SUBMIT): Status.IN_REVIEW,
    (Status.CHANGES_REQUESTED, Step.SUBMIT): Status.IN_REVIEW,
    (Status.IN_REVIEW, Step.TAKE_BACK): Status.DRAFT,
    (Status.IN_REVIEW, Step.PUBLISH): Status.PUBLISHED,
    (Status.IN_REVIEW, Step.REQUEST_CHANGES): Status.CHANGES_REQUESTED,
    (Status.DRAFT, Step.WITHDRAW): Status.WITHDRAWN,
    (Status.IN_REVIEW, Step.WITHDRAW): Status.WITHDRAWN,
    (Status.CHANGES_REQUESTED, Step.WITHDRAW): Status.WITHDRAWN,
    (Status.PUBLISHED, Step.WITHDRAW): Status.WITHDRAWN,
    (Status.PUBLISHED, Step.REOPEN): Status.DRAFT,
    (Status.DRAFT, Step.LOAD): Status.PUBLISHED,
    (Status.IN_REVIEW, Step.LOAD): Status.PUBLISHED,
    (Status.CHANGES_REQUESTED, Step.LOAD): Status.PUBLISHED,
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", Step)
def test_a_step_is_possible_only_from_its_states(status: Status, step: Step) -> None:
    after = ALLOWED.get((status, step))
    assert can_take(status, step) == (after is not None)
    if after is not None:
        assert require_step(status, step) == after
        return
    with pytest.raises(StepConflictError) as refusal:
        require_step(status, step)
    assert (refusal.value.reason, refusal.value.status) == (status, status)
    assert isinstance(refusal.value, ConflictError)


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.SCHEDULED, Status.WITHDRAWN])
def test_nothing_is_written_while_in_review_or_after_withdrawal(status: Status) -> None:
    with pytest.raises(StepConflictError) as refusal:
        require_writable(status)
    assert refusal.value.reason == status


@pytest.mark.parametrize("status", [Status.DRAFT, Status.CHANGES_REQUESTED, Status.PUBLISHED])
def test_drafts_and_published_practices_can_be_written(status: Status) -> None:
    require_writable(status)
