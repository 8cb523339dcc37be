"""Charts as shapes and words."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from cac.settings import Settings
from cac.web.charts import FEWEST_SLOTS, HEIGHT, STEP, Axis, Series, draw_bars, draw_line, round_up
from cac.web.data_files import csv_answer


@pytest.fixture(autouse=True)
def in_english(settings: Settings) -> Iterator[None]:
    from cac.app import create_app

    app: Flask = create_app(settings)
    with app.test_request_context("/en/"):
        yield


@pytest.mark.parametrize(("value", "top"), [(0, 2), (1, 2), (3, 4), (7, 8), (9, 10), (11, 20), (99, 100), (201, 300)])
def test_a_scale_ends_at_a_round_number_with_a_whole_one_half_way(value: int, top: int) -> None:
    assert round_up(value) == top
    assert top % 2 == 0


def test_stacked_bars_touch_and_stay_in_the_box() -> None:
    chart = draw_bars("k", "Title", Axis("Day", ("a", "b")), [Series("x", "c1", (4, 0)), Series("y", "c2", (2, 3))])
    assert (chart.top, chart.middle) == (6, 3)
    low, high, alone = chart.bars
    assert low.y + low.height == HEIGHT
    assert high.y + high.height == low.y
    assert high.y == 0
    assert (alone.x > low.x, alone.height) == (True, 50)
    assert low.words == "a: 4 (x)"
    assert chart.table.columns == ("Day", "x", "y")
    assert chart.table.rows == (("b", "0", "3"), ("a", "4", "2")), "the newest first"
    assert chart.summary == "From a to b: 9 in all, the most being 6 (a)."


def test_a_narrow_chart_may_leave_out_every_second_date() -> None:
    axis = Axis("Day", tuple("abcdef"), ("", "1 May", "", "8 May", "", "15 May"))
    assert axis.places[1:] == (("1 May", False), ("", False), ("8 May", True), ("", False), ("15 May", False))


def test_what_is_not_over_yet_looks_and_reads_otherwise() -> None:
    views = [Series("x", "c1", (3, 2))]
    chart = draw_bars("k", "Title", Axis("Day", ("a", "b"), parts={1: "not over yet"}), views)
    past, running = chart.bars
    assert (past.tone, past.words) == ("c1", "a: 3")
    assert (running.tone, running.words) == ("c1 part", "b: 2, not over yet")
    assert chart.axis.ends == ("a", "b (not over yet)")
    assert chart.summary.endswith("b: not over yet.")
    assert chart.table.notes == ("not over yet", "")
    assert chart.hatch.startswith("M11 100L19 94M11 94")
    whole = draw_bars("k", "Title", Axis("Day", ("a", "b")), views)
    assert [bar.tone for bar in whole.bars] == ["c1", "c1"]
    assert whole.hatch == ""


def test_the_strokes_over_a_bar_stay_on_it() -> None:
    axis = Axis("Day", ("a",), parts={0: "not over yet"})
    views, robots = Series("x", "c1", (3,)), Series("y", "c2", (1,))
    chart = draw_bars("k", "Title", axis, [views, robots])
    heights = [float(each) for stroke in chart.hatch.split("M")[1:] for each in re.findall(r" (\d+)", stroke)]
    assert min(bar.y for bar in chart.bars) <= min(heights)
    assert max(heights) == HEIGHT
    assert [bar.tone for bar in chart.bars] == ["c1 part", "c2 part"], "each class keeps its colour"


def test_what_a_table_must_say_of_a_label_stands_in_its_head_and_marks_no_bar() -> None:
    axis = Axis("Day", ("a", "b"), parts={1: "not over yet"}, remarks={0: "counted twice", 1: "counted twice"})
    assert axis.notes == ("counted twice", "not over yet; counted twice")
    assert axis.ends == ("a", "b (not over yet)")


def test_a_chart_of_few_bars_leaves_room_for_those_to_come() -> None:
    chart = draw_bars("k", "Title", Axis("Day", ("a",), ("1 May",)), [Series("x", "c1", (3,))])
    assert (chart.width, chart.axis.room) == (FEWEST_SLOTS * STEP, FEWEST_SLOTS - 1)
    assert [words for words, _is_spare in chart.axis.places] == ["1 May", "", "", "", "", ""]
    assert chart.axis.ends == ("a",)


def test_a_line_has_its_points_above_their_labels() -> None:
    chart = draw_line("k", "Title", Axis("Day", ("a", "b", "c")), Series("x", "c1", (0, 4, 2)))
    assert (chart.points, chart.tail) == ("5,100 15,0 25,50", "")
    assert chart.area == "5,100 5,100 15,0 25,50 25,100"


def test_a_line_leads_to_a_day_that_is_not_over_in_a_tail_of_its_own() -> None:
    axis = Axis("Day", ("a", "b", "c"), parts={2: "not over yet"})
    chart = draw_line("k", "Title", axis, Series("x", "c1", (2, 4, 0)))
    assert (chart.points, chart.tail) == ("5,50 15,0", "15,0 25,100")
    first_day = draw_line("k", "Title", Axis("Day", ("a",), parts={0: "not over yet"}), Series("x", "c1", (2,)))
    assert (first_day.points, first_day.tail, first_day.is_point) == ("5,0 5,0", "", True), "a dot"


def test_a_chart_of_nothing_says_so() -> None:
    chart = draw_bars("k", "Title", Axis("Day", ("a",)), [Series("x", "c1", (0,))])
    assert chart.is_empty
    assert chart.bars == ()
    assert chart.summary == "Nothing was counted in this time."


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    answer = csv_answer("name", ("a", "b"), [("=1+1", -5), ("@x", None)])
    assert answer.get_data().decode("utf-8-sig") == "a,b\r\n'=1+1,-5\r\n'@x,\r\n"
