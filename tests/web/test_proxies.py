"""A proxy that is not believed is noticed."""

from dataclasses import replace

import pytest

from cac.app import create_app
from cac.clock import now
from cac.settings import Settings
from cac.stats.proxies import was_forwarded


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
