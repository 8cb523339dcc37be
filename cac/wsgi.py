"""The server's entry: ``cac.wsgi:app`` serves the instance that CAC_HOME names."""

import logging
import os
from pathlib import Path

from cac.app import create_app
from cac.settings import load_settings

settings = load_settings(Path(os.environ["CAC_HOME"]))
logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
app = create_app(settings)
