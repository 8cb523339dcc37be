"""Two people write the same practice: the second is told, with both texts on the screen; nothing is overwritten."""

import pytest

from cac.db import transaction
from cac.practices import queries
from cac.practices.content import Content
from tests.factories import make_city, make_person, make_practice
from tests.web.desk import ATTACKS, desk_path, form_data


@pytest.fixture
def city(session):
    with transaction(session):
        return make_city(session)


@pytest.fixture
def practice(session, city):
    with transaction(session):
        return make_practice(session, actor=make_person(session, city=city))


@pytest.fixture
def browsers(app, engine, session, city, sign_in, csrf):
    """Two browsers of two people of the city; each has ``save``."""

    class Browser:
        def __init__(self, name):
            self.client = app.test_client()
            self.client.engine = engine
            with transaction(session):
                person = make_person(session, city=city, name=name)
            sign_in(self.client, person)
            self.token = csrf(self.client, "/en/desk/practices/new")

        def save(self, practice, **changes):
            data = form_data(based_on=1) | changes | {"csrf_token": self.token}
            return self.client.post(desk_path(practice), data=data)

    return Browser("Rana Haddad"), Browser("Omar Saleh")


def title_and_summary(session, practice):
    session.expire_all()
    fresh = queries.get_practice_by_reference(session, practice.reference)
    content = Content.from_json(fresh.original.working_revision.content)
    return content.title, content.summary, fresh.original.working_revision.number


def test_the_second_sees_both_texts_and_nothing_is_overwritten(session, practice, browsers):
    rana, omar = browsers
    assert rana.save(practice, summary="Rana wrote this summary.").status_code == 303
    answer = omar.save(practice, summary="Omar wrote that summary.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Rana Haddad saved on" in page
    assert "Rana wrote this summary." in page
    assert page.count("Omar wrote that summary.") == 2
    assert 'name="based_on" type="hidden" value="2"' in page
    assert title_and_summary(session, practice)[1:] == ("Rana wrote this summary.", 2)


def test_only_fields_that_differ_are_compared(practice, browsers):
    rana, omar = browsers
    rana.save(practice, summary="Rana wrote this summary.")
    page = omar.save(practice, summary="Omar wrote that summary.").get_data(as_text=True)
    compared = page.split('class="compare', 1)[1].split("</form>", 1)[0].split("<form", 1)[0]
    assert "<h3>Summary</h3>" in compared
    assert "<h3>Title</h3>" not in compared
    assert "<h3>How to do it</h3>" not in compared


def test_having_read_both_the_second_saves_over_the_first_knowingly(session, practice, browsers):
    rana, omar = browsers
    rana.save(practice, summary="Rana wrote this summary.")
    assert omar.save(practice, summary="Both of us wrote this.", based_on=2).status_code == 303
    assert title_and_summary(session, practice)[1:] == ("Both of us wrote this.", 3)


def test_what_only_the_first_changed_is_not_lost(session, practice, browsers):
    rana, omar = browsers
    rana.save(practice, title="Rana's title")
    page = omar.save(practice, summary="Omar's summary").get_data(as_text=True)
    assert "Taken over from theirs" in page
    assert 'value="Rana&#39;s title"' in page
    assert "Omar&#39;s summary</textarea>" in page


def test_the_same_text_twice_is_no_conflict(session, practice, browsers):
    rana, omar = browsers
    rana.save(practice, title="The same title")
    assert omar.save(practice, title="The same title").status_code == 303
    assert title_and_summary(session, practice)[2] == 2


def test_a_conflict_is_not_sent_for_review(session, practice, browsers):
    rana, omar = browsers
    rana.save(practice, title="Rana's title")
    assert omar.save(practice, title="Omar's title", action="submit").status_code == 409
    session.expire_all()
    assert queries.get_practice_by_reference(session, practice.reference).status == "draft"


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_comparison_is_no_way_into_the_page(practice, browsers, attack):
    rana, omar = browsers
    rana.save(practice, summary=f"Rana {attack}", how=attack, **{"sources-0-title": attack})
    page = omar.save(practice, summary=f"Omar {attack}", how=f"{attack} too").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<svg onload" not in page
    assert 'href="javascript:' not in page


@pytest.mark.parametrize("based_on", ["0", "-1", "99", "x", ""])
def test_a_forged_number_of_the_revision_overwrites_nothing(session, practice, browsers, based_on):
    rana, _omar = browsers
    assert rana.save(practice, title="Forged", based_on=based_on).status_code == 409
    assert title_and_summary(session, practice)[2] == 1
