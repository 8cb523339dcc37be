"""The tables of a page about readers as files, each of whose rows says from which day to which it counts.

The rest that is not named is called OTHER in all of them; in the file of searches it has no language, as every search has one.
"""

from collections.abc import Callable, Iterable, Sequence

from cac.stats.closing import OTHER
from cac.stats.periods import Period
from cac.web.data_files import Cell
from cac.web.readership import Readership

File = tuple[Sequence[str], list[tuple[Cell, ...]]]
CHANGE_DIGITS = 4


def file_of(found: Readership, table: str) -> File | None:
    """Return a table of the page as a file, None if it has no such table."""
    make = FILES.get(table)
    return make(found) if make else None


def period_cells(period: Period) -> tuple[str, str]:
    """Return the first and the last day of a period as they stand in files."""
    return period.first.isoformat(), period.last.isoformat()


def change_cell(change: float | None) -> float | None:
    """Return a change as it stands in files: 0.5 is half as much again."""
    return None if change is None else round(change, CHANGE_DIGITS)


def name_of(name: str, window: Period) -> str:
    """Return the name of a file with the days it tells of, so that those of two months can lie in one folder."""
    return f"{name}-{'-to-'.join(period_cells(window))}"


def _views_file(found: Readership) -> File:
    rows: list[tuple[Cell, ...]] = [
        (
            *period_cells(count.period),
            count.views,
            count.downloads,
            count.visitors,
            change_cell(count.change),
            "yes" if count.is_running else "no",
            "yes" if found.has_break_in(count.period) else "no",
            "yes" if found.begun and count.period.first < found.begun else "no",
        )
        for count in found.counts
    ]
    columns = (
        "first_day", "last_day", "views", "downloads", "sum_of_daily_visitors", "change",
        "is_running", "has_visitors_twice", "is_counted_in_part",
    )  # fmt: skip
    return columns, rows


def _languages_file(found: Readership) -> File:
    return _of_window(found, ("language", "views"), found.languages)


def _referrers_file(found: Readership) -> File:
    return _of_window(found, ("site", "views"), found.referrers)


def _searches_file(found: Readership) -> File:
    rows: list[tuple[Cell, ...]] = [(search.words, search.language, count) for search, count in found.searches.named]
    return _of_window(found, ("words", "language", "readers"), [*rows, *_rest((OTHER, "", found.searches.others))])


def _countries_file(found: Readership) -> File:
    return _of_window(found, ("country", "views"), [*found.countries.named, *_rest((OTHER, found.countries.others))])


def _rest(row: tuple[Cell, ...]) -> list[tuple[Cell, ...]]:
    """The row of what is not named, its number empty where it is too small to be shown; none where everything is named."""
    return [] if row[-1] == 0 else [row]


def _of_window(found: Readership, columns: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> File:
    days = period_cells(found.window)
    return ("first_day", "last_day", *columns), [(*days, *row) for row in rows]


FILES: dict[str, Callable[[Readership], File]] = {
    "views": _views_file,
    "languages": _languages_file,
    "referrers": _referrers_file,
    "searches": _searches_file,
    "countries": _countries_file,
}
