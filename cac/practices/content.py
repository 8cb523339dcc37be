"""What one revision says: its fields, the JSON they are kept as, and what is still missing.

The checks of each field are in checks; the codes are in vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from cac.errors import InvalidError
from cac.practices.vocabulary import Ending, Kind, Stage

TEXT_FIELDS = ("title", "summary", "office", "why", "how")

REQUIRED_FOR_REVIEW = (
    "title", "summary", "office", "kind", "topics", "stage", "started_on", "ending", "as_of",
)  # fmt: skip
WISHED_BY_READERS = ("places", "why", "how")

Code = TypeVar("Code", bound=StrEnum)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Source:
    """Where the facts come from: a link with its title, its publisher and its (partial) date."""

    url: str = ""
    title: str = ""
    publisher: str = ""
    date: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the JSON of this source without its empty fields."""
        return {name: value for name in SOURCE_FIELDS if (value := getattr(self, name))}


@dataclass(frozen=True)
class Content:
    """What one revision says. An empty value means that nothing was written; dates are strings as in partial_dates.

    A translation fills TEXT_FIELDS only: facts live in the original. ``why`` and ``how`` are sanitised HTML, the other
    texts are plain.
    """

    title: str = ""
    summary: str = ""
    office: str = ""
    kind: Kind | None = None
    topics: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    stage: Stage | None = None
    started_on: str = ""
    ending: Ending | None = None
    ended_on: str = ""
    as_of: str = ""
    licence: str = ""
    sources: tuple[Source, ...] = ()
    own_records: bool = False
    why: str = ""
    how: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written; a licence alone, which every form brings, says nothing."""
        return replace(self, licence="") == Content()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Content":
        """Return the content that ``values`` hold, in the shape of ``to_json``; lengths and dates are not looked at.

        Raises InvalidError: ``unknown_field``, ``wrong_type`` or ``unknown`` (a code that is not in the vocabulary).
        """
        reader = _Reader(values)
        content = cls(
            **{name: reader.text(name) for name in TEXT_FIELDS},
            kind=reader.code("kind", Kind),
            topics=reader.codes("topics"),
            places=reader.codes("places"),
            stage=reader.code("stage", Stage),
            started_on=reader.text("started_on"),
            ending=reader.code("ending", Ending),
            ended_on=reader.text("ended_on"),
            as_of=reader.text("as_of"),
            licence=reader.text("licence"),
            sources=reader.sources("sources"),
            own_records=reader.flag("own_records"),
        )
        if reader.problems:
            raise InvalidError(reader.problems)
        return content

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of this content without its empty fields."""
        values: dict[str, Any] = {}
        for name in FIELDS:
            value = getattr(self, name)
            if not value:
                continue
            if isinstance(value, tuple):
                values[name] = [item.to_json() if isinstance(item, Source) else item for item in value]
            else:
                values[name] = value.value if isinstance(value, StrEnum) else value
        return values


FIELDS = tuple(field.name for field in fields(Content))
SOURCE_FIELDS = tuple(field.name for field in fields(Source))


class _Reader:
    """Takes values of known types out of a mapping and notes what cannot be taken."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.problems = {str(name): "unknown_field" for name in values if name not in FIELDS}

    def text(self, name: str) -> str:
        return self._typed(name, self.values.get(name), str, "")

    def flag(self, name: str) -> bool:
        return self._typed(name, self.values.get(name), bool, False)

    def code(self, name: str, codes: type[Code]) -> Code | None:
        value = self.text(name)
        if not value:
            return None
        try:
            return codes(value)
        except ValueError:
            self.problems[name] = "unknown"
            return None

    def codes(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        return tuple(dict.fromkeys(self._typed(name, value, str, "") for value in values))

    def sources(self, name: str) -> tuple[Source, ...]:
        return tuple(self._source(f"{name}.{number}", value) for number, value in enumerate(self._list(name)))

    def _source(self, name: str, value: object) -> Source:
        if isinstance(value, Source):
            return value
        if not isinstance(value, Mapping):
            self.problems[name] = "wrong_type"
            return Source()
        self.problems.update({f"{name}.{key}": "unknown_field" for key in value if key not in SOURCE_FIELDS})
        return Source(**{key: self._typed(f"{name}.{key}", value.get(key), str, "") for key in SOURCE_FIELDS})

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        self.problems[name] = "wrong_type"
        return []

    def _typed(self, name: str, value: object, expected: type[Value], empty: Value) -> Value:
        if value is None:
            return empty
        if isinstance(value, expected):
            return value
        self.problems[name] = "wrong_type"
        return empty


class Completeness(NamedTuple):
    """How many of the fields that readers look for are filled, and which are not, in the order of the form."""

    done: int
    of: int
    missing: tuple[str, ...]


def missing_for_review(content: Content) -> dict[str, str]:
    """Return the required fields that are empty, each with the key ``missing``; empty when it can be sent for review.

    ``sources`` is there if there is one source or the city says that it reports from its own records.
    """
    missing = {name: "missing" for name in REQUIRED_FOR_REVIEW if not getattr(content, name)}
    if content.ending is Ending.ENDED and not content.ended_on:
        missing["ended_on"] = "missing"
    if not (content.sources or content.own_records):
        missing["sources"] = "missing"
    return missing


def completeness(content: Content) -> Completeness:
    """Return how much of what a reader looks for is there: the required fields, and places, why and how."""
    missing = set(missing_for_review(content)) | {name for name in WISHED_BY_READERS if not getattr(content, name)}
    asked = {*REQUIRED_FOR_REVIEW, "sources", *WISHED_BY_READERS}
    if content.ending is Ending.ENDED:
        asked.add("ended_on")
    return Completeness(len(asked) - len(missing), len(asked), tuple(name for name in FIELDS if name in missing))
