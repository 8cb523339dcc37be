"""Delays after failed sign-ins, in the database: every process and every restart knows them.

They are counted for an account from one address, so that a stranger's guesses do not keep its owner out; for an account from
everywhere, after many more guesses and never long; and for an address with all accounts.

Accounts and addresses are kept only as keyed hashes, and an account that does not exist is treated like one that does.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import CursorResult, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cac.accounts.models import SignInFailure

FREE_FAILURES = 5
# One address often stands for a whole town hall, so its first delay comes later than that of an account.
FREE_FAILURES_OF_ADDRESS = 20
# Guesses from many addresses: 60 an hour at most, which no password of twelve characters need fear (ASVS 6.3.1).
FREE_FAILURES_FROM_EVERYWHERE = 50
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_DELAY_FROM_EVERYWHERE = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class FailureKey:
    """What failures are counted for: the hash of it, how many come without a delay, and the longest delay."""

    key: str
    free: int
    longest: timedelta = LONGEST_DELAY


@dataclass(frozen=True)
class FailureKeys:
    """The three things that a failure is counted for."""

    account_here: FailureKey
    account: FailureKey
    address: FailureKey

    def __iter__(self) -> Iterator[FailureKey]:
        return iter((self.account_here, self.account, self.address))


def keys_of(email: str, address: str, secret_key: str) -> FailureKeys:
    """Return the keys of an attempt (an IPv6 address counts as its /64 network)."""
    network = _network(address)
    return FailureKeys(
        FailureKey(_keyed_hash("account here", f"{network} {email}", secret_key), FREE_FAILURES),
        FailureKey(
            _keyed_hash("account", email, secret_key), FREE_FAILURES_FROM_EVERYWHERE, LONGEST_DELAY_FROM_EVERYWHERE
        ),
        FailureKey(_keyed_hash("address", network, secret_key), FREE_FAILURES_OF_ADDRESS),
    )


def delay_after(failures: int, free: int = FREE_FAILURES, longest: timedelta = LONGEST_DELAY) -> timedelta:
    """Return how long to wait after so many failures: nothing at first, then 1, 2, 4 … seconds, at most ``longest``."""
    beyond = failures - free
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), longest)


def waiting_seconds(session: Session, keys: Iterable[FailureKey], *, at: datetime) -> int:
    """Return for how many seconds sign-in stays refused for any of the keys; 0 if it may be tried now."""
    return max(_waiting(session, key, at) for key in keys)


def count_failure(session: Session, keys: Iterable[FailureKey], *, at: datetime) -> None:
    """Add one failure to each key in one statement, so that two processes never lose one; old failures are forgotten."""
    for key in keys:
        _upsert(session, key.key, at, counted=1)


def lock(session: Session, keys: Iterable[FailureKey], *, at: datetime) -> None:
    """Hold the rows of the keys until the transaction ends, so that attempts made at once are judged one by one."""
    for key in sorted(keys, key=lambda key: key.key):
        _upsert(session, key.key, at, counted=0)


def forget(session: Session, keys: FailureKeys) -> None:
    """Forget the failures of the account, here and from everywhere: its owner has signed in."""
    of_account = (keys.account_here.key, keys.account.key)
    session.execute(delete(SignInFailure).where(SignInFailure.key.in_(of_account)))


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete failures that no longer delay anybody; return how many rows went."""
    result = session.execute(delete(SignInFailure).where(SignInFailure.last_failed_at < at - FORGOTTEN_AFTER))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _waiting(session: Session, key: FailureKey, at: datetime) -> int:
    row = session.get(SignInFailure, key.key, populate_existing=True)
    if row is None or row.last_failed_at < at - FORGOTTEN_AFTER:
        return 0
    left = row.last_failed_at + delay_after(row.failures, key.free, key.longest) - at
    return max(0, ceil(left.total_seconds()))


def _upsert(session: Session, key: str, at: datetime, *, counted: int) -> None:
    is_old = SignInFailure.last_failed_at < at - FORGOTTEN_AFTER
    changes: dict[str, object] = {"failures": SignInFailure.failures + counted}
    if counted:
        changes = {"failures": case((is_old, 1), else_=SignInFailure.failures + 1), "last_failed_at": at}
    values = {"key": key, "failures": counted, "last_failed_at": at}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            postgresql.insert(SignInFailure).values(values).on_conflict_do_update(index_elements=["key"], set_=changes)
        )
    else:
        session.execute(
            sqlite.insert(SignInFailure).values(values).on_conflict_do_update(index_elements=["key"], set_=changes)
        )


def _keyed_hash(purpose: str, value: str, secret_key: str) -> str:
    message = f"sign-in:{purpose}:{value}".encode("utf-8", "surrogatepass")
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
    except ValueError:
        return address
    prefix = 64 if parsed.version == 6 else 32
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
