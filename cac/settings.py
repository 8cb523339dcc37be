"""The settings of one instance: defaults, the instance folder's settings.toml, the environment, and where things lie in it."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

DATABASES = ("sqlite:///", "postgresql+psycopg://")
PACKAGE_DIR = Path(__file__).resolve().parent


class SettingsError(Exception):
    """The settings cannot be used; the message says in one sentence what to change."""


def bundled_dir(name: str) -> Path:
    """Return the folder ``migrations`` or ``config``, from the wheel or from a checkout."""
    packaged = PACKAGE_DIR / "bundled" / name
    return packaged if packaged.is_dir() else PACKAGE_DIR.parent / name


@dataclass(frozen=True)
class Settings:
    """Everything an instance can be told; the meaning of each value stands beside it in config/default.toml."""

    home: Path
    site_name: str
    host_name: str
    public_url: str
    trusted_hosts: tuple[str, ...]
    locales: tuple[str, ...]
    timezone: str
    database_url: str
    forwarded_hops: int
    country_header: str
    cache_practice_pages: bool
    secure_cookies: bool
    session_idle_hours: int
    session_days: int
    mail_server: str
    mail_port: int
    mail_user: str
    mail_password: str
    mail_sender: str
    reference_prefix: str
    review_after_days: int
    demonstration: bool
    log_level: str
    secret_key: str

    @property
    def index_dir(self) -> Path:
        """Where the search index of this host lies."""
        return self.home / "index"

    @property
    def spool_dir(self) -> Path:
        """Where views are written before they are rolled into the database."""
        return self.home / "spool"

    @property
    def accepted_hosts(self) -> list[str]:
        """Host names under which requests are accepted."""
        public = urlsplit(self.public_url).hostname
        return list(self.trusted_hosts) or [*([public] if public else []), "127.0.0.1", "localhost"]


def load_settings(
    home: Path, *, overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of the instance in ``home``: defaults, settings.toml, CAC_ variables, then ``overrides``.

    Raises SettingsError for a file that cannot be read, an unknown key or a value of the wrong type.
    """
    home = home.resolve()
    environment = os.environ if environment is None else environment
    defaults = _read_toml(bundled_dir("config") / "default.toml")
    values = dict(defaults)
    for source in (_read_own(home), _from_environment(environment, defaults), dict(overrides or {})):
        _refuse_unknown(source, defaults)
        values.update(source)
    typed = {key: _typed(key, value, defaults[key]) for key, value in values.items()}
    typed["database_url"] = typed["database_url"] or f"sqlite:///{home / 'cac.sqlite3'}"
    typed["public_url"] = typed["public_url"].rstrip("/")
    _refuse_unusable(typed)
    secret = environment.get("CAC_SECRET_KEY") or _read_secret(home)
    return Settings(home=home, secret_key=secret, **typed)


def write_secret(home: Path) -> None:
    """Write a new secret key for the instance in ``home``, readable by its owner only; an existing one is kept."""
    path = home / "secret.key"
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(48))


def _read_secret(home: Path) -> str:
    path = home / "secret.key"
    try:
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}. Run this as the account that owns it."
        ) from error


def _read_own(home: Path) -> dict[str, Any]:
    path = home / "settings.toml"
    try:
        exists = path.exists()
    except OSError as error:
        raise SettingsError(
            f"{home} cannot be read: {error.strerror}. Run this as the account that owns it."
        ) from error
    return _read_toml(path) if exists else {}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _from_environment(environment: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    names = {key: f"CAC_{key.upper()}" for key in defaults}
    return {key: environment[name] for key, name in names.items() if name in environment}


def _refuse_unknown(source: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    unknown = sorted(set(source) - set(defaults))
    if unknown:
        raise SettingsError(f"There is no setting called {unknown[0]!r}; config/default.toml lists all of them.")


def _refuse_unusable(values: Mapping[str, Any]) -> None:
    if values["timezone"] not in _time_zones():
        raise SettingsError(f"There is no time zone {values['timezone']!r}; write one such as Asia/Seoul or UTC.")
    if not values["database_url"].startswith(DATABASES):
        raise SettingsError(
            "The setting 'database_url' begins with sqlite:/// or postgresql+psycopg://; leave it empty for SQLite in the folder."
        )
    if values["public_url"] and not values["public_url"].startswith(("https://", "http://")):
        raise SettingsError("The setting 'public_url' begins with https:// or http://.")


@cache
def _time_zones() -> set[str]:
    """All that this machine knows: it looks for them in hundreds of files."""
    return available_timezones()


def _typed(key: str, value: Any, default: Any) -> Any:
    if isinstance(default, list):
        items = value.split(",") if isinstance(value, str) else value
        return tuple(str(item).strip() for item in items)
    if isinstance(default, bool):
        return _as_bool(key, value)
    if isinstance(default, int):
        return _as_int(key, value)
    return str(value)


def _as_bool(key: str, value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    word = str(value).lower()
    if word not in words:
        raise SettingsError(f"The setting {key!r} is true or false, not {value!r}.")
    return words[word]


def _as_int(key: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"The setting {key!r} is a whole number, not {value!r}.") from error
