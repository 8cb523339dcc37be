"""Commands for practices and their index: import, index status, catch-up, rebuild."""

from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError

from cac.cli.options import Instance, home_option, open_instance
from cac.exchange.importing import ImportOptions, ImportReport, import_file
from cac.exchange.mapping import MappingError
from cac.search import building, sync
from cac.search.manifest import DiskFullError, WriterBusyError

SHOWN_PROBLEMS = 50


@click.command("import")
@home_option
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check the file and say what would happen.")
@click.option("--publish", is_flag=True, help="Publish what is imported; without it they are drafts.")
@click.option("--create-cities", is_flag=True, help="Add cities that are no members yet.")
@click.option("--keep-going", is_flag=True, help="Load the good lines although others have problems.")
@click.option("--map", "map_path", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="TOML file that renames the fields and words of another source.")  # fmt: skip
@click.option("--source", default="import", show_default=True, help="Name of the source, where no map names it.")
@click.option("--limit", type=click.IntRange(1), help="Read only so many lines.")
def import_practices(
    home: Path, path: Path, dry_run: bool, publish: bool, create_cities: bool, keep_going: bool,
    map_path: Path | None, source: str, limit: int | None,
) -> None:  # fmt: skip
    """Load practices from a file with one JSON object a line (.jsonl, also .gz).

    All of the file is checked first. If any line has a problem, nothing is loaded, unless --keep-going is given.
    """
    instance = open_instance(home)
    options = ImportOptions(
        dry_run=dry_run, publish=publish, create_cities=create_cities, keep_going=keep_going,
        map_path=map_path, source=source, limit=limit,
    )  # fmt: skip
    try:
        report = import_file(instance.session_factory, instance.settings, path, options, _show_progress)
    except MappingError as error:
        raise click.ClickException(str(error)) from error
    except IntegrityError as error:
        raise click.ClickException(
            "Another import of this source ran at the same time. Nothing was loaded: run it again."
        ) from error
    click.echo("", err=True)
    _say_report(report, dry_run)
    if report.problems:
        raise SystemExit(1)


@click.group()
def index() -> None:
    """The search index: status, catch-up, rebuild. It can be deleted at any time."""


@index.command("status")
@home_option
def status(home: Path) -> None:
    """Say what the index holds and how far behind the database it is."""
    instance = open_instance(home)
    for name, value in sync.status(instance.session_factory, instance.settings).lines():
        click.echo(f"{name:<18} {value}")


@index.command("catch-up")
@home_option
def catch_up(home: Path) -> None:
    """Put in what changed since the last time, as the worker does."""
    _run_index(open_instance(home), rebuild=False)


@index.command("rebuild")
@home_option
def rebuild(home: Path) -> None:
    """Build the index anew beside the old one and swap them; pages keep answering."""
    _run_index(open_instance(home), rebuild=True)


def _run_index(instance: Instance, *, rebuild: bool) -> None:
    work = building.rebuild if rebuild else sync.catch_up
    try:
        count = work(instance.session_factory, instance.settings)
    except WriterBusyError as error:
        raise click.ClickException(
            "Another process is writing the index just now: the worker, perhaps. Try again."
        ) from error
    except DiskFullError as error:
        raise click.ClickException(
            "There is no room on the disk for the index. Make some and try again; the index in use stays as it is."
        ) from error
    click.echo(f"{count} practices {'indexed' if rebuild else 'brought up to date'}.")


def _show_progress(done: int, total: int | None) -> None:
    shown = f"{done:,}" if total is None else f"{done:,} of {total:,}"
    click.echo(f"\r  {shown} lines", nl=False, err=True)


def _say_report(report: ImportReport, dry_run: bool) -> None:
    for problem in report.problems[:SHOWN_PROBLEMS]:
        click.echo(str(problem), err=True)
    if len(report.problems) > SHOWN_PROBLEMS:
        click.echo(f"… and {len(report.problems) - SHOWN_PROBLEMS:,} more problems", err=True)
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.lines:,} lines in {report.seconds:.1f} s ({report.rate:,.0f} a second): {report.created:,} {would}new, "
        f"{report.changed:,} {would}changed, {report.unchanged:,} as they were, {len(report.problems):,} problems."
    )
    if report.new_cities:
        click.echo(f"{report.new_cities:,} cities {would or 'are '}new members.")
    if report.left_out:
        click.echo(f"{report.left_out:,} values were left out, as the map allows.")
    if report.problems and not (report.created or report.changed):
        click.echo("Nothing was loaded: mend the lines above, or load the others with --keep-going.", err=True)
