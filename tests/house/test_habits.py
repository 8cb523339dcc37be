"""The habits of the house, held by tools: who imports whom, types, style, templates, and nothing of this machine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
WHOOSH_MODULES = re.compile(r"cac/search/(index|analysis|posting_files)\w*\.py$")


def run_tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that is installed beside this Python, from the root of the project."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run([str(program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("lint-imports",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("djlint", "cac/web/templates", "--lint", "--quiet"),
    ],
    ids=lambda command: command[0] + "-" + command[-1],
)
def test_a_tool_finds_nothing(command: tuple[str, ...]) -> None:
    result = run_tool(*command)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_outgrows_the_house() -> None:
    files = [*ROOT.glob("cac/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("migrations/**/*.py")]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FILE}


def test_only_the_index_and_its_analysis_know_whoosh() -> None:
    importing = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("cac/**/*.py")
        if re.search(r"^\s*(?:from|import) whoosh", path.read_text(), re.MULTILINE)
    ]
    assert importing
    assert not [name for name in importing if not WHOOSH_MODULES.search(name)]


def test_the_top_level_is_as_the_owner_fixed_it() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout: there is no list of files that belong to the project")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    tops = {name.split("/")[0] for name in listed if name}
    expected = {"pyproject.toml", "cac", "migrations", "tests", "config", "README.md", "LICENSE", ".gitignore", ".ci"}
    assert tops <= expected, tops - expected


def test_every_dependency_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    pinned = {
        _plain(line.split("==")[0])
        for line in (ROOT / "config/constraints.txt").read_text().splitlines()
        if "==" in line
    }
    missing = {_plain(re.split(r"[<>=!\[;]", line)[0]) for line in wanted} - pinned
    assert not missing


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
