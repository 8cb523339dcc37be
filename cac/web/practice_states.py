"""The state of a practice in words for the people who work on it: one word, one sentence, and how it is coloured."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext

from cac.clock import day_in
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.web.presenting import day

REVIEW_WORKING_DAYS = 3
SATURDAY = 5


@dataclass(frozen=True)
class State:
    """A state as it is shown; ``tone`` is the class of its tag (ok, warn, bad, line or none), ``icon`` its icon."""

    word: str
    sentence: str
    tone: str
    icon: str


def state_of(practice: Practice) -> State:
    """Return the state of a practice in the language of the interface."""
    if practice.status == Status.WITHDRAWN and practice.withdrawn_at is not None:
        since, reason = day(practice.withdrawn_at), practice.withdrawn_reason
        sentence = gettext("Withdrawn since %(day)s, because: %(reason)s", day=since, reason=reason)
        return State(gettext("Withdrawn"), sentence, "bad", "x")
    if practice.status == Status.CHANGES_REQUESTED:
        sentence = gettext("A reviewer asked for changes: read the note, change the text and send it again.")
        return State(gettext("Changes requested"), sentence, "warn", "message-square")
    if practice.status == Status.IN_REVIEW:
        return State(gettext("In review"), _sentence_in_review(practice), "", "clock")
    return _state_of_text(practice)


def _sentence_in_review(practice: Practice) -> str:
    sent = day(practice.submitted_at or practice.changed_at)
    if practice.is_public:
        sentence = gettext(
            "Changes sent on %(day)s. Readers see the published version until they are reviewed.", day=sent
        )
    else:
        sentence = gettext("Sent on %(day)s. A review usually takes three working days.", day=sent)
    return str(sentence)


def _state_of_text(practice: Practice) -> State:
    if practice.published_at is None:
        return State(gettext("Draft"), gettext("Not sent yet: only your city sees it."), "line", "pencil")
    since = day(practice.republished_at or practice.published_at)
    if practice.status == Status.DRAFT:
        sentence = gettext("Readers see the version of %(day)s. There are changes that were not sent yet.", day=since)
        return State(gettext("Published, with changes"), sentence, "warn", "pencil")
    return State(gettext("Published"), gettext("Readers see the version of %(day)s.", day=since), "ok", "circle-check")


def waiting_days(practice: Practice, at: datetime) -> int:
    """Return for how many working days (Monday to Friday, in the city) a practice has waited for its review."""
    zone = practice.city.timezone
    sent = day_in(zone, practice.submitted_at or practice.changed_at)
    return working_days_between(sent, day_in(zone, at))


def working_days_between(first: date, last: date) -> int:
    """Return how many days from Monday to Friday lie after ``first`` and up to ``last``."""
    days = max(0, (last - first).days)
    weeks, rest = divmod(days, 7)
    tail = [(last - timedelta(days=back)).weekday() for back in range(rest)]
    return weeks * 5 + sum(weekday < SATURDAY for weekday in tail)
