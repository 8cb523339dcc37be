"""Commands about the counting of views: stats verify, stats forget-host."""

import sys
from pathlib import Path

import click

from cac.cli.options import home_option, open_instance, said_plainly
from cac.clock import now
from cac.db import transaction
from cac.errors import ConflictError, NotFoundError
from cac.stats import hosts
from cac.stats import verify as checks

LONGEST_NAME = 80

PARTS = {
    "views": "views by people with a key",
    "no_key": "views by people without a key",
    "downloads": "downloads by people",
    "repeats": "repeats within 30 seconds",
    "robots": "declared robots",
    "machines": "machines",
    "suspected": "suspected automation",
    "bad": "lines that cannot be read",
}
SHOWN = 50


@click.group()
def stats() -> None:
    """Look after the counting of views."""


@stats.command()
@home_option
def verify(home: Path) -> None:
    """Check that no view was lost or made up between the spool and the totals; exit code 1 if something differs.

    The result is kept, and shown to the operator and by `cac doctor`. The worker does the same every night.
    """
    instance = open_instance(home)
    with said_plainly(instance.settings):
        found = checks.check_and_keep(instance.session_factory, at=now())
    instance.engine.dispose()
    click.echo(f"{found.lines} lines were read from the spools:")
    for name, words in PARTS.items():
        click.echo(f"  {found.parts[name]:>12}  {words}")
    count = len(found.differences)
    for difference in found.differences[:SHOWN]:
        click.echo(f"  DIFFERS  {difference}")
    if count > SHOWN:
        click.echo(f"  … and {count - SHOWN} more")
    click.echo("Everything agrees." if found.is_right else f"{count} {'sum differs' if count == 1 else 'sums differ'}.")
    sys.exit(0 if found.is_right else 1)


@stats.command("forget-host")
@home_option
@click.argument("name")
def forget_host(home: Path, name: str) -> None:
    """Forget a host that is gone for good, by its name or id, so that nobody waits for its views.

    What it counted stays. What still lies in its spool is counted when a worker runs on that folder again.
    """
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise click.ClickException("That is no name of a host: `cac doctor` names them.")
    instance = open_instance(home)
    try:
        with said_plainly(instance.settings), instance.session_factory() as session, transaction(session):
            gone = hosts.forget_host(session, name, at=now())
    except NotFoundError as error:
        with instance.session_factory() as session:
            known = ", ".join(f"{hosts.name_of(row)} ({row.host})" for row in hosts.list_hosts(session)) or "none"
        raise click.ClickException(f"There is no host {name}. Known are: {known}.") from error
    except ConflictError as error:
        raise click.ClickException(f"Nothing was forgotten: {error}.") from error
    finally:
        instance.engine.dispose()
    click.echo(
        f"{hosts.name_of(gone)} is forgotten. Its views are counted until {gone.rolled_until:%Y-%m-%d %H:%M} UTC."
    )
