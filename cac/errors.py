"""The four ways in which the domain says no; serving/errors turns them into pages or problem documents."""

from collections.abc import Mapping


class DomainError(Exception):
    """Base of the errors that a person caused and a person can read about."""


class NotFoundError(DomainError):
    """What was asked for does not exist, or may not be known to exist (404)."""


class NotAllowedError(DomainError):
    """The actor may not do this to this object (403)."""


class ConflictError(DomainError):
    """The object has moved on since the actor last saw it, or is not in a state for this step (409)."""


class InvalidError(DomainError):
    """The input cannot be taken; ``problems`` says why, field by field (422).

    ``problems`` maps the name of a field to a message key of the domain, such as ``{"title": "missing"}``;
    the pages translate the key into a sentence that says what to do.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)
