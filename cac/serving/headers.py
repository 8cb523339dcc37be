"""The security headers of every answer, and what may be kept by caches."""

import base64
import hashlib

from flask import Flask, request
from werkzeug.wrappers import Response

from cac.serving.login import current_person
from cac.serving.services import current_services


def style_hash(stylesheet: str) -> str:
    """Return the CSP source expression of an inline stylesheet (CSP Level 3, section 2.3.1)."""
    digest = hashlib.sha256(stylesheet.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def content_policy(stylesheet: str) -> str:
    """Return the content security policy of pages that carry ``stylesheet`` inline or link to it."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' {style_hash(stylesheet)}; img-src 'self'; font-src 'none'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    )


def init_headers(app: Flask, stylesheet: str) -> None:
    """Add the headers to each answer of the app."""
    policy = content_policy(stylesheet)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if current_services().settings.secure_cookies:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers and request.endpoint != "static":
            headers["Cache-Control"] = "private, no-cache" if current_person() is None else "no-store"
        return response
