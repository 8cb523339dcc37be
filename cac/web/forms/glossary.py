"""The forms of the glossary: a new group by its first two terms, and a further term of a group."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import Form, SelectField, StringField

from cac.languages import own_name
from cac.search.glossary import NewTerm

# Languages in which a term can be added: those of practices so far and their neighbours; the index knows many more.
TERM_LANGUAGES = (
    "en", "ko", "es", "fr", "pt", "de", "it", "ru", "ar", "zh-Hans", "zh-Hant", "ja", "vi", "tr", "id",
    "bn", "cs", "el", "fa", "he", "hi", "hu", "km", "lo", "mn", "ms", "my", "ne", "nl", "pl", "ro", "sv", "sw", "ta",
    "th", "tl", "uk", "ur", "uz",
)  # fmt: skip


def _choices() -> list[tuple[str, str]]:
    return [(tag, own_name(tag)) for tag in TERM_LANGUAGES]


class TermForm(Form):  # type: ignore[misc]
    """One more term."""

    language = SelectField(lazy_gettext("Language"), choices=_choices, validate_choice=False)
    text = StringField(lazy_gettext("Word or phrase"))

    def term(self) -> NewTerm:
        """Return what was typed."""
        return NewTerm(self.language.data or "", self.text.data or "")

    def field_of_problem(self, path: str) -> Any:
        """Return the field that a problem is shown at, or None."""
        return self._fields.get(path)


class GroupForm(Form):  # type: ignore[misc]
    """A new group: a word and what it is called elsewhere, in another language or in other words."""

    language = SelectField(lazy_gettext("Language"), choices=_choices, validate_choice=False)
    text = StringField(lazy_gettext("Word or phrase"))
    other_language = SelectField(lazy_gettext("Language of the other"), choices=_choices, validate_choice=False)
    other_text = StringField(lazy_gettext("Means the same as"))

    def terms(self) -> tuple[NewTerm, NewTerm]:
        """Return both terms as they were typed."""
        first = NewTerm(self.language.data or "", self.text.data or "")
        return first, NewTerm(self.other_language.data or "", self.other_text.data or "")

    def field_of_problem(self, path: str) -> Any:
        """Return the field that a problem is shown at, or None."""
        return self._fields.get("other_text" if path == "terms" else path)
