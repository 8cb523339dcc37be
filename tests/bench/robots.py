"""``bench robots``: how many robots our rules catch and how many people they take for one, beside other people's lists.

--data names a folder with robots.txt, libraries.txt and browsers.txt, one agent a line. The packages counter-robots and
crawler-user-agents are the project's extra [bench]; isbot is JavaScript: --isbot names the unpacked npm package, node runs it.
"""

import argparse
import importlib
import importlib.util
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cac.stats.robots import RULES_VERSION, AgentClass, class_of

LISTS = ("robots", "libraries", "browsers")
ISBOT = (
    "const {isbot} = require(process.argv[1]);"
    "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(agent => isbot(agent))))"
)

Judge = Callable[[Sequence[str]], list[bool]]


def main(argv: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="bench robots")
    parser.add_argument("--data", type=Path, help="the folder with the lists of agents")
    parser.add_argument("--isbot", type=Path, help="the folder of the unpacked npm package isbot")
    parser.add_argument("--show", action="store_true", help="print what our rules get wrong")
    arguments = parser.parse_args(argv)
    if arguments.data is None:
        print("Skipped: --data names a folder with robots.txt, libraries.txt and browsers.txt, one agent a line.")
        return
    agents = {name: (arguments.data / f"{name}.txt").read_text().splitlines() for name in LISTS}
    print(f"{'':<34}{'robots':>12}{'libraries':>12}{'browsers':>12}{'us each':>9}")
    print(f"{'agents':<34}" + "".join(f"{len(agents[name]):>12}" for name in LISTS))
    for title, judge in _judges(arguments.isbot):
        _print(title, judge, agents)
    machines = sum(class_of(agent) is AgentClass.MACHINE for agent in agents["libraries"])
    print(
        f"\nOf the libraries {machines / len(agents['libraries']):.1%} are machines by our rules, the others robots or people."
    )
    if arguments.show:
        _show(agents)


def _print(title: str, judge: Judge, agents: dict[str, list[str]]) -> None:
    started = time.perf_counter()
    taken = [judge(agents[name]) for name in LISTS]
    each = (time.perf_counter() - started) / sum(map(len, taken)) * 1e6
    print(f"{title:<34}" + "".join(f"{sum(one) / len(one):>12.2%}" for one in taken) + f"{each:>9.1f}")


def _judges(isbot: Path | None) -> list[tuple[str, Judge]]:
    judges = [(f"cac, rules of {RULES_VERSION}", _ours)]
    for module, function in (("counter_robots", "is_robot_or_machine"), ("crawleruseragents", "is_crawler")):
        if importlib.util.find_spec(module) is None:
            print(f"{module} is not installed (extra [bench])")
        else:
            judges.append((module, _each(getattr(importlib.import_module(module), function))))
    if isbot is None or shutil.which("node") is None:
        print("isbot is left out (--isbot names its folder; node must be there)")
    else:
        judges.append(("isbot (in node, with its start)", lambda agents: _ask_isbot(isbot, agents)))
    return judges


def _ours(agents: Sequence[str]) -> list[bool]:
    return [class_of(agent) is not AgentClass.PERSON for agent in agents]


def _each(judge: Callable[[str], bool]) -> Judge:
    return lambda agents: [bool(judge(agent)) for agent in agents]


def _ask_isbot(folder: Path, agents: Sequence[str]) -> list[bool]:
    answer = subprocess.run(
        ["node", "-e", ISBOT, str(folder.resolve())],
        input=json.dumps(agents),
        capture_output=True,
        check=True,
        text=True,
    )
    return [bool(one) for one in json.loads(answer.stdout)]


def _show(agents: dict[str, list[str]]) -> None:
    for name in LISTS:
        for agent in agents[name]:
            if (class_of(agent) is AgentClass.PERSON) != (name == "browsers"):
                print(f"{name}: {agent}")
