"""What a web process does by itself when it begins, before anybody asks for a page."""

import os
import subprocess
import sys
from pathlib import Path

from cac.settings import write_secret

BEGIN = """
import gc, threading
from cac import wsgi
for thread in threading.enumerate():
    if thread.name == "warm-up":
        thread.join(30)
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_the_collector_of_cycles_passes_over_what_a_web_process_begins_with(tmp_path: Path) -> None:
    """Looking through it all held every reader up for a tenth of a second."""
    write_secret(tmp_path)
    environment = {**os.environ, "CAC_HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", BEGIN], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    passed_over, looked_through = map(int, ran.stdout.split())
    assert passed_over > 20 * looked_through
