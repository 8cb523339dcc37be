"""Examines an instance and says in words what is wrong with it and what to do; changes nothing."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from cac import migrate
from cac.accounts import queries as accounts
from cac.cities import queries as cities
from cac.clock import now
from cac.db import SessionFactory, make_engine, make_session_factory
from cac.search import sync
from cac.settings import Settings
from cac.stats import health
from cac.stats.health import Alarm, Health

Level = Literal["ok", "advice", "fault"]
LOW_DISK_BYTES = 500 * 1024 * 1024
LATE_SECONDS = 60.0
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: fine, worth a thought, or to be mended."""

    level: Level
    about: str
    words: str


def examine(settings: Settings) -> list[Finding]:
    """Return what was found in the instance of ``settings``, in the order in which it is best mended."""
    findings = [*_folder(settings), *_addresses(settings)]
    engine = make_engine(settings.database_url)
    database = list(_database(engine))
    findings += database
    if all(finding.level != "fault" for finding in database):
        session_factory = make_session_factory(engine)
        findings += [*_members(session_factory), *_index(session_factory, settings), *_views(session_factory, settings)]
    engine.dispose()
    return findings


def _folder(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    if not os.access(home, os.W_OK):
        yield Finding(
            "fault", "folder", f"{home} is not writable for this account; give it to the account that serves."
        )
    else:
        yield Finding("ok", "folder", str(home))
    free = shutil.disk_usage(home).free
    if free < LOW_DISK_BYTES:
        yield Finding(
            "fault", "disk", f"only {free // 2**20} MB are free: make room before the database cannot be written."
        )
    yield from _modes(home)
    if not os.environ.get("CAC_SECRET_KEY"):
        yield from _secret(home / "secret.key")
    elif len(settings.secret_key) < SHORTEST_SECRET:
        yield Finding(
            "fault", "secret key", f"CAC_SECRET_KEY is shorter than {SHORTEST_SECRET} characters; set another."
        )


def _modes(home: Path) -> Iterator[Finding]:
    """Say whether other accounts of this machine can look into the folder, and worse, into the database in it."""
    if not _is_open(home):
        return
    yield Finding("advice", "rights", f"other accounts can look into {home}; run: chmod 700 {home}")
    for path in filter(_is_open, sorted(home.glob("cac.sqlite3*"))):
        yield Finding("fault", "rights", f"other accounts can read {path}; run: chmod 600 {path}")


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _secret(path: Path) -> Iterator[Finding]:
    if not path.exists() or len(path.read_text().strip()) < SHORTEST_SECRET:
        yield Finding("fault", "secret key", f"{path} is missing or short; delete it and run `cac init` again.")
    elif _is_open(path):
        yield Finding("fault", "secret key", f"others can read it; run: chmod 600 {path}")
    else:
        yield Finding("ok", "secret key", "readable by its owner only")


def _addresses(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        yield Finding("advice", "address", "public_url is not set: links in mail point at this machine.")
    elif settings.public_url.startswith("https://") and not settings.secure_cookies:
        yield Finding("fault", "cookies", "the site is reached by https but secure_cookies is off; turn it on.")
    elif settings.public_url.startswith("http://") and settings.secure_cookies:
        yield Finding(
            "fault",
            "cookies",
            "the site is reached by http, so nobody can sign in; use https, or turn secure_cookies off for a trial.",
        )
    else:
        yield Finding("ok", "address", settings.public_url)
    if not settings.mail_server and not settings.demonstration:
        yield Finding(
            "advice", "mail", "mail_server is not set: messages wait in the outbox, which operators can read."
        )


def _database(engine: Engine) -> Iterator[Finding]:
    try:
        migrate.refuse_newer(engine)
        if not migrate.is_current(engine):
            yield Finding(
                "fault", "database", "it is of an older version; `cac serve` or `cac init` brings it up to date."
            )
            return
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                answer = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
                if answer != "ok":
                    yield Finding("fault", "database", f"it is damaged ({answer}); restore a backup.")
                    return
    except migrate.NewerDatabaseError as error:
        yield Finding("fault", "database", f"it was written by a newer version (migration {error}); install that one.")
    except SQLAlchemyError as error:
        yield Finding(
            "fault", "database", f"it does not answer ({type(error).__name__}); check database_url and the server."
        )
    else:
        yield Finding("ok", "database", f"{engine.dialect.name}, up to date")


def _members(session_factory: SessionFactory) -> Iterator[Finding]:
    with session_factory() as session:
        if not accounts.count_operators(session):
            yield Finding("fault", "people", "there is no operator; add one with `cac people add --role operator`.")
        if not cities.count_cities(session):
            yield Finding("advice", "cities", "there is no member city yet; add one with `cac cities add`.")


def _index(session_factory: SessionFactory, settings: Settings) -> Iterator[Finding]:
    found = sync.status(session_factory, settings)
    if found.problem and not found.waiting:
        yield Finding("advice", "search index", "there is none yet, and nothing to put into it; the worker builds it.")
    elif found.problem:
        yield Finding("fault", "search index", f"{found.problem}. The worker rebuilds it; or run `cac index rebuild`.")
    elif found.lag_seconds > LATE_SECONDS:
        yield Finding(
            "fault", "search index", f"it is {found.lag_seconds:.0f} s behind: is the worker running? `cac worker`"
        )
    else:
        yield Finding("ok", "search index", f"{found.documents} documents")


def _views(session_factory: SessionFactory, settings: Settings) -> Iterator[Finding]:
    with session_factory() as session:
        found = health.examine(session, settings, at=now())
    if Alarm.LATE in found.alarms:
        words = f"counting is {found.late_seconds:.0f} s behind: is the worker running on every host? `cac worker`"
        yield Finding("fault", "views", words)
    elif found.freshness.until is None:
        yield Finding("advice", "views", "none was counted yet; counting begins with the worker.")
    else:
        yield Finding("ok", "views", "counted up to now")
    yield from _hosts(found)
    yield from _losses(found)
    yield from _sums(found)
    yield from _proxy(found)
    yield from _scripts(found)


def _hosts(found: Health) -> Iterator[Finding]:
    for host in found.silent_hosts:
        words = f"{host.name} was heard of last on {host.heard_at:%Y-%m-%d %H:%M} UTC; views in its spool wait."
        advice = f"Start its worker, or if it is gone for good: cac stats forget-host {host.id}"
        yield Finding("advice", "hosts", f"{words} {advice}")
    if Alarm.SECRETS in found.alarms:
        words = "they have different secrets: who is signed in on one is not on another, and readings of cached pages are lost."
        yield Finding(
            "fault", "hosts", f"{words} Copy secret.key of one to all, or set CAC_SECRET_KEY, and restart them."
        )
    for host in found.hosts_ahead:
        words = f"the clock of {host.name} is ahead: it says that it counted at {host.heard_at:%Y-%m-%d %H:%M:%S} UTC."
        yield Finding("fault", "hosts", f"{words} Its views go to wrong hours and days: set the clock, best by NTP.")


def _losses(found: Health) -> Iterator[Finding]:
    losses = found.losses
    if Alarm.DROPPED in found.alarms:
        yield Finding(
            "fault",
            "views",
            f"{losses.dropped_today} could not be written today: make room on the disk of the instance folder, and see that "
            "the account that serves may write to its spool. Counting goes on by itself.",
        )
    elif losses.dropped:
        yield Finding("advice", "views", f"{losses.dropped} could not be written since counting began.")
    if Alarm.BAD_LINES in found.alarms:
        yield Finding(
            "fault",
            "views",
            f"{losses.bad_today} lines of the spool could not be read today: after a full disk or a power cut a few are torn; "
            "if there are more each day, look at that disk, and whether anything else writes into the spool's folder.",
        )


def _sums(found: Health) -> Iterator[Finding]:
    if Alarm.CHECK_OLD in found.alarms:
        last = f"last on {found.check.checked_at:%Y-%m-%d %H:%M} UTC" if found.check else "never"
        words = f"not checked for over 36 hours ({last}): is the worker running? Check now with `cac stats verify`."
        yield Finding("fault", "sums of views", words)
    if found.check is None or found.check.is_of_nothing:
        if Alarm.CHECK_OLD not in found.alarms:
            words = "not checked yet; the worker does it every night, `cac stats verify` now."
            yield Finding("advice", "sums of views", words)
        return
    if not found.check.is_right:
        first = found.check.differences[0]
        yield Finding("fault", "sums of views", f"they do not agree ({first}); `cac stats verify` shows all of it.")
    elif Alarm.CHECK_OLD not in found.alarms:
        yield Finding("ok", "sums of views", f"agreed on {found.check.checked_at:%Y-%m-%d %H:%M} UTC")


def _scripts(found: Health) -> Iterator[Finding]:
    if Alarm.KEYLESS in found.alarms:
        words = f"the latest views of {len(found.keyless)} practices are mostly by readers who ask not to be tracked"
        yield Finding(
            "advice", "views", f"{words}: each is a view, and a script may have made them; see /operate/insights."
        )


def _proxy(found: Health) -> Iterator[Finding]:
    if Alarm.FORWARDED in found.alarms:
        yield Finding(
            "fault",
            "proxy",
            "a proxy nearby sends X-Forwarded-For and forwarded_hops is 0: all readers look like one. Set forwarded_hops.",
        )
    if Alarm.ONE_KEY in found.alarms and found.key_share is not None:
        share = f"{found.key_share:.0%} of the latest views look like one visitor"
        yield Finding("advice", "proxy", f"{share}: if a proxy stands in front, forwarded_hops must say so.")
