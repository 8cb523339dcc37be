"""The delay after failures grows by doubling, starts late, and ends at a quarter of an hour."""

from datetime import timedelta

import pytest

from cac.accounts import delays


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (5000, 900)]
)
def test_the_delay_doubles_from_the_fifth_failure_to_fifteen_minutes(failures: int, seconds: int) -> None:
    assert delays.delay_after(failures) == timedelta(seconds=seconds)


def test_guesses_from_everywhere_delay_an_account_late_and_never_long() -> None:
    account = delays.keys_of("minji@example.org", "192.0.2.7", "secret").account
    waits = [delays.delay_after(failures, account.free, account.longest) for failures in (49, 50, 53, 5000)]
    assert [wait.total_seconds() for wait in waits] == [0, 1, 8, 60]


def test_keys_say_neither_the_account_nor_the_address() -> None:
    keys = delays.keys_of("minji@example.org", "192.0.2.7", "secret")
    assert len({key.key for key in keys}) == 3
    assert not any("minji" in key.key or "192" in key.key[:4] for key in keys)
    assert delays.keys_of("minji@example.org", "192.0.2.7", "other").account.key != keys.account.key


def test_only_the_key_of_the_account_is_the_same_from_another_address() -> None:
    here, there = (delays.keys_of("minji@example.org", address, "s") for address in ("192.0.2.7", "192.0.2.8"))
    assert here.account == there.account
    assert here.account_here != there.account_here
    assert here.address != there.address


def test_all_addresses_of_one_ipv6_network_are_one() -> None:
    keys = {delays.keys_of("a", address, "s").address.key for address in ("2001:db8::1", "2001:db8::ffff:1")}
    assert len(keys) == 1
    assert delays.keys_of("a", "::ffff:192.0.2.7", "s") == delays.keys_of("a", "192.0.2.7", "s")
