"""Which answers are counted: decided where the answer leaves, from the request and who is signed in."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask, Response, g

from cac.accounts.models import Person, Role
from cac.serving.counting import init_counting, mark_for_counting, referrer_host
from cac.serving.services import EXTENSION
from cac.stats.lines import Search, parse_line
from cac.stats.models import Measure, ViewClass
from cac.stats.spool import CountedPractice

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
CITY = 3


@pytest.fixture
def app(spool, settings):
    app = Flask("counting")
    app.extensions[EXTENSION] = SimpleNamespace(spool=spool, settings=settings)
    app.viewer = None

    @app.before_request
    def sign_in():
        g.viewer = app.viewer

    @app.route("/practice", methods=["GET", "POST"])
    def practice():
        mark_for_counting(CountedPractice(7, CITY, "ko"))
        return "the practice"

    @app.get("/status/<int:status>")
    def other_status(status):
        mark_for_counting(CountedPractice(7, CITY, "ko"))
        return Response(status=status)

    @app.get("/program")
    def program():
        mark_for_counting(CountedPractice(7, CITY, "ko", view_class=ViewClass.MACHINE))
        return "{}"

    @app.get("/file")
    def file():
        mark_for_counting(CountedPractice(7, CITY, "ko", Measure.DOWNLOAD))
        return "the practice as a file"

    @app.get("/about")
    def about():
        return "about"

    init_counting(app)
    return app


@pytest.fixture
def counted(app, settings):
    """Ask for an address and return the lines that the spool has then."""

    def ask(path="/practice", method="GET", **headers):
        known = {"User-Agent": FIREFOX, "Cookie": "cac_session=a"} if app.viewer else {"User-Agent": FIREFOX}
        sent = known | {name.replace("_", "-"): value for name, value in headers.items()}
        app.test_client(use_cookies=False).open(path, method=method, headers=sent)
        spools = settings.spool_dir.glob("*.log")
        return [parse_line(line) for path in spools for line in path.read_bytes().splitlines()]

    return ask


def test_a_person_who_reads_a_practice_is_counted(counted):
    (line,) = counted(Accept_Language="ko", Referer="https://www.example.org/search?q=secret")
    assert (line.practice_id, line.city_id, line.language, line.view_class) == (7, CITY, "ko", ViewClass.PERSON)
    assert line.referrer == "www.example.org"
    assert line.visitor is not None


@pytest.mark.parametrize(("status", "lines"), [(200, 1), (304, 1), (301, 0), (404, 0), (410, 0), (500, 0)])
def test_only_answers_that_showed_the_page_are_counted(counted, status, lines):
    assert len(counted(f"/status/{status}")) == lines


def test_other_pages_are_not_counted(counted):
    assert counted("/about") == []


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_get_is_counted(counted, method):
    assert counted(method=method) == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec_Purpose", "prefetch;prerender"),
        ("Sec_Purpose", "prefetch"),
        ("Purpose", "prefetch"),
        ("X_Moz", "prefetch"),
        ("X_Purpose", "preview"),
        ("Purpose", "PREFETCH"),
    ],
)
def test_what_nobody_asked_for_yet_is_not_counted(counted, header, value):
    assert counted(**{header: value}) == []


@pytest.mark.parametrize("header", ["Sec_Purpose", "Purpose", "X_Moz", "X_Purpose"])
def test_what_was_asked_for_to_another_purpose_is_counted(counted, header):
    assert len(counted(**{header: "reading"})) == 1


@pytest.mark.parametrize(
    ("role", "city", "lines"),
    [
        (Role.AUTHOR, CITY, 0),
        (Role.LEAD, CITY, 0),
        (Role.AUTHOR, 4, 1),
        (Role.LEAD, 4, 1),
        (Role.REVIEWER, None, 0),
        (Role.OPERATOR, None, 0),
    ],
)
def test_the_owning_citys_officials_and_the_host_are_not_counted(app, counted, role, city, lines):
    app.viewer = Person(role=role, city_id=city)
    assert len(counted()) == lines


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        ({"User_Agent": "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)"}, ViewClass.ROBOT),
        ({"User_Agent": "curl/8.4.0"}, ViewClass.MACHINE),
        ({"User_Agent": ""}, ViewClass.MACHINE),
        ({"Sec_GPC": "1"}, ViewClass.NO_KEY),
        ({"DNT": "1"}, ViewClass.NO_KEY),
        ({"DNT": "0"}, ViewClass.PERSON),
        ({"DNT": "1", "User_Agent": "curl/8.4.0"}, ViewClass.MACHINE),
    ],
)
def test_the_class_is_told_by_the_agent_and_by_what_the_reader_asks(counted, headers, who):
    (line,) = counted(**headers)
    assert line.view_class == who
    assert (line.visitor is not None) == (who == ViewClass.PERSON)


@pytest.mark.parametrize("agent", [FIREFOX, "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.4.0"])
def test_what_is_made_for_programs_is_read_by_machines_whatever_the_agent_says(counted, agent):
    (line,) = counted("/program", User_Agent=agent)
    assert (line.view_class, line.visitor) == (ViewClass.MACHINE, None)


@pytest.mark.parametrize(
    ("hops", "header", "sent", "country"),
    [
        (1, "CF-IPCountry", "kr", "KR"),
        (0, "CF-IPCountry", "KR", ""),
        (1, "", "KR", ""),
        (1, "X-Other", "KR", ""),
        (1, "CF-IPCountry", "T1", ""),
        (1, "CF-IPCountry", "XX", ""),
        (1, "CF-IPCountry", "KOR", ""),
        (1, "CF-IPCountry", "K\u00d6", ""),
    ],
)
def test_a_country_is_two_letters_of_a_proxy_that_is_believed(app, counted, hops, header, sent, country):
    services = app.extensions[EXTENSION]
    services.settings = replace(services.settings, forwarded_hops=hops, country_header=header)
    (line,) = counted(CF_IPCountry=sent)
    assert line.country == country


def test_a_page_is_answered_although_counting_fails(app, spool, monkeypatch, caplog):
    def fail(*request):
        raise RuntimeError("a fault in counting")

    monkeypatch.setattr(spool, "count", fail)
    assert app.test_client().get("/practice", headers={"User-Agent": FIREFOX}).status_code == 200
    assert "was not counted" in caplog.text


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://www.example.org/a?b=c", "www.example.org"),
        ("https://user:secret@example.org:8443/", "example.org"),
        ("http://Cities.Example/", ""),
        ("https://exämple.org/", ""),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("https://" + "a" * 101 + "/", ""),
        ("https://a\tb/", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_of_the_page_before_only_the_host_is_kept_and_never_our_own(referrer, host):
    assert referrer_host(referrer, "cities.example:8000") == host


@pytest.mark.parametrize(
    ("referrer", "search"),
    [
        ("http://localhost/ko/search?q=%EB%B2%84%EC%8A%A4+%EC%86%8C%EB%8F%85", Search("ko", "버스 소독")),
        ("http://LOCALHOST/en/search?topic=1b&q=Bus&page=2", Search("en", "bus")),
        ("http://localhost/en/search?q=anna@example.org", None),
        ("http://localhost/en/search?q=call+010-1234-5678", None),
        ("http://localhost/en/search?q=" + "a" * 81, None),
        ("http://localhost/en/search?q=", None),
        ("http://localhost/en/search?topic=1b", None),
        ("http://localhost/xx/search?q=bus", None),
        ("http://localhost/en/topics?next=/search?q=bus", None),
        ("http://localhost:81/en/search?q=bus", None),
        ("https://search.example/en/search?q=bus", None),
        ("http://[/en/search?q=bus", None),
        ("http://localhost/en/search?" + "q=bus&" * 300, None),
    ],
)
def test_words_are_kept_of_our_own_search_page_only_and_of_nobody(counted, referrer, search):
    (line,) = counted(Referer=referrer)
    assert line.search == search


@pytest.mark.parametrize("agent", ["Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.4.0"])
def test_what_programs_searched_for_is_not_kept(counted, agent):
    (line,) = counted(User_Agent=agent, Referer="http://localhost/en/search?q=bus")
    assert line.search is None


def test_words_of_readers_without_a_key_are_not_kept(counted):
    """Each of their views would be another reader's."""
    (line,) = counted(Sec_GPC="1", Referer="http://localhost/en/search?q=bus")
    assert (line.visitor, line.search) == (None, None)


def test_a_file_is_counted_as_a_download_by_the_rules_of_a_view(app, counted):
    assert counted("/file", Sec_Purpose="prefetch") == []
    assert counted("/file", method="HEAD") == []
    counted("/file", User_Agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    lines = counted("/file", Referer="http://localhost/en/search?q=bus")
    assert [(line.measure, line.view_class) for line in lines] == [
        (Measure.DOWNLOAD, ViewClass.ROBOT),
        (Measure.DOWNLOAD, ViewClass.PERSON),
    ]
    assert lines[1].search is None
    app.viewer = Person(role=Role.AUTHOR, city_id=CITY)
    assert len(counted("/file")) == 2
