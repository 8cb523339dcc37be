"""``bench search``: queries of 1 to 4 words at 1,000 and 10,000 practices beside SQLite FTS5 on the same texts."""

from tests.bench import search_speed


def main(argv: list[str]) -> None:
    """Run ``bench search-speed`` at the two sizes, unless ``argv`` names others."""
    search_speed.main(argv if "--sizes" in argv else ["--sizes", "1000,10000", *argv])
