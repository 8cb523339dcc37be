"""Commands that run processes: demo, serve, worker."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import click

from cac import migrate, running
from cac import worker as background
from cac.cli.options import home_option, open_instance, read_settings, require_instance, said_plainly
from cac.clock import now
from cac.db import make_engine, make_session_factory, transaction
from cac.demo import loader
from cac.demo.people import SignIn
from cac.search import sync
from cac.search.glossary import load_first_glossary
from cac.settings import Settings, write_secret


@click.command()
@click.option("--home", envvar="CAC_HOME", default="./cac-demo", show_default=True,
              type=click.Path(path_type=Path, file_okay=False), help="Folder of the demonstration.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def demo(home: Path, host: str, port: int) -> None:
    """Make a demonstration with practices of real cities and serve it.

    A second start finds everything as it was. Ctrl-C ends it.
    """
    started = time.monotonic()
    _require_port(host, port)
    settings = _prepare_demo_folder(home, host, port)
    with said_plainly(settings):
        try:
            sign_ins = _fill_demo(settings)
        except loader.ForeignFolderError as error:
            raise click.ClickException(str(error)) from error
    address = _local_address(host, port)
    _announce_when_ready(host, port, lambda: _say_demo_is_ready(address, sign_ins, time.monotonic() - started))
    running.serve(settings.home, host, port, workers=1, with_worker=True)
    click.echo("The demonstration has ended. Everything is kept in " + str(settings.home))


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Run the background worker beside the server.")
def serve(home: Path, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve an instance, with its background worker beside it."""
    require_instance(home)
    settings = read_settings(home)
    _require_port(host, port)
    with said_plainly(settings):
        engine = make_engine(settings.database_url)
        migrate.upgrade(engine)
        with make_session_factory(engine)() as session, transaction(session):
            load_first_glossary(session, at=now())
        engine.dispose()
    _announce_when_ready(
        host, port, lambda: click.echo(f"{settings.site_name} answers at {_local_address(host, port)}/")
    )
    running.serve(settings.home, host, port, workers=workers, with_worker=with_worker)


@click.command()
@home_option
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def worker(home: Path, parent: int | None) -> None:
    """Run the background worker alone: index, views, mail, tidying."""
    instance = open_instance(home)
    instance.engine.dispose()
    logging.basicConfig(level=instance.settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    background.run(instance.settings, parent=parent)


def _require_port(host: str, port: int) -> None:
    try:
        running.require_free_port(host, port)
    except running.PortTakenError as error:
        raise click.ClickException(str(error)) from error


def _prepare_demo_folder(home: Path, host: str, port: int) -> Settings:
    """Make the folder with its secret and settings; where it answers is told to every process by the environment."""
    click.echo(f"Demonstration in {home.resolve()}")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        loader.prepare_folder(home)
        write_secret(home)
    except loader.ForeignFolderError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{home} is not writable: {error.strerror}. Choose another folder with --home."
        ) from error
    os.environ.setdefault("CAC_PUBLIC_URL", _local_address(host, port))
    os.environ.setdefault("CAC_TRUSTED_HOSTS", f"127.0.0.1,localhost,{host.strip('[]')}")
    return read_settings(home)


def _fill_demo(settings: Settings) -> tuple[SignIn, ...]:
    engine = make_engine(settings.database_url)
    session_factory = make_session_factory(engine)
    _say("Preparing the database")
    migrate.upgrade(engine)
    _say("Loading cities, people and practices")
    sign_ins = loader.load(session_factory, settings, at=now())
    _say("Building the search index")
    sync.catch_up(session_factory, settings)
    engine.dispose()
    _say("Starting the server and the worker")
    return sign_ins


def _say(words: str) -> None:
    click.echo(f"  {words} …")


def _local_address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _announce_when_ready(host: str, port: int, announce: Callable[[], None]) -> None:
    def wait() -> None:
        target = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
        if running.wait_until_ready(target, port, 30):
            announce()

    threading.Thread(target=wait, name="announcer", daemon=True).start()


def _say_demo_is_ready(address: str, sign_ins: tuple[SignIn, ...], seconds: float) -> None:
    width = max(len(sign_in.email) for sign_in in sign_ins)
    click.echo(f"\nReady after {seconds:.1f} s. Open  {address}/\n\nSign in at {address}/en/sign-in as")
    for sign_in in sign_ins:
        click.echo(f"  {sign_in.email:<{width}}  {sign_in.password}  ({sign_in.describes})")
    click.echo("\nNothing is sent by mail: messages are shown to the operator. Ctrl-C ends the demonstration.")
