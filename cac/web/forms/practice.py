"""The editor's form: what was typed, kept as it was typed, and how it becomes the content of a revision.

Checks nothing itself: practices/content and practices/checks say what cannot be stored and what is still missing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from cac import text
from cac.errors import InvalidError
from cac.languages import own_name
from cac.practices.content import Content
from cac.practices.vocabulary import DEFAULT_LICENCE
from cac.web import vocabulary
from cac.web.forms.dates import tidy_date
from cac.web.forms.words import FIELD_NAMES

SOURCE_ROWS = 3
MOST_SOURCE_ROWS = 60
LONGEST_TYPED = 60_000
"""Markdown beyond this is too long whatever it says, and is not read at all."""
BARE_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)+(/\S*)?")
FORM_KEY = re.compile(r"[0-9a-f]{32}")
SOURCE_KEY = re.compile(r"sources-[0-9]{1,3}-(url|title|publisher|date)", re.ASCII)
DATES = ("started_on", "ended_on", "as_of")
TEXTS = ("summary", "why", "how")

# The languages in which a practice can be begun: those of the United Nations, and of many cities. Shown in their own names.
WRITING_LANGUAGES = (
    "am", "ar", "az", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fil", "fr",
    "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ku", "ky",
    "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb", "ne", "nl", "pa", "pl", "ps", "pt", "ro", "ru", "rw",
    "si", "sk", "sl", "so", "sq", "sr", "sv", "sw", "ta", "te", "th", "ti", "tl", "tr", "uk", "ur", "uz", "vi", "yo",
    "zh-Hans", "zh-Hant", "zu",
)  # fmt: skip


def _select_choices(labels: vocabulary.Labels) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [("", gettext("Choose…")), *vocabulary.choices(labels)]


def _language_choices() -> list[tuple[str, str]]:
    names = [(tag, own_name(tag)) for tag in WRITING_LANGUAGES]
    return sorted(names, key=lambda pair: pair[1].casefold())


class SourceForm(Form):  # type: ignore[misc]
    """One row of the table of sources."""

    url = StringField(lazy_gettext("Address (link)"))
    title = StringField(lazy_gettext("Title"))
    publisher = StringField(lazy_gettext("Publisher"))
    date = StringField(lazy_gettext("Date"))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into the row."""
        return not any((field.data or "").strip() for field in self)


class SourceRows(FieldList):  # type: ignore[misc]
    """The rows of sources; what is wrong with all of them together is said above the first."""

    @property
    def whole_errors(self) -> list[str]:
        """What is wrong with the sources as a whole, such as that there are none."""
        in_rows = {sentence for row in self for cell in row.form for sentence in cell.errors}
        return [sentence for sentence in self.errors if sentence not in in_rows]

    @property
    def anchor(self) -> str:
        """The id of the first cell."""
        return str(self[0].form.url.id)


class CheckboxGroupField(SelectMultipleField):  # type: ignore[misc]
    """Several of a vocabulary, as ticks."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PracticeForm(Form):  # type: ignore[misc]
    """What stands in the fields of the editor; ``why`` and ``how`` are Markdown, ``based_on`` is a revision's number."""

    title = StringField(FIELD_NAMES["title"])
    summary = TextAreaField(FIELD_NAMES["summary"])
    office = StringField(FIELD_NAMES["office"])
    language = SelectField(FIELD_NAMES["language"], choices=_language_choices)
    kind = SelectField(FIELD_NAMES["kind"], choices=_select_choices(vocabulary.KINDS))
    topics = CheckboxGroupField(
        FIELD_NAMES["topics"], choices=lambda: vocabulary.choices(vocabulary.TOPICS), default=()
    )
    places = CheckboxGroupField(
        FIELD_NAMES["places"], choices=lambda: vocabulary.choices(vocabulary.PLACES), default=()
    )
    stage = SelectField(FIELD_NAMES["stage"], choices=_select_choices(vocabulary.STAGES))
    started_on = StringField(FIELD_NAMES["started_on"])
    ending = RadioField(FIELD_NAMES["ending"], choices=lambda: vocabulary.choices(vocabulary.ENDINGS))
    ended_on = StringField(FIELD_NAMES["ended_on"])
    as_of = StringField(FIELD_NAMES["as_of"])
    why = TextAreaField(FIELD_NAMES["why"])
    how = TextAreaField(FIELD_NAMES["how"])
    sources = SourceRows(
        FormField(SourceForm), FIELD_NAMES["sources"], min_entries=SOURCE_ROWS, max_entries=MOST_SOURCE_ROWS
    )
    own_records = BooleanField(FIELD_NAMES["own_records"])
    licence = SelectField(
        FIELD_NAMES["licence"], choices=lambda: vocabulary.choices(vocabulary.LICENCES), default=DEFAULT_LICENCE
    )
    based_on = IntegerField(widget=HiddenInput(), default=0)
    form_key = HiddenField()

    def known_key(self) -> str | None:
        """Return the key that tells this empty form from all others, or None if the browser sent none of ours."""
        key = self.form_key.data or ""
        return key if FORM_KEY.fullmatch(key) else None

    def typed(self, name: str) -> str:
        """Return the text of one field, without spaces around it and with plain line breaks (browsers send CRLF)."""
        return (self[name].data or "").replace("\r\n", "\n").replace("\r", "\n").strip()

    def values(self, stored: Content) -> dict[str, Any]:
        """Return the values for ``Content.from_json``; rich text that was not touched stays as it is stored.

        ``stored`` is the content of the revision that the form started from: Markdown cannot carry everything that
        stored HTML can (merged cells of tables), so only changed text is rendered again. Raises InvalidError for what is
        too long to be rendered.
        """
        names = ("title", "summary", "office", "kind", "stage", "ending", "licence")
        values: dict[str, Any] = {name: self.typed(name) for name in names}
        values |= {name: tidy_date(self.typed(name)) for name in DATES}
        if values["ended_on"] and not values["ending"]:
            values["ending"] = "ended"
        values["topics"] = _in_order(self.topics.data or (), stored.topics)
        values["places"] = _in_order(self.places.data or (), stored.places)
        values["sources"] = [_source_values(self.sources[index].form) for index in self.filled_sources()]
        values["own_records"] = bool(self.own_records.data)
        values["why"] = _rich("why", self.typed("why"), stored.why)
        values["how"] = _rich("how", self.typed("how"), stored.how)
        return {name: value for name, value in values.items() if value}

    def filled_sources(self) -> list[int]:
        """Return which rows of sources hold text: the n-th of them is source n of the content."""
        return [index for index, entry in enumerate(self.sources) if not entry.form.is_blank]

    def show_source_rows(self, count: int) -> None:
        """Add blank rows until there are ``count``, as far as the form goes."""
        while len(self.sources) < min(count, MOST_SOURCE_ROWS):
            self.sources.append_entry()

    def field_of_problem(self, path: str) -> Any:
        """Return the field that a problem's path (``title``, ``sources.0.url``) is shown at, or None."""
        name, _, rest = path.partition(".")
        if name != "sources":
            return self._fields.get(name)
        filled = self.filled_sources()
        row, _, column = rest.partition(".")
        if not row.isdecimal() or int(row) >= len(filled):
            return self.sources
        return self.sources[filled[int(row)]].form[column or "url"]


class StepForm(Form):  # type: ignore[misc]
    """A step of the workflow with a note: what a reviewer writes to the author, or readers about a withdrawal."""

    note = TextAreaField(lazy_gettext("Your note to the author"))
    reason = TextAreaField(lazy_gettext("Reason, as readers will see it"))
    revision = HiddenField()

    def field_of_problem(self, path: str) -> Any:
        """Return the field that a problem is shown at."""
        return self._fields.get(path)


@dataclass(frozen=True)
class Started:
    """What a form started from: the content of a revision, its number (0: none yet) and its language."""

    content: Content
    number: int
    language: str


def form_of_content(started: Started) -> PracticeForm:
    """Return the form that shows a revision for editing."""
    content = started.content
    shown: dict[str, Any] = {name: getattr(content, name) for name in PracticeForm()._fields if hasattr(content, name)}
    shown["sources"] = [vars(source) for source in content.sources]
    shown |= {"why": text.to_markdown(content.why), "how": text.to_markdown(content.how)}
    shown |= {"licence": content.licence or DEFAULT_LICENCE, "language": started.language, "based_on": started.number}
    return PracticeForm(data=shown)


def form_of_request(sent: Mapping[str, Any]) -> PracticeForm:
    """Return what a browser sent; whatever is not a field of the editor is ignored."""
    known = PracticeForm()._fields
    pairs = [(key, value) for key, value in _pairs(sent) if key in known or SOURCE_KEY.fullmatch(key)]
    return PracticeForm(formdata=MultiDict(pairs))


def merge(base: PracticeForm, theirs: PracticeForm, yours: PracticeForm) -> PracticeForm:
    """Return your form with what only they changed since ``base`` taken over; what you changed stays yours.

    The result is based on their revision, so that saving it replaces theirs knowingly.
    """
    start, other, own = base.data, theirs.data, yours.data
    untouched = [name for name in own if _same(name, start, own)]
    merged = {name: other[name] if name in untouched else own[name] for name in own}
    return PracticeForm(data=merged | {"based_on": other["based_on"]})


def _same(name: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    if name == "sources":
        return _filled(left[name]) == _filled(right[name])
    return bool(_plain(left[name]) == _plain(right[name]))


def _filled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return [row for row in plain if any(row.values())]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(value)
    return " ".join(value.split()) if isinstance(value, str) else (value or "")


def _pairs(sent: Mapping[str, Any]) -> list[tuple[str, str]]:
    return list(sent.items(multi=True)) if isinstance(sent, MultiDict) else list(sent.items())


def _source_values(row: SourceForm) -> dict[str, str]:
    values = {field.short_name: (field.data or "").strip() for field in row}
    values["date"] = tidy_date(values["date"])
    if BARE_ADDRESS.fullmatch(values["url"]):
        values["url"] = f"https://{values['url']}"
    return values


def _in_order(ticked: Sequence[str], stored: Sequence[str]) -> list[str]:
    """Return what is ticked, what was stored before in its order first: the first topic is the one lists show."""
    return sorted(ticked, key=lambda code: stored.index(code) if code in stored else len(stored))


def _rich(name: str, typed: str, stored: str) -> str:
    if typed == text.to_markdown(stored).strip():
        return stored
    if len(typed) > LONGEST_TYPED:
        raise InvalidError({name: "too_long"})
    return text.render_markdown(typed) if typed else ""
