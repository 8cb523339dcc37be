"""Charts as shapes and words: where each bar or point stands, what a screen reader says, and the table beside it.

Pure geometry in a box that the page stretches (components/charts.html); nothing here knows colours, only the names of tones
that the stylesheet gives one for light and one for dark. From right to left the page mirrors the box, not the numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, log10

from flask_babel import gettext

from cac.web.presenting import number

STEP, GAP, HEIGHT = 10, 2, 100
FEWEST_SLOTS = 6
"""A chart of fewer bars leaves room for those to come: no bar is as wide as the page."""

HATCH = 6


@dataclass(frozen=True)
class Axis:
    """What stands along a chart: what its labels are (``head``: a day, a week), the labels, and what else is to be said.

    ``ticks`` are the short words below the chart, "" where there is none; ``parts`` says by index of a label why what it
    stands for is not whole ("not over yet"), ``remarks`` what else a reader of the table must know.
    """

    head: str
    labels: tuple[str, ...]
    ticks: tuple[str, ...] = ()
    parts: Mapping[int, str] = field(default_factory=dict)
    remarks: Mapping[int, str] = field(default_factory=dict)

    @property
    def slots(self) -> int:
        """For how many bars there is room."""
        return max(len(self.labels), FEWEST_SLOTS)

    @property
    def room(self) -> int:
        """How much of it no bar takes yet."""
        return self.slots - len(self.labels)

    @property
    def places(self) -> tuple[tuple[str, bool], ...]:
        """The short words below each bar and below the room for those to come; every second may be left out of a narrow chart."""
        words = (*self.ticks, *("",) * self.room)
        marked = [index for index, tick in enumerate(words) if tick]
        return tuple((tick, index in marked[1::2]) for index, tick in enumerate(words))

    @property
    def notes(self) -> tuple[str, ...]:
        """For each label what is said of it in the table, "" where there is nothing to say."""
        said = ((self.parts.get(index), self.remarks.get(index)) for index in range(len(self.labels)))
        return tuple("; ".join(filter(None, words)) for words in said)

    @property
    def ends(self) -> tuple[str, ...]:
        """The first and the last label, with why they are not whole; one where they are the same."""
        return tuple(self._with_part(index) for index in sorted({0, len(self.labels) - 1}) if self.labels)

    def _with_part(self, index: int) -> str:
        part = self.parts.get(index)
        return f"{self.labels[index]} ({part})" if part else self.labels[index]


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
    """The same numbers as words: the head of each column, rows that begin with their own head, and notes on these heads."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A drawing with its words. ``width`` and HEIGHT make the box; ``points`` are those of a line, ``bars`` of columns.

    ``tail`` is the piece of a line that leads to what is not whole yet, ``hatch`` the strokes over bars of such.
    """

    key: str
    title: str
    summary: str
    axis: Axis
    series: tuple[Series, ...]
    top: int
    table: Table
    bars: tuple[Bar, ...] = ()
    hatch: str = ""
    points: str = ""
    tail: str = ""
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """How wide the box is."""
        return self.axis.slots * STEP

    @property
    def middle(self) -> int:
        """The number half-way up."""
        return self.top // 2

    @property
    def area(self) -> str:
        """The corners of what lies under a line."""
        first, last = self.points.split()[0], self.points.split()[-1]
        return f"{first.split(',')[0]},{HEIGHT} {self.points} {last.split(',')[0]},{HEIGHT}"

    @property
    def is_point(self) -> bool:
        """Whether its line is that of a single value: a dot."""
        return len(self.axis.labels) == 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see in it."""
        return not any(any(series.values) for series in self.series)


def draw_bars(key: str, title: str, axis: Axis, series: Sequence[Series], *, table: Table | None = None) -> Chart:
    """Return columns, the series stacked on each other."""
    sums = [sum(values) for values in zip(*(each.values for each in series), strict=True)]
    top = round_up(max(sums, default=0))
    return Chart(
        key=key,
        title=title,
        summary=summarise(axis, sums),
        axis=axis,
        series=tuple(series),
        top=top,
        table=table or table_of(axis, series),
        bars=tuple(_stack(axis, series, top)),
        hatch="".join(_hatch(index, sums[index], top) for index in axis.parts),
    )


def draw_line(key: str, title: str, axis: Axis, series: Series) -> Chart:
    """Return a line from the first value to the last that is whole, and the rest of it as its tail; a dot of a single value."""
    top = max(*series.values, 1, 1)
    points = [f"{index * STEP + STEP // 2},{_from_top(value, top):g}" for index, value in enumerate(series.values)]
    if len(points) == 1:
        points *= 2
    whole = len(points) - 1 if len(points) - 1 in axis.parts else len(points)
    return Chart(
        key=key,
        title=title,
        summary=summarise(axis, series.values),
        axis=axis,
        series=(series,),
        top=top,
        table=table_of(axis, [series]),
        points=" ".join(points[:whole]),
        tail=" ".join(points[max(whole - 1, 0) :]) if whole < len(points) else "",
    )


def table_of(axis: Axis, series: Sequence[Series]) -> Table:
    """Return the table of a chart: a row for each label, the last one first, a column for each series."""
    return tabulate(axis, [each.name for each in series], *(list(map(number, each.values)) for each in series))


def tabulate(axis: Axis, heads: Sequence[str], *columns: Sequence[str]) -> Table:
    """Return a table of columns under their ``heads``, a row for each label of the axis, the last one first."""
    rows = [tuple(row) for row in zip(axis.labels, *columns, strict=True)]
    return Table((axis.head, *heads), tuple(reversed(rows)), tuple(reversed(axis.notes)))


def summarise(axis: Axis, values: Sequence[int]) -> str:
    """Return what somebody who does not see the chart is told first.

    From when to when, the sum, where the most were, and what is not whole.
    """
    if not any(values):
        return str(gettext("Nothing was counted in this time."))
    labels = axis.labels
    most = max(range(len(values)), key=lambda index: values[index])
    words: str = gettext(
        "From %(first)s to %(last)s: %(sum)s in all, the most being %(most)s (%(label)s).",
        first=labels[0], last=labels[-1], sum=number(sum(values)), most=number(values[most]), label=labels[most],
    )  # fmt: skip
    parts = (gettext("%(label)s: %(number)s", label=labels[index], number=part) for index, part in axis.parts.items())
    return " ".join((words, *(f"{part}." for part in parts)))


def round_up(value: int) -> int:
    """Return the next even number of one digit and noughts: where the scale of a chart ends, with a whole number half-way."""
    value = max(value, 1)
    unit = 10 ** floor(log10(value))
    steps = (step * unit for step in (1, 2, 3, 4, 5, 6, 8, 10))
    return int(next(step for step in steps if step >= value and step % 2 == 0))


def _stack(axis: Axis, series: Sequence[Series], top: int) -> list[Bar]:
    bars: list[Bar] = []
    for index, label in enumerate(axis.labels):
        below, part = 0, axis.parts.get(index)
        for each in series:
            value = each.values[index]
            if value:
                y = _from_top(below + value, top)
                words = gettext("%(label)s: %(number)s", label=label, number=number(value))
                words = f"{words} ({each.name})" if len(series) > 1 else words
                words = f"{words}, {part}" if part else words
                height, tone = round(HEIGHT * value / top, 2), f"{each.tone} part" if part else each.tone
                bars.append(Bar(index * STEP + GAP / 2, y, STEP - GAP, height, tone, words))
            below += value
    return bars


def _hatch(index: int, value: int, top: int) -> str:
    """Slanting strokes over the bar of a label: they leave its colours to be seen."""
    left, right = index * STEP + GAP / 2, (index + 1) * STEP - GAP / 2
    highest = floor(_from_top(value, top))
    return "".join(f"M{left:g} {y}L{right:g} {y - HATCH}" for y in range(HEIGHT, highest + HATCH - 1, -HATCH))


def _from_top(value: int, top: int) -> float:
    return round(HEIGHT - HEIGHT * value / top, 2)
