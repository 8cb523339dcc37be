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
    fixed = (
        ("Content-Security-Policy", content_policy(stylesheet)),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    )
    secure = (("Strict-Transport-Security", "max-age=31536000"),)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        present = {name.lower() for name, _value in headers}
        wanted = fixed + secure if current_services().settings.secure_cookies else fixed
        for name, value in wanted:
            if name.lower() not in present:
                headers.add(name, value)
        if "cache-control" not in present and request.endpoint != "static":
            headers.add("Cache-Control", "private, no-cache" if current_person() is None else "no-store")
        return response
