"""Charts as shapes and words: where each bar or point stands, what a screen reader says, and the table beside it.

Pure geometry in a box that the page stretches (components/charts.html); nothing here knows colours, only the names of tones
that the stylesheet gives one for light and one for dark. From right to left the page mirrors the box, not the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from flask_babel import gettext

from cac.web.presenting import number

STEP, GAP, HEIGHT = 10, 2, 100


@dataclass(frozen=True)
class Series:
    """Numbers of one kind, one for each label of the chart; ``tone`` names the colour."""

    name: str
    tone: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Bar:
    """One rectangle and what a pointer over it says."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True)
class Table:
    """The same numbers as words: the head of each column, and rows that begin with their own head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing with its words. ``width`` and HEIGHT make the box; ``points`` are those of a line, ``bars`` of columns.

    ``is_running`` says that what the last label stands for is not over yet, so that its number will still grow.
    """

    key: str
    title: str
    summary: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    top: int
    width: int
    bars: tuple[Bar, ...]
    points: str
    table: Table
    is_running: bool = False
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see in it."""
        return not any(any(series.values) for series in self.series)


def draw_bars(
    key: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    head: str,
    table: Table | None = None,
    is_running: bool = False,
) -> Chart:
    """Return columns, the series stacked on each other; ``head`` is what the labels are (a day, a week)."""
    sums = [sum(values) for values in zip(*(each.values for each in series), strict=True)]
    top = round_up(max(sums, default=0))
    return Chart(
        key=key,
        title=title,
        summary=summarise(labels, sums),
        labels=tuple(labels),
        series=tuple(series),
        top=top,
        width=max(len(labels), 1) * STEP,
        bars=tuple(_stack(labels, series, top, is_running=is_running)),
        points="",
        table=table or table_of(head, labels, series),
        is_running=is_running,
    )


def draw_line(key: str, title: str, labels: Sequence[str], series: Series, *, head: str) -> Chart:
    """Return a line from the first value to the last."""
    top = max(*series.values, 1)
    points = " ".join(f"{index * STEP},{_from_top(value, top):g}" for index, value in enumerate(series.values))
    return Chart(
        key=key,
        title=title,
        summary=summarise(labels, series.values),
        labels=tuple(labels),
        series=(series,),
        top=top,
        width=max(len(labels) - 1, 1) * STEP,
        bars=(),
        points=points,
        table=table_of(head, labels, [series]),
    )


def table_of(head: str, labels: Sequence[str], series: Sequence[Series]) -> Table:
    """Return the table of a chart: a row for each label, a column for each series."""
    rows = zip(labels, *(map(number, each.values) for each in series), strict=True)
    return Table((head, *(each.name for each in series)), tuple(tuple(row) for row in rows))


def summarise(labels: Sequence[str], values: Sequence[int]) -> str:
    """Return what somebody who does not see the chart is told first: from when to when, the sum, and where the most were."""
    if not any(values):
        return str(gettext("Nothing was counted in this time."))
    most = max(range(len(values)), key=lambda index: values[index])
    words: str = gettext(
        "From %(first)s to %(last)s: %(sum)s in all, the most being %(most)s (%(label)s).",
        first=labels[0], last=labels[-1], sum=number(sum(values)), most=number(values[most]), label=labels[most],
    )  # fmt: skip
    return words


def round_up(value: int) -> int:
    """Return the next number of one digit and noughts: where the scale of a chart ends."""
    if value <= 1:
        return 1
    unit = 10 ** floor(log10(value))
    return int(next(step * unit for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * unit >= value))


def _stack(labels: Sequence[str], series: Sequence[Series], top: int, *, is_running: bool) -> list[Bar]:
    bars: list[Bar] = []
    for index, label in enumerate(labels):
        below, is_part = 0, is_running and index == len(labels) - 1
        for each in series:
            value = each.values[index]
            if value:
                y = _from_top(below + value, top)
                words = gettext("%(label)s: %(number)s", label=label, number=number(value))
                words = f"{words} ({each.name})" if len(series) > 1 else words
                words = f"{words}, {gettext('not over yet')}" if is_part else words
                height, tone = round(HEIGHT * value / top, 2), f"{each.tone} part" if is_part else each.tone
                bars.append(Bar(index * STEP + GAP / 2, y, STEP - GAP, height, tone, words))
            below += value
    return bars


def _from_top(value: int, top: int) -> float:
    return round(HEIGHT - HEIGHT * value / top, 2)
