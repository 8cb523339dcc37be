"""``python -m cac`` is the command ``cac``."""

from cac.cli.main import main

main(prog_name="cac")
