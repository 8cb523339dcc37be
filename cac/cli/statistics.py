"""Commands about the counting of views: stats verify."""

import sys
from pathlib import Path

import click

from cac.cli.options import home_option, open_instance, said_plainly
from cac.clock import now
from cac.stats import verify as checks

PARTS = {
    "views": "views by people with a key",
    "repeats": "repeats within 30 seconds",
    "no_key": "views by people without a key",
    "robots": "declared robots",
    "machines": "machines",
    "suspected": "suspected automation",
    "bad": "lines that cannot be read",
}


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
    for difference in found.differences:
        click.echo(f"  DIFFERS  {difference}")
    count = len(found.differences)
    click.echo("Everything agrees." if found.is_right else f"{count} {'sum differs' if count == 1 else 'sums differ'}.")
    sys.exit(0 if found.is_right else 1)
