"""Sentences for the operator about what is wrong with a line; the checks themselves give only keys."""

from collections.abc import Mapping
from typing import Any

from cac.practices.vocabulary import LICENCES, PLACES, TOPICS, Kind, Stage

WORDS = {
    "missing": "missing",
    "too_long": "too long",
    "too_many_words": "more than 20 words",
    "unknown_field": "there is no such field",
    "wrong_type": "of the wrong type",
    "not_a_date": "no date; write 2020, 2020-03 or 2020-03-24",
    "not_a_day": "no day; write 2020-03-24",
    "in_the_future": "in the future",
    "before_start": "before started_on",
    "not_a_link": "no address that begins with https:// or http://",
}
VOCABULARIES: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind), "stage": tuple(Stage), "topics": TOPICS, "places": PLACES, "licence": LICENCES,
}  # fmt: skip
MOST = {"topics": 3, "places": 5, "sources": 20}
THEIR_NAMES = {"how": "text", "ending": "ended_on"}


def describe_problems(problems: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each problem of a checked field, in the names of the line's format."""
    return [_describe(name, problem, values) for name, problem in problems.items()]


def _describe(name: str, problem: str, values: Mapping[str, Any]) -> str:
    field, _, rest = name.partition(".")
    label = THEIR_NAMES.get(field, field)
    value = values.get(label)
    if problem == "unknown":
        return f"{label}: {_unknown(field, value)}"
    if problem == "too_many":
        return f"{label}: more than {MOST.get(field, 0)}"
    shown = f"{_short(value)} is " if isinstance(value, str) and problem in WORDS and problem != "missing" else ""
    verb = f"{shown}{WORDS.get(problem, problem)}"
    return f"{label}.{rest}: {verb}" if rest else f"{label}: {verb}"


def _unknown(field: str, value: object) -> str:
    known = VOCABULARIES.get(field, ())
    values = value if isinstance(value, list) else [value]
    strange = [item for item in values if item not in known]
    which = ", ".join(_short(item) for item in strange[:3])
    return f"{which} is none of {', '.join(known)}"


def _short(value: object) -> str:
    text = f'"{value}"'
    return text if len(text) <= 70 else f'{text[:66]}…"'
