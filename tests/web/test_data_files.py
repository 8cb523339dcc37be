"""Files of numbers have names that every header can carry, and months that calendars have."""

import pytest
from flask import Flask

from cac.accounts.models import Role
from cac.db import transaction
from cac.web.data_files import csv_answer
from tests.factories import make_person


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("seoul-views-day", 'attachment; filename="seoul-views-day.csv"'),
        ("서울-views", "attachment; filename=\"__-views.csv\"; filename*=UTF-8''%EC%84%9C%EC%9A%B8-views.csv"),
        ('a"\r\nb', "attachment; filename=\"a___b.csv\"; filename*=UTF-8''a%22%0D%0Ab.csv"),
    ],
)
def test_the_name_of_a_file_is_ascii_with_any_other_beside_it(app: Flask, name: str, header: str) -> None:
    with app.test_request_context():
        assert csv_answer(name, ["a"], []).headers["Content-Disposition"] == header


def test_a_file_for_people_begins_with_a_mark_of_its_letters_and_one_for_programs_with_its_first_column() -> None:
    assert csv_answer("name", ["도시"], []).get_data().decode() == "\ufeff도시\r\n"
    assert csv_answer("name", ["city"], [], is_for_programs=True).get_data().decode() == "city\r\n"


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "1999-12", "2020-13", "2020-1", "x", "2020-04-01", "٢٠٢٠-٠٤"])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_month_that_nobody_counted_is_no_page(client, sign_in, session, month, form):
    with transaction(session):
        operator = make_person(session, role=Role.OPERATOR)
    sign_in(client, operator)
    assert client.get(f"/en/operate/insights/{month}.{form}").status_code == 404


@pytest.mark.parametrize(
    "place", ["/en/operate/insights/2020-13", "/stats/practices/CAC-2020-9999", "/stats/cities/nowhere"]
)
def test_an_address_of_data_answers_in_data_that_there_is_nothing(client, sign_in, session, place):
    with transaction(session):
        operator = make_person(session, role=Role.OPERATOR)
    sign_in(client, operator)
    answer = client.get(f"{place}.json")
    assert (answer.status_code, answer.mimetype, answer.json["status"]) == (404, "application/problem+json", 404)
    answer = client.get(f"{place}.csv")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert answer.get_data(as_text=True).startswith("This page does not exist\nThe address may be mistyped")
    page = client.get("/en/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
