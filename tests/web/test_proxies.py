"""A proxy that is not believed is noticed, and of those that are, none says more of a visitor than it knows."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from cac.app import create_app
from cac.clock import now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.serving.services import EXTENSION
from cac.settings import Settings
from cac.stats.lines import Line, parse_line
from cac.stats.proxies import was_forwarded
from tests.factories import make_practice

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"


@pytest.mark.parametrize(
    ("hops", "peer", "header", "noticed"),
    [
        (0, "127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, True),
        (0, "10.1.2.3", {"X-Forwarded-For": "8.8.8.8"}, True),
        (0, "8.8.4.4", {"X-Forwarded-For": "8.8.8.8"}, False),
        (0, "127.0.0.1", {}, False),
        (1, "127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, False),
    ],
)
def test_a_proxy_nearby_is_noticed_while_the_settings_count_none(
    settings: Settings, hops: int, peer: str, header: dict[str, str], noticed: bool
) -> None:
    app = create_app(replace(settings, forwarded_hops=hops))
    app.test_client().get("/robots.txt", headers=header, environ_base={"REMOTE_ADDR": peer})
    assert was_forwarded(settings.spool_dir, at=now()) is noticed


@pytest.fixture
def key_of(settings: Settings, session: Session) -> Callable[..., str]:
    """Read a practice over so many believed proxies, and return the key by which its visitor is known on that day."""
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED, title="Bus disinfection")

    def key_of(hops: int, *forwarded: str, peer: str = "10.0.0.1") -> str:
        before = set(_lines(settings))
        app = create_app(replace(settings, forwarded_hops=hops))
        headers = [("User-Agent", FIREFOX), *(("X-Forwarded-For", value) for value in forwarded)]
        address = f"/en/practices/{practice.reference}-bus-disinfection"
        assert app.test_client().get(address, headers=headers, environ_base={"REMOTE_ADDR": peer}).status_code == 200
        services = app.extensions[EXTENSION]
        services.spool.close()
        services.engine.dispose()
        (line,) = set(_lines(settings)) - before
        assert line.visitor is not None
        return line.visitor

    return key_of


def _lines(settings: Settings) -> list[Line]:
    parts = [path.read_bytes().splitlines() for path in settings.spool_dir.glob("*-*-*-*.log")]
    return [line for part in parts for line in map(parse_line, part) if isinstance(line, Line)]


def test_behind_two_proxies_the_second_last_address_makes_the_visitor(key_of: Callable[..., str]) -> None:
    visitor = key_of(0, peer="192.0.2.1")
    assert key_of(2, "192.0.2.1, 198.51.100.1") == visitor
    assert key_of(2, "203.0.113.66, 192.0.2.1, 198.51.100.2", peer="10.0.0.2") == visitor, (
        "what came before may be forged"
    )
    assert key_of(2, "203.0.113.66, 192.0.2.1", "198.51.100.2") == visitor, "the header may come in parts"
    assert key_of(2, "192.0.2.1, 192.0.2.2, 198.51.100.1") != visitor
    assert key_of(1, "198.51.100.9, 192.0.2.1") == visitor


def test_where_no_proxy_is_believed_a_forged_header_leaves_the_visitor_alone(key_of: Callable[..., str]) -> None:
    visitor = key_of(0, peer="192.0.2.1")
    assert key_of(0, "203.0.113.66", peer="192.0.2.1") == visitor
    assert key_of(0, "203.0.113.66, 198.51.100.1", peer="192.0.2.1") == visitor
    assert key_of(0, "192.0.2.1", peer="192.0.2.7") != visitor


def test_a_header_with_fewer_addresses_than_proxies_is_not_believed(key_of: Callable[..., str]) -> None:
    """Somebody has gone round a proxy and writes the header as they like."""
    assert key_of(2, "203.0.113.66", peer="192.0.2.1") == key_of(0, peer="192.0.2.1")
