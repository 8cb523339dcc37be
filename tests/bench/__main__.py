"""Runs one benchmark: `python -m tests.bench search`, each in a module of this folder with a function `main(argv)`."""

import sys
from importlib import import_module
from pathlib import Path

BENCHES = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py") if "def main(" in path.read_text())


def run(arguments: list[str]) -> None:
    """Run the benchmark that the first argument names with the other arguments."""
    name = arguments[0].replace("-", "_") if arguments else ""
    if name not in BENCHES:
        raise SystemExit(f"Which benchmark? One of: {', '.join(bench.replace('_', '-') for bench in BENCHES)}")
    import_module(f"tests.bench.{name}").main(arguments[1:])


if __name__ == "__main__":
    run(sys.argv[1:])
