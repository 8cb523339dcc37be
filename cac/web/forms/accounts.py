"""The forms of accounts: signing in, taking up an invitation, name and language, a new password.

What is wrong with their values is said by accounts/service; here it is only put into words at the field.
"""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import EmailField, Form, HiddenField, PasswordField, SelectField, StringField

from cac.languages import own_name
from cac.serving.services import current_services


def _locale_choices() -> list[tuple[str, str]]:
    return [(tag, own_name(tag)) for tag in current_services().settings.locales]


class AccountForm(Form):  # type: ignore[misc]
    """Base of these forms: problems are shown at the field they name."""

    def field_of_problem(self, path: str) -> Any:
        """Return the field that a problem is shown at, or None."""
        return self._fields.get(path)

    def typed(self, name: str) -> str:
        """Return the text of a field."""
        return self[name].data or ""


class SignInForm(AccountForm):
    """E-mail and password, and where to go afterwards."""

    email = EmailField(lazy_gettext("E-mail address"))
    password = PasswordField(lazy_gettext("Password"))
    next = HiddenField()


class InvitationForm(AccountForm):
    """What an invited person fills in."""

    name = StringField(lazy_gettext("Your name"))
    locale = SelectField(lazy_gettext("Language of the site for you"), choices=_locale_choices)
    password = PasswordField(lazy_gettext("Choose a password"))


class ProfileForm(AccountForm):
    """A person's own name and language."""

    name = StringField(lazy_gettext("Your name"))
    locale = SelectField(lazy_gettext("Language of the site for you"), choices=_locale_choices)


class PasswordForm(AccountForm):
    """The password there is, and the one to replace it."""

    current = PasswordField(lazy_gettext("Present password"))
    new = PasswordField(lazy_gettext("New password"))
