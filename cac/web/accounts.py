"""Signing in and out, taking up an invitation, and a person's own account."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from cac.accounts import queries, service
from cac.accounts.models import Invitation, Person
from cac.clock import now
from cac.db import transaction
from cac.errors import InvalidError
from cac.serving import login
from cac.serving.access import for_people, public
from cac.serving.database import db_session
from cac.serving.limits import SHORT_FORM, takes_at_most
from cac.serving.services import current_services
from cac.web.acting import acting_person
from cac.web.forms.accounts import InvitationForm, PasswordForm, ProfileForm, SignInForm
from cac.web.forms.sent import sent_values
from cac.web.forms.words import show_problems
from cac.web.next_path import safe_next_path

blueprint = Blueprint("accounts", __name__)
MINUTE = 60


@blueprint.get("/sign-in")
@public
def sign_in() -> Response | str:
    """Ask for e-mail and password; who is signed in already goes on at once."""
    target = request.args.get("next")
    person = login.current_person()
    if person is not None:
        return redirect(safe_next_path(target, _start_of(person)), 303)
    return _sign_in_page(SignInForm(data={"next": target}))


@blueprint.post("/sign-in")
@public
@takes_at_most(SHORT_FORM)
def check_sign_in() -> Response | str:
    """Start a session, or say the same for an unknown account as for a wrong password."""
    form = SignInForm(formdata=sent_values())
    with transaction(db_session()) as session:
        result = service.sign_in(
            session,
            email=form.typed("email"),
            password=form.typed("password"),
            address=request.remote_addr or "",
            at=now(),
            settings=current_services().settings,
        )
        if isinstance(result, service.SignedIn):
            _end_earlier_session()
    if isinstance(result, service.SignedIn):
        login.start_session(result.session, result.token)
        return redirect(safe_next_path(form.typed("next"), _start_of(result.session.person)), 303)
    return _refuse_sign_in(form, result.wait_seconds)


@blueprint.post("/sign-out")
@for_people
def sign_out() -> Response:
    """End the session of this browser."""
    with transaction(db_session()):
        _end_earlier_session()
    login.end_session()
    flash(gettext("You are signed out."), "ok")
    return redirect(url_for("reading.home"), 303)


@blueprint.get("/invitations/<token>")
@public
def invitation(token: str) -> Response:
    """Show what the invitation is for and ask for a name and a password."""
    found = queries.find_invitation(db_session(), token, now())
    if found is None:
        return _no_invitation()
    return _invitation_page(found, InvitationForm(data={"locale": found.locale}))


@blueprint.post("/invitations/<token>")
@public
@takes_at_most(SHORT_FORM)
def accept_invitation(token: str) -> Response:
    """Make the account and sign its person in."""
    found = queries.find_invitation(db_session(), token, now())
    if found is None:
        return _no_invitation()
    form = InvitationForm(formdata=sent_values())
    try:
        with transaction(db_session()) as session:
            name, password = form.typed("name"), form.typed("password")
            person = service.accept_invitation(session, token, name=name, password=password, at=now())
            service.change_profile(person, name=name, locale=_known_locale(form.typed("locale")))
            started = service.start_session(session, person, settings=current_services().settings, at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return _invitation_page(found, form, 422)
    login.start_session(started.session, started.token)
    flash(gettext("Your account is ready."), "ok")
    return redirect(_start_of(person, person.locale), 303)


@blueprint.get("/account")
@for_people
def profile() -> str:
    """Show a person's own account."""
    person = acting_person()
    return _profile_page(ProfileForm(data={"name": person.name, "locale": person.locale}), PasswordForm())


@blueprint.post("/account")
@for_people
@takes_at_most(SHORT_FORM)
def change_profile() -> Response | tuple[str, int]:
    """Change a person's own name and language."""
    form, person = ProfileForm(formdata=sent_values()), acting_person()
    try:
        with transaction(db_session()):
            locale = _known_locale(form.typed("locale"))
            service.change_profile(person, name=form.typed("name"), locale=locale)
    except InvalidError as error:
        show_problems(form, error.problems)
        return _profile_page(form, PasswordForm()), 422
    flash(gettext("Saved."), "ok")
    return redirect(url_for("accounts.profile", locale=person.locale), 303)


@blueprint.post("/account/password")
@for_people
@takes_at_most(SHORT_FORM)
def change_password() -> Response | tuple[str, int]:
    """Change the password; every other browser is signed out, this one gets a new session."""
    form, person = PasswordForm(formdata=sent_values()), acting_person()
    try:
        with transaction(db_session()) as session:
            service.change_password(session, person, current=form.typed("current"), new=form.typed("new"))
            started = service.start_session(session, person, settings=current_services().settings, at=now())
    except InvalidError as error:
        show_problems(form, error.problems)
        return _profile_page(ProfileForm(data={"name": person.name, "locale": person.locale}), form), 422
    login.start_session(started.session, started.token)
    flash(gettext("Your password was changed. All other browsers were signed out."), "ok")
    return redirect(url_for("accounts.profile"), 303)


def _start_of(person: Person, locale: str | None = None) -> str:
    """Where a person's work begins."""
    endpoint = "drafting.desk" if person.is_official else "reviewing.queue"
    return url_for(endpoint, locale=locale) if locale else url_for(endpoint)


def _end_earlier_session() -> None:
    token = login.current_token()
    if token is not None:
        service.sign_out(db_session(), token)


def _known_locale(tag: str) -> str:
    if tag not in current_services().settings.locales:
        raise InvalidError({"locale": "unknown"})
    return tag


def _sign_in_page(form: SignInForm, refusal: str = "") -> str:
    return render_template("accounts/sign_in.html", form=form, refusal=refusal)


def _refuse_sign_in(form: SignInForm, wait_seconds: int) -> Response:
    if not wait_seconds:
        refusal = gettext("The e-mail address or the password is not right. Check both and try again.")
        return make_response(_sign_in_page(form, refusal), 422)
    answer = make_response(_sign_in_page(form, _words_of_wait(wait_seconds)), 429)
    answer.headers["Retry-After"] = str(wait_seconds)
    return answer


def _words_of_wait(seconds: int) -> str:
    if seconds < MINUTE:
        wait = ngettext(
            "Too many attempts. Wait %(num)s second and try again.",
            "Too many attempts. Wait %(num)s seconds and try again.",
            seconds,
        )
    else:
        wait = ngettext(
            "Too many attempts. Wait %(num)s minute and try again.",
            "Too many attempts. Wait %(num)s minutes and try again.",
            -(-seconds // MINUTE),
        )
    return str(wait)


def _invitation_page(found: Invitation, form: InvitationForm, status: int = 200) -> Response:
    return _unreferred(make_response(render_template("accounts/invitation.html", invitation=found, form=form), status))


def _no_invitation() -> Response:
    return _unreferred(make_response(render_template("accounts/no_invitation.html"), 404))


def _unreferred(answer: Response) -> Response:
    """The address holds the invitation's token: no other site may learn it."""
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _profile_page(form: ProfileForm, password_form: PasswordForm) -> str:
    return render_template("accounts/profile.html", form=form, password_form=password_form)
