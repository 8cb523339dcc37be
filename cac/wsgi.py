"""The server's entries for the instance that CAC_HOME names: ``cac.wsgi:gateway`` over RSGI, ``cac.wsgi:app`` over WSGI."""

import gc
import logging
import os
import threading
from pathlib import Path

from cac import running
from cac.app import FORM_LIMIT, create_app
from cac.serving.gateway import Gateway
from cac.serving.services import EXTENSION, Services
from cac.settings import load_settings

settings = load_settings(Path(os.environ["CAC_HOME"]))
logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
app = create_app(settings)
gateway = Gateway(app.wsgi_app, FORM_LIMIT)
running.end_with_parent()
services: Services = app.extensions[EXTENSION]


def _warm_up() -> None:
    """Open what the first search needs, and let the collector of cycles pass over all that is there by now and stays.

    Each time that it looked through it, nobody was answered for a tenth of a second.
    """
    services.index.warm_up(services.session_factory)
    gc.collect()
    gc.freeze()


threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
