"""What the operator sees of counting itself, and the COUNTER-style report."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from cac.clock import day_in, now
from cac.db import transaction
from cac.practices.workflow import Status
from cac.search.models import MissingQuery
from cac.serving.services import EXTENSION
from cac.stats import proxies, verify
from cac.stats.gauge import Gauge
from cac.stats.models import ViewHour, ViewLedger, ViewRoller, ViewTotal
from cac.web import insights
from tests.factories import make_city, make_practice
from tests.web.insights_fixtures import OPERATE, official, operator, rows_of, seoul, shown_days  # noqa: F401 (fixtures)


@pytest.mark.parametrize("path", [OPERATE, f"{OPERATE}/2020-04.json", f"{OPERATE}/2020-04.csv"])
def test_only_operators_see_how_counting_is_doing(client, official, path):
    assert client.get(path).status_code == 403


def test_an_operator_sees_that_nothing_is_wrong(client, operator):
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Nothing looks wrong." in page
    assert "Not checked yet" in page


def test_an_operator_sees_every_alarm(client, session, session_factory, settings, operator):
    with transaction(session):
        session.add(ViewRoller(host="h", label="north", rolled_until=now() - timedelta(minutes=5), seen_at=now()))
        session.add(ViewRoller(host="gone", label="south", rolled_until=now() - timedelta(days=2)))
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=3, raw=3))
        counts = {"offset": 0, "lines": 1, "bad": 1, "dropped": 2}
        session.add(ViewLedger(host="h", segment="s", rolled_at=now(), **counts))
    verify.check_and_keep(session_factory, at=now() - timedelta(hours=37))
    proxies.note_forwarded(settings.spool_dir)
    page = client.get(OPERATE).get_data(as_text=True)
    for words in (
        "Counting is late", "do not agree", "The proxy setting looks wrong", "days and total: site 0 view",
        "south was heard of last on", "cac stats forget-host gone", "not checked for over 36 hours",
        "2 views could not be written today", "1 line of the spool could not be read today", "of 1 line read",
    ):  # fmt: skip
        assert words in page
    assert "Nothing looks wrong." not in page


def test_an_operator_sees_hosts_that_stopped_and_different_secrets_and_readings_that_nobody_can_tell_apart(
    client, session, operator
):
    at = now()
    with transaction(session):
        practice = make_practice(session, city=make_city(session), status=Status.PUBLISHED)
        for number, ended_at in enumerate((None, None, at - timedelta(hours=1))):
            heard = {"rolled_until": ended_at or at, "seen_at": ended_at or at, "ended_at": ended_at}
            session.add(ViewRoller(host=f"h{number}", label=f"host-{number}", secret_mark=f"mark {number}", **heard))
        session.add(
            ViewHour(
                day=day_in("UTC", at), hour=at.replace(minute=0, second=0, microsecond=0), scope="practice",
                scope_id=practice.id, measure="view", language="en", view_class="no_key", raw=200, views=200, sessions=0,
            )
        )  # fmt: skip
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Servers have different secrets" in page
    assert f'how many readers they are: <bdi class="nowrap">{practice.reference}</bdi>' in page
    assert "Counting is late" not in page, "a server that was stopped in order is not missed"
    hosts = page.split('id="hosts"', 1)[1].split("</table>", 1)[0]
    assert "stopped" in hosts.split("host-2", 1)[1]
    assert "stopped" not in hosts.split("host-2", 1)[0]


def test_an_operator_sees_the_lag_of_each_host(client, session, operator):
    with transaction(session):
        session.add(ViewRoller(host="a", label="north", rolled_until=now(), seen_at=now()))
        session.add(ViewRoller(host="b", label="south", rolled_until=now() - timedelta(minutes=7), seen_at=now()))
    page = client.get(OPERATE).get_data(as_text=True)
    hosts = page.split('id="hosts"', 1)[1].split("</table>", 1)[0]
    assert "north" in hosts
    assert "7 minutes" in hosts.split("south", 1)[1]


def test_what_is_dropped_in_any_process_is_seen_at_once(client, settings, operator):
    gauge = Gauge(settings.spool_dir)
    gauge.add(int(now().timestamp() * 1000))
    page = client.get(OPERATE).get_data(as_text=True)
    assert "1 view could not be written today" in page
    assert "1 of them not in the database yet" in page


def test_what_was_looked_for_in_vain_is_linked(client, session, operator):
    assert "Nothing is missing." in client.get(OPERATE).get_data(as_text=True)
    with transaction(session):
        session.add(MissingQuery(words="ozone buses", language="en", week=day_in("UTC", now()), times=4, results=0))
    page = client.get(OPERATE).get_data(as_text=True)
    assert "ozone buses" in page
    assert 'href="/en/review/missing"' in page


def test_the_classes_of_each_day_are_a_file_too(client, operator):
    head, *days = rows_of(client, f"{OPERATE}?format=csv")
    assert head[:3] == ["day", "requests_person", "requests_robot"]
    assert len(days) == 30
    name = client.get(f"{OPERATE}?format=csv").headers["Content-Disposition"]
    assert f"counting-{'-to-'.join(shown_days())}.csv" in name


def test_the_counter_style_report_has_four_metrics_for_each_practice(client, session, operator, seoul):
    from datetime import UTC, datetime

    from cac.stats.models import ViewHour

    with transaction(session):
        practice = make_practice(session, city=seoul)
        place = {"scope": "practice", "scope_id": practice.id, "measure": "view", "language": "en"}
        hour = datetime(2020, 4, 9, 9, tzinfo=UTC)
        session.add(ViewHour(hour=hour, view_class="person", raw=5, views=4, sessions=3, **place))
        session.add(ViewHour(hour=hour, view_class="robot", raw=9, views=9, sessions=0, **place))
    assert "/en/operate/insights/2020-04.json" in client.get(OPERATE).get_data(as_text=True)
    report = client.get(f"{OPERATE}/2020-04.json").json
    assert "COUNTER-style" in report["Report_Header"]["Report_Name"]
    assert report["Report_Header"]["Totals"] == {
        "Total_Item_Investigations": 4,
        "Total_Item_Requests": 4,
        "Unique_Item_Investigations": 3,
        "Unique_Item_Requests": 3,
    }
    assert report["Report_Items"][0]["Item"] == practice.reference
    rows = rows_of(client, f"{OPERATE}/2020-04.csv")
    header = dict(rows[: rows.index([])])
    assert (header["End_Date"], header["Is_Running"]) == ("2020-04-30", "no")
    assert "in no unique count" in header["Note"]
    assert header["Note"] == report["Report_Header"]["Note"]
    assert rows[rows.index([]) + 1 :][3] == [
        practice.reference,
        "Unique_Item_Investigations",
        "2020-04-01",
        "2020-04-30",
        "3",
    ]
    assert client.get(f"{OPERATE}/2020-13.csv").status_code == 404


def test_the_report_of_the_running_month_says_that_it_is_running(client, operator):
    month = now().strftime("%Y-%m")
    header = client.get(f"{OPERATE}/{month}.json").json["Report_Header"]
    assert header["Is_Running"] is True
    assert "not over" in header["Note"]
    assert ["Is_Running", "yes"] in rows_of(client, f"{OPERATE}/{month}.csv")


def test_each_report_to_which_the_page_leads_is_there_when_the_month_of_the_site_has_not_begun(
    client, session, operator, app, monkeypatch
):
    services = app.extensions[EXTENSION]
    settings = replace(services.settings, timezone="America/Los_Angeles")
    monkeypatch.setitem(app.extensions, EXTENSION, replace(services, settings=settings))
    monkeypatch.setattr(insights, "now", lambda: datetime(2026, 5, 1, 1, tzinfo=UTC))
    with transaction(session):
        practice = make_practice(session, city=make_city(session), status=Status.PUBLISHED)
        session.add(
            ViewHour(
                day=date(2026, 4, 30), hour=datetime(2026, 5, 1, 0, tzinfo=UTC), scope="practice", scope_id=practice.id,
                measure="view", language="en", view_class="person", raw=1, views=1, sessions=1,
            )
        )  # fmt: skip
    assert f"{OPERATE}/2026-05.csv" in client.get(OPERATE).get_data(as_text=True)
    assert client.get(f"{OPERATE}/2026-05.csv").status_code == 200
    assert client.get(f"{OPERATE}/2026-06.csv").status_code == 404


def test_a_failed_check_is_kept_until_the_next_one_is_right(client, session, session_factory, operator):
    with transaction(session):
        session.add(ViewTotal(scope="site", scope_id=0, measure="view", views=3, raw=3))
    verify.check_and_keep(session_factory, at=now() - timedelta(hours=1))
    assert "1 difference" in client.get(OPERATE).get_data(as_text=True)
    assert "do not agree" in client.get(OPERATE).get_data(as_text=True)
    with transaction(session):
        session.execute(update(ViewTotal).values(views=0, raw=0))
        session.add(ViewLedger(host="h", segment="s", rolled_at=now(), offset=0, lines=7, bad=7, dropped=0))
    verify.check_and_keep(session_factory, at=now())
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Everything agrees" in page
    assert re.search(r'Checked on <bdi class="nowrap">[^<]+</bdi>: 7 lines\.', page), "the time keeps its own direction"
    assert "do not agree" not in page


def test_a_check_before_anything_was_read_says_nothing(client, session_factory, operator):
    verify.check_and_keep(session_factory, at=now())
    page = client.get(OPERATE).get_data(as_text=True)
    assert "Not checked yet: the worker checks every night" in page
    assert not any(words in page for words in ("Everything agrees", "What became of the lines"))


def test_a_chart_without_numbers_has_neither_legend_nor_file(client, operator):
    page = client.get(OPERATE).get_data(as_text=True)
    assert '<h2 id="classes-title">Requests of pages by class, last 30 days</h2></figcaption>' in page
    assert "format=csv" not in page
