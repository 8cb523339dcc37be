"""Builds the web application: wires services, serving, pages and API together and decides nothing itself."""

from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, redirect, url_for
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from cac.api import routes as api
from cac.serving import counting
from cac.serving.access import init_access, public, require_declarations
from cac.serving.compression import init_compression
from cac.serving.database import init_database
from cac.serving.errors import init_errors
from cac.serving.headers import init_headers
from cac.serving.limits import init_limits
from cac.serving.locale import best_locale, init_locale
from cac.serving.login import init_login
from cac.serving.proxies import init_proxies
from cac.serving.services import EXTENSION, Services, build_services
from cac.settings import Settings
from cac.web import pages
from cac.web.stylesheet import read_stylesheet

WEB = Path(__file__).parent / "web"
FORM_LIMIT = 3 * 1024 * 1024


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Return the application for the instance of ``settings``.

    Raises RuntimeError if an endpoint has not declared who may use it, or if the instance has no secret key.
    """
    if not settings.secret_key:
        raise RuntimeError("the instance has no secret key; run `cac init` first")
    app = Flask("cac", template_folder=str(WEB / "templates"), static_folder=str(WEB / "static"))
    _configure(app, settings)
    app.extensions[EXTENSION] = services or build_services(settings)
    stylesheet = read_stylesheet(WEB / "static" / "site.css")
    init_limits(app)
    CSRFProtect(app)
    init_database(app)
    init_locale(app, settings.locales)
    init_login(app)
    init_access(app)
    init_errors(app)
    counting.init_counting(app)
    init_proxies(app, settings.forwarded_hops)
    init_headers(app, stylesheet)
    init_compression(app)
    pages.init_pages(app, stylesheet)
    api.init_api(app)
    app.add_url_rule("/", "start", public(_go_to_home))
    require_declarations(app)
    if settings.forwarded_hops:
        hops = settings.forwarded_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=[host.lower() for host in settings.accepted_hosts],
        MAX_CONTENT_LENGTH=FORM_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        SESSION_COOKIE_NAME="cac_session",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _go_to_home() -> Response:
    answer = redirect(url_for("reading.home", locale=best_locale()))
    answer.headers["Vary"] = "Accept-Language"
    return answer  # type: ignore[return-value]
