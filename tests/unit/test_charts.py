"""Charts as shapes and words."""

from collections.abc import Iterator

import pytest
from flask import Flask

from cac.settings import Settings
from cac.web.charts import HEIGHT, Series, draw_bars, draw_line, round_up
from cac.web.data_files import csv_answer


@pytest.fixture(autouse=True)
def in_english(settings: Settings) -> Iterator[None]:
    from cac.app import create_app

    app: Flask = create_app(settings)
    with app.test_request_context("/en/"):
        yield


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (3, 3), (7, 8), (9, 10), (11, 20), (99, 100), (201, 300)])
def test_a_scale_ends_at_a_round_number(value: int, top: int) -> None:
    assert round_up(value) == top


def test_stacked_bars_touch_and_stay_in_the_box() -> None:
    chart = draw_bars("k", "Title", ["a", "b"], [Series("x", "c1", (3, 0)), Series("y", "c2", (2, 4))], head="Day")
    assert chart.top == 5
    low, high, alone = chart.bars
    assert low.y + low.height == HEIGHT
    assert high.y + high.height == low.y
    assert high.y == 0
    assert (alone.x > low.x, alone.height) == (True, 80)
    assert low.words == "a: 3 (x)"
    assert chart.table.columns == ("Day", "x", "y")
    assert chart.table.rows == (("a", "3", "2"), ("b", "0", "4"))
    assert chart.summary == "From a to b: 9 in all, the most being 5 (a)."


def test_what_is_not_over_yet_looks_and_reads_otherwise() -> None:
    views = [Series("x", "c1", (3, 2))]
    past, running = draw_bars("k", "Title", ["a", "b"], views, head="Day", is_running=True).bars
    assert (past.tone, past.words) == ("c1", "a: 3")
    assert (running.tone, running.words) == ("c1 part", "b: 2, not over yet")
    assert [bar.tone for bar in draw_bars("k", "Title", ["a", "b"], views, head="Day").bars] == ["c1", "c1"]


def test_a_line_begins_and_ends_at_the_edges() -> None:
    chart = draw_line("k", "Title", ["a", "b", "c"], Series("x", "c1", (0, 4, 2)), head="Day")
    assert chart.points == "0,100 10,0 20,50"
    assert chart.width == 20


def test_a_chart_of_nothing_says_so() -> None:
    chart = draw_bars("k", "Title", ["a"], [Series("x", "c1", (0,))], head="Day")
    assert chart.is_empty
    assert chart.bars == ()
    assert chart.summary == "Nothing was counted in this time."


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    answer = csv_answer("name", ("a", "b"), [("=1+1", -5), ("@x", None)])
    assert answer.get_data().decode("utf-8-sig") == "a,b\r\n'=1+1,-5\r\n'@x,\r\n"
