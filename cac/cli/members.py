"""Commands for people and cities."""

import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from cac.accounts import queries as accounts_queries
from cac.accounts import service as accounts
from cac.accounts.models import OFFICIAL_ROLES, Person, Role
from cac.cities import queries as cities_queries
from cac.cities import service as cities_service
from cac.cities.models import City
from cac.cli.instance import say_problems
from cac.cli.options import home_option, open_instance
from cac.clock import now
from cac.db import transaction
from cac.errors import ConflictError, InvalidError, NotFoundError
from cac.languages import normalise_tag

ROLES = click.Choice([role.value for role in Role])


@click.group()
def people() -> None:
    """Who may sign in: add, invite, list, disable."""


@people.command("add")
@home_option
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=ROLES)
@click.option("--city", help="Slug of the city, for authors and leads.")
@click.option("--language", default="en", show_default=True, help="Language in which the site speaks to them.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add_person(
    home: Path, email: str, name: str, role: str, city: str | None, language: str, password_stdin: bool
) -> None:
    """Add a person with a password."""
    instance = open_instance(home)
    password = _read_password(password_stdin)
    with instance.session_factory() as session, transaction(session):
        member_city = _city_for(session, role, city)
        try:
            person = accounts.add_person(
                session, email=email, name=name, role=Role(role), city=member_city, locale=language,
                password=password, at=now(),
            )  # fmt: skip
        except InvalidError as error:
            raise click.ClickException(say_problems(error)) from error
        click.echo(f"{person.email} can sign in as {role}.")


@people.command("invite")
@home_option
@click.option("--email", required=True)
@click.option("--role", required=True, type=ROLES)
@click.option("--city", help="Slug of the city, for authors and leads.")
@click.option("--language", default="en", show_default=True, help="Language of the invitation.")
def invite(home: Path, email: str, role: str, city: str | None, language: str) -> None:
    """Invite a person: prints a link that works once within seven days, and puts it into the mail."""
    instance = open_instance(home)
    base = instance.settings.public_url or "http://127.0.0.1:8000"
    with instance.session_factory() as session, transaction(session):
        member_city = _city_for(session, role, city)
        try:
            invitation, token = accounts.invite(
                session, email=email, role=Role(role), city=member_city, locale=language, at=now(), link_base=base,
                site_name=instance.settings.site_name,
            )  # fmt: skip
        except InvalidError as error:
            raise click.ClickException(say_problems(error)) from error
        click.echo(f"{invitation.email} is invited until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"{base}/{invitation.locale}/invitations/{token}")


@people.command("list")
@home_option
def list_people(home: Path) -> None:
    """List everybody who has an account."""
    instance = open_instance(home)
    with instance.session_factory() as session:
        for person in accounts_queries.list_people(session):
            click.echo(_line_of(person))


@people.command("disable")
@home_option
@click.option("--email", required=True)
def disable(home: Path, email: str) -> None:
    """End all sessions of a person and let them sign in no more."""
    instance = open_instance(home)
    with instance.session_factory() as session, transaction(session):
        person = accounts_queries.find_person_by_email(session, email)
        if person is None:
            raise click.ClickException(f"Nobody here has the address {email}. `cac people list` shows everybody.")
        try:
            accounts.disable_person(session, person, at=now())
        except ConflictError as error:
            raise click.ClickException("This is the only operator: add another one first.") from error
        click.echo(f"{person.email} can sign in no more.")


@click.group()
def cities() -> None:
    """The member cities: add, list, import."""


@cities.command("add")
@home_option
@click.option("--slug", required=True, help="Short name for addresses: seoul.")
@click.option("--country", required=True, help="ISO 3166 code: KR.")
@click.option("--name", "names", required=True, multiple=True, help="Name in a language: ko=서울 (repeat).")
@click.option("--latitude", type=click.FloatRange(-90, 90))
@click.option("--longitude", type=click.FloatRange(-180, 180))
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--language", default="en", show_default=True, help="Language its officials write in.")
@click.option("--population", type=click.IntRange(0))
def add_city(
    home: Path, slug: str, country: str, names: tuple[str, ...], latitude: float | None, longitude: float | None,
    timezone: str, language: str, population: int | None,
) -> None:  # fmt: skip
    """Add one member city."""
    instance = open_instance(home)
    with instance.session_factory() as session, transaction(session):
        try:
            city = cities_service.add_city(
                session, slug=slug, country=country, names=_names(names), latitude=latitude, longitude=longitude,
                timezone=timezone, language=language, population=population, at=now(),
            )  # fmt: skip
        except InvalidError as error:
            raise click.ClickException(say_problems(error)) from error
        click.echo(f"{city.name_in('en')} is a member now: /en/cities/{city.slug}")


@cities.command("list")
@home_option
def list_cities(home: Path) -> None:
    """List the member cities."""
    instance = open_instance(home)
    with instance.session_factory() as session:
        for city in cities_queries.list_cities(session):
            click.echo(f"{city.slug:<24} {city.country}  {city.name_in('en')}")


@cities.command("import")
@home_option
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_cities(home: Path, path: Path) -> None:
    """Add the cities of a CSV file, or bring them up to date; all of it or nothing."""
    instance = open_instance(home)
    with instance.session_factory() as session, transaction(session):
        report = cities_service.import_csv(session, path, at=now())
    for problem in report.problems:
        click.echo(str(problem), err=True)
    if report.problems:
        raise click.ClickException(f"Nothing was imported: {len(report.problems)} problems in {path.name}.")
    click.echo(f"{report.created} new, {report.changed} changed, {report.unchanged} as they were.")


def _line_of(person: Person) -> str:
    where = person.city.slug if person.city else "host"
    state = "disabled" if person.disabled_at else ("invited" if person.password_hash is None else "active")
    return f"{person.email:<40} {person.role:<9} {where:<24} {state:<9} {person.name}"


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _city_for(session: Session, role: str, slug: str | None) -> City | None:
    if role not in OFFICIAL_ROLES:
        if slug:
            raise click.ClickException(f"The role {role} is for the host's people, who have no city: leave --city out.")
        return None
    if not slug:
        raise click.ClickException(f"The role {role} belongs to a city: name it with --city.")
    try:
        return cities_queries.get_city(session, slug)
    except NotFoundError as error:
        raise click.ClickException(f"There is no member city {slug!r}. `cac cities list` shows all.") from error


def _names(pairs: tuple[str, ...]) -> dict[str, str]:
    names = {}
    for pair in pairs:
        tag, _, name = pair.partition("=")
        known = normalise_tag(tag)
        if known is None or not name.strip():
            raise click.ClickException(f"{pair!r} is not a name in a language: write it as ko=서울.")
        names[known] = name.strip()
    return names
