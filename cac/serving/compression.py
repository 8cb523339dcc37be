"""Sends the scripts and stylesheets of the site compressed (gzip, RFC 9110 section 8.4.1), once for all at the start.

Pages are left to a proxy in front: compressing each costs more than drawing it.
"""

import gzip
from pathlib import Path

from flask import Flask, request
from werkzeug.wrappers import Response

TEXTS = frozenset({".js", ".css", ".svg", ".txt"})


def init_compression(app: Flask) -> None:
    """Keep the static text files compressed in memory and send them so to whoever takes it."""
    folder = Path(app.static_folder or "")
    packed = {
        path.relative_to(folder).as_posix(): gzip.compress(path.read_bytes(), mtime=0)
        for path in folder.rglob("*")
        if path.suffix in TEXTS
    }

    @app.after_request
    def send_packed(response: Response) -> Response:
        body = packed.get((request.view_args or {}).get("filename", "")) if request.endpoint == "static" else None
        if body is None:
            return response
        response.vary.add("Accept-Encoding")
        etag, _ = response.get_etag()
        if etag:
            # The same file in two encodings: its tag is good for asking whether it changed, not for joining pieces.
            response.set_etag(etag, weak=True)
        if response.status_code == 200 and request.accept_encodings.quality("gzip") > 0:
            response.close()
            response.direct_passthrough = False
            response.set_data(body)
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("Accept-Ranges", None)
        return response
