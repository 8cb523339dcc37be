"""Addresses of the site with scheme and host, as people copy them and other programs need them."""

from flask import request
from werkzeug.urls import iri_to_uri

from cac.serving.services import current_services


def absolute_url(address: str = "") -> str:
    """Return an address of the site (by default the start) with scheme and host: the public URL's where it is set."""
    base = current_services().settings.public_url or request.host_url.rstrip("/")
    return base + iri_to_uri(address)
