"""Two contents of a practice side by side, field by field, as plain text; only the fields that differ."""

from dataclasses import dataclass, fields

from flask_babel import gettext

from cac.practices.content import Content, Source
from cac.text import plain_text
from cac.web import vocabulary
from cac.web.forms.words import FIELD_NAMES
from cac.web.presenting import partial_date

VOCABULARIES = {
    "kind": vocabulary.KINDS,
    "stage": vocabulary.STAGES,
    "ending": vocabulary.ENDINGS,
    "licence": vocabulary.LICENCES,
    "topics": vocabulary.TOPICS,
    "places": vocabulary.PLACES,
}
RICH_TEXTS = ("why", "how")
DATES = ("started_on", "ended_on", "as_of")
PEOPLES_WORDS = ("title", "summary", "office", "why", "how", "sources")


@dataclass(frozen=True)
class Difference:
    """One field that differs: its name, its label, and the text of both sides, empty where nothing was written."""

    field: str
    label: str
    before: str
    after: str

    @property
    def is_peoples_words(self) -> bool:
        """Whether the texts are in the language of the practice, and not words of the interface."""
        return self.field in PEOPLES_WORDS


def differences(before: Content, after: Content) -> list[Difference]:
    """Return the fields whose text differs between two contents, in the order of the content."""
    texts = [(field.name, readable(before, field.name), readable(after, field.name)) for field in fields(Content)]
    return [Difference(name, str(FIELD_NAMES[name]), old, new) for name, old, new in texts if old != new]


def readable(content: Content, name: str) -> str:
    """Return one field of a content as plain text for readers; lines are separated by newlines."""
    value = getattr(content, name)
    if not value:
        return ""
    if name in VOCABULARIES:
        codes = value if isinstance(value, tuple) else (value,)
        return "\n".join(vocabulary.label(VOCABULARIES[name], code) for code in codes)
    if name == "sources":
        return "\n".join(_readable_source(source) for source in value)
    if name == "own_records":
        return str(gettext("Yes"))
    present = {**dict.fromkeys(RICH_TEXTS, plain_text), **dict.fromkeys(DATES, partial_date)}.get(name, str)
    return present(value)


def _readable_source(source: Source) -> str:
    date = partial_date(source.date) if source.date else ""
    return " · ".join(part for part in (source.title, source.publisher, date, source.url) if part)
