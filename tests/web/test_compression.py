"""Scripts and stylesheets travel compressed to whoever takes that."""

import gzip
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from cac.app import WEB
from tests.web.checked_client import CheckedClient

STATIC = Path(WEB) / "static"


def fetch(client: CheckedClient, name: str, **headers: str) -> TestResponse:
    """Fetch a static file with these headers (``Accept_Encoding`` for the one with a hyphen) and close it."""
    sent = {header.replace("_", "-"): value for header, value in headers.items()}
    return client.get(f"/static/{name}", headers=sent, buffered=True)


@pytest.mark.parametrize("name", ["suggest.js", "site.css", "favicon.svg"])
def test_a_static_text_is_sent_compressed(client: CheckedClient, name: str) -> None:
    answer = fetch(client, name, Accept_Encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (STATIC / name).read_bytes()
    assert int(answer.headers["Content-Length"]) == len(answer.data) < (STATIC / name).stat().st_size
    assert "Accept-Encoding" in answer.vary
    again = fetch(client, name, Accept_Encoding="gzip", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_others_get_the_plain_text_and_caches_are_told(client: CheckedClient, accepted: str) -> None:
    answer = fetch(client, "suggest.js", Accept_Encoding=accepted)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == (STATIC / "suggest.js").read_bytes()
    assert "Accept-Encoding" in answer.vary


def test_the_script_of_the_suggestions_is_small_on_the_line(client: CheckedClient) -> None:
    answer = fetch(client, "suggest.js", Accept_Encoding="gzip")
    assert len(answer.data) < 1500


def test_a_piece_of_a_file_and_a_page_stay_as_they_are(client: CheckedClient) -> None:
    piece = fetch(client, "site.css", Accept_Encoding="gzip", Range="bytes=0-9")
    assert (piece.status_code, len(piece.data)) == (206, 10)
    assert "Content-Encoding" not in piece.headers
    assert "Content-Encoding" not in client.get("/en/", headers={"Accept-Encoding": "gzip"}).headers
    assert client.head("/static/site.css", headers={"Accept-Encoding": "gzip"}, buffered=True).data == b""
    assert fetch(client, "nothing.js", Accept_Encoding="gzip").status_code == 404
