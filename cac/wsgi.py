"""The server's entries for the instance that CAC_HOME names: ``cac.wsgi:gateway`` over RSGI, ``cac.wsgi:app`` over WSGI."""

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
threading.Thread(target=services.index.warm_up, args=(services.session_factory,), daemon=True, name="warm-up").start()
