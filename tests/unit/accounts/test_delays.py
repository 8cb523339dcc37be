"""The delay after failures grows by doubling, starts late, and ends at a quarter of an hour."""

from datetime import timedelta

import pytest

from cac.accounts import delays


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (5000, 900)]
)
def test_the_delay_doubles_from_the_fifth_failure_to_fifteen_minutes(failures: int, seconds: int) -> None:
    assert delays.delay_after(failures) == timedelta(seconds=seconds)


def test_keys_say_neither_the_account_nor_the_address() -> None:
    account, address = delays.keys_of("minji@example.org", "192.0.2.7", "secret")
    assert account.key != address.key
    assert "minji" not in account.key
    assert delays.keys_of("minji@example.org", "192.0.2.7", "other")[0].key != account.key


def test_all_addresses_of_one_ipv6_network_are_one() -> None:
    keys = {delays.keys_of("a", address, "s")[1].key for address in ("2001:db8::1", "2001:db8::ffff:1")}
    assert len(keys) == 1
    assert delays.keys_of("a", "::ffff:192.0.2.7", "s") == delays.keys_of("a", "192.0.2.7", "s")
