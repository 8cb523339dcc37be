"""What was really read, rolled and then shown: each figure on a page and in its file is the one that was counted."""

import re
from datetime import date, timedelta

import pytest

from cac import doctor
from cac.clock import day_in, now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.stats import visitors
from cac.stats.gauge import Gauge
from cac.stats.models import Measure, ViewClass
from tests.factories import make_practice
from tests.sightings import Sighting, write_sighting
from tests.web.insights_fixtures import (  # noqa: F401 (fixtures)
    DESK,
    OPERATE,
    cells_of,
    official,
    operator,
    readings,
    rows_of,
    seoul,
    shown_days,
)


@pytest.fixture
def practice(session, seoul):
    with transaction(session):
        return make_practice(session, status=Status.PUBLISHED, city=seoul, title="Bus disinfection")


@pytest.fixture
def elsewhere(session):
    """A practice of another city, which has been withdrawn."""
    with transaction(session):
        return make_practice(session, status=Status.WITHDRAWN)


@pytest.fixture
def today():
    return day_in("UTC", now())


def test_the_home_page_has_the_views_of_all_practices_by_people_and_nothing_else(client, readings, practice, elsewhere):
    def total():
        page = client.get("/en/").get_data(as_text=True)
        found = re.search(r"<dt><a [^>]*>views?</a></dt><dd>([^<]*)</dd>", page)
        assert found
        return found[1]

    assert total() == "0"
    readings.read(practice, 3, clicks=2).read(practice, 2, who=ViewClass.NO_KEY).read(elsewhere, 1_230)
    for left_out in (ViewClass.ROBOT, ViewClass.MACHINE):
        readings.read(practice, 5, who=left_out)
    readings.read(practice, 7, measure=Measure.DOWNLOAD)
    assert total() == "0", "not rolled yet"
    readings.roll()
    assert total() == "1,235"


@pytest.mark.parametrize("of_city", [True, False])
def test_the_languages_of_the_editions_that_were_read_are_a_table_and_a_file(
    client, session, official, readings, practice, elsewhere, today, of_city
):
    with transaction(session):
        second = make_practice(session, status=Status.PUBLISHED, city=practice.city)
    begin = today - timedelta(days=29)
    readings.on(begin - timedelta(days=1)).read(practice, 50, language="ar")
    readings.on(begin).read(practice, 4, language="ko")
    readings.on(today).read(practice, 3, language="ko", clicks=3).read(practice, 2, language="en", who=ViewClass.NO_KEY)
    readings.read(practice, 9, language="fr", who=ViewClass.ROBOT).read(practice, 9, language="fr", measure="download")
    readings.read(elsewhere, 9, language="fr").read(second, 6, language="en")
    readings.roll()
    expected = {"en": 8, "ko": 7} if of_city else {"ko": 7, "en": 2}
    address = DESK if of_city else f"{DESK}/{practice.reference}"
    rows = rows_of(client, f"{address}?by=day&format=csv&table=languages")
    assert rows[0] == ["first_day", "last_day", "language", "views"]
    assert rows[1:] == [[*shown_days(), tag, str(views)] for tag, views in expected.items()]
    names = {"ko": "Korean", "en": "English"}
    page = client.get(f"{address}?by=day").get_data(as_text=True)
    cells = [(row[0], row[-1]) for row in cells_of(page, 'id="languages"')]
    assert cells == [(names[tag], str(views)) for tag, views in expected.items()]
    assert 'table=languages"' in page


def _first_of_month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _edges(grain: str, today: date) -> list[date]:
    """The first days of the running period, of the last one, of the one before and of the one before that."""
    first = today.replace(day=1) if grain == "month" else today - timedelta(days=today.weekday())
    firsts = [first]
    while len(firsts) < 4:
        firsts.append(_first_of_month_before(firsts[-1]) if grain == "month" else firsts[-1] - timedelta(days=7))
    return firsts


@pytest.mark.parametrize("grain", ["week", "month"])
def test_a_practice_has_the_views_of_the_running_and_the_two_last_periods_from_edge_to_edge(
    client, official, readings, practice, today, grain
):
    running, last, earlier, begun = _edges(grain, today)
    day = timedelta(days=1)
    for on, views in (
        (begun, 1), (earlier - day, 2), (earlier, 3), (last - day, 5), (last, 10), (running - day, 20), (running, 40),
    ):  # fmt: skip
        readings.on(on).read(practice, views, clicks=2)
    readings.on(earlier).read(practice, 1, measure=Measure.DOWNLOAD)
    readings.on(today).read(practice, 1, measure=Measure.DOWNLOAD).roll()

    (row,) = rows_of(client, f"{DESK}?by={grain}&format=csv&table=practices")[1:]
    first, end = last.isoformat(), (running - day).isoformat()
    assert row[3:8] == [first, end, "30", "8", "2.75"]
    assert (row[8], row[10], row[13]) == (running.isoformat(), "40", "2")
    page = client.get(f"{DESK}?by={grain}").get_data(as_text=True)
    (cells,) = cells_of(page, '<table role="table" class="tbl rows desk">')
    assert cells[1:] == ["30", "8", "+275%", "40", "2"]
    views = rows_of(client, f"{DESK}?by={grain}&format=csv&table=views")[1:]
    assert [(each[0], each[2]) for each in views] == [
        (begun.isoformat(), "3"), (earlier.isoformat(), "8"), (last.isoformat(), "30"), (running.isoformat(), "40"),
    ]  # fmt: skip


@pytest.fixture
def figures(client):
    """The operator's figures by their names, in words."""

    def figures():
        page = client.get(OPERATE).get_data(as_text=True)
        listed = page.split('<dl class="grid mt2 stats">', 1)[1].split("</dl>", 1)[0]
        pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", listed, re.DOTALL)
        return {name: " ".join(re.sub(r"<[^>]*>", " ", words).split()) for name, words in pairs}

    return figures


def test_an_operator_sees_the_classes_of_each_day_and_views_beside_repeats_as_charts_and_as_a_file(
    client, operator, readings, practice, elsewhere, today
):
    yesterday = today - timedelta(days=1)
    readings.on(yesterday).read(practice, 4, clicks=3).read(practice, 2, who=ViewClass.NO_KEY)
    readings.on(today).read(elsewhere, 1).read(practice, 5, who=ViewClass.ROBOT).read(
        practice, 7, who=ViewClass.MACHINE
    )
    readings.read(practice, 9, measure=Measure.DOWNLOAD)
    for _ in range(103):
        readings.at += timedelta(seconds=31)
        write_sighting(readings.spool, _of_one_visitor(practice))
    readings.roll()

    head, *days = rows_of(client, f"{OPERATE}?format=csv")
    named = [dict(zip(head, row, strict=True)) for row in days]
    assert [row["day"] for row in named] == [(today - timedelta(days=29 - number)).isoformat() for number in range(30)]
    assert {value for row in named[:-2] for name, value in row.items() if name != "day"} == {"0"}
    assert named[-2] == {
        "day": yesterday.isoformat(), "requests_person": "12", "requests_no_key": "2", "requests_robot": "0",
        "requests_machine": "0", "requests_suspected": "0", "people_views": "6", "people_requests": "14",
        "salt_breaks": "0",
    }  # fmt: skip
    assert named[-1] == {
        "day": today.isoformat(), "requests_person": "101", "requests_no_key": "0", "requests_robot": "5",
        "requests_machine": "7", "requests_suspected": "3", "people_views": "101", "people_requests": "101",
        "salt_breaks": "0",
    }  # fmt: skip

    page = client.get(OPERATE).get_data(as_text=True)
    classes = cells_of(page, 'id="classes-title"')
    assert [row[1:] for row in classes] == [["101", "0", "5", "7", "3"], ["12", "2", "0", "0", "0"]]
    assert [row[1:] for row in cells_of(page, 'id="raw-title"')] == [["101", "0"], ["6", "8"]]
    for key in ("classes", "raw"):
        figure = page.split(f'id="{key}-title"', 1)[1].split("</figure>", 1)[0]
        assert f'href="{OPERATE}?format=csv"' in figure


def test_an_operator_sees_what_waits_what_was_dropped_what_cannot_be_read_and_lost_salts(
    operator, readings, practice, settings, figures
):
    zeros = figures()
    assert zeros.pop("Counted until") == "nothing yet"
    assert [words.split(" ")[0] for words in zeros.values()] == ["0", "0", "0", "0"]

    readings.read(practice, 3)
    readings.spool.close()
    (salt,) = visitors.memory_folder(settings.spool_dir).glob("*.salt")
    salt.unlink()
    second = type(readings)(settings, None)
    second.read(practice, 2)
    (one, *_), gauge = settings.spool_dir.glob("*-*-*-*.log"), Gauge(settings.spool_dir)
    with one.open("ab") as stream:
        stream.write(b"nonsense\n")
    for _ in range(4):
        gauge.add(int(now().timestamp() * 1000))
    size = sum(path.stat().st_size for path in settings.spool_dir.glob("*-*-*-*.log"))
    waiting = figures()
    assert waiting["Waiting on this server"] == f"7 lines {size} bytes, 2 files in the spool"
    assert waiting["Dropped"].startswith("4 lines")
    assert "4 of them not in the database yet" in waiting["Dropped"]

    readings.roll()
    second.spool.close()
    rolled = figures()
    assert rolled["Waiting on this server"].startswith("0 lines")
    assert rolled["Dropped"] == "4 lines that could not be written since counting began"
    assert rolled["Bad lines"] == "1 line of 6 lines read"
    assert rolled["Daily secret lost"].startswith("1 ")


@pytest.mark.parametrize("views_of_one", [30, 80])
def test_views_that_look_like_one_visitors_are_told_on_the_operators_page_and_by_the_doctor(
    client, operator, readings, practice, settings, views_of_one
):
    readings.read(practice, 100)
    for number in range(views_of_one):
        write_sighting(readings.spool, _of_one_visitor(practice, number))
    readings.roll()
    page = client.get(OPERATE).get_data(as_text=True)
    told = [(finding.level, finding.words) for finding in doctor.examine(settings) if finding.about == "proxy"]
    if views_of_one == 30:
        assert "Many of the latest views" not in page
        assert told == [], "a quarter is no sign"
    else:
        assert "Many of the latest views look like one visitor" in page
        assert "44% of them share one key." in page
        assert told == [
            (
                "advice",
                "44% of the latest views look like one visitor: if a proxy stands in front, forwarded_hops must say so.",
            )
        ]


def _of_one_visitor(practice, number=0):
    return Sighting(practice.id + number, practice.city_id, "en", ViewClass.PERSON, "198.51.100.1")
