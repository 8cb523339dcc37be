"""The desk: writing a practice and saving it half-finished."""

from datetime import timedelta

import pytest

from cac.clock import day_in, now
from cac.db import transaction
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.stats.models import ViewDay, ViewTotal
from cac.text import plain_text
from tests.factories import AT, COMPLETE, make_city, make_practice
from tests.web.desk import desk_path, form_data
from tests.web.desk_fixtures import NEW, author, city, desk, draft, only_practice, stored  # noqa: F401 (fixtures)


def test_a_city_without_practices_is_invited_to_write_one(desk):
    page = desk.get("/en/desk").get_data(as_text=True)
    assert "Seoul has not written anything yet" in page
    assert f'href="{NEW}"' in page


def test_the_desk_says_each_state_in_words(desk, session, author):
    states = [Status.DRAFT, Status.IN_REVIEW, Status.CHANGES_REQUESTED, Status.PUBLISHED, Status.WITHDRAWN]
    with transaction(session):
        for status in states:
            make_practice(session, actor=author, status=status, title=f"Practice {status}")
        changed = make_practice(session, actor=author, status=Status.PUBLISHED)
        service.save(session, changed, actor=author, content=Content(title="New title"), based_on=1, at=AT)
    page = desk.get("/en/desk").get_data(as_text=True)
    assert "Not sent yet" in page
    assert "Sent on 9 April 2020. A review usually takes three working days." in page
    assert "A reviewer asked for changes: read the note" in page
    assert "Readers see the version of 9 April 2020." in page
    assert "There are changes that were not sent yet." in page
    assert "Withdrawn since 9 April 2020, because: The rule was repealed." in page


def test_the_desk_of_many_practices_needs_few_statements(desk, session, author):
    with transaction(session):
        for _number in range(15):
            make_practice(session, actor=author, status=Status.PUBLISHED)
    assert desk.get("/en/desk").status_code == 200


def test_the_views_of_a_practice_lead_to_its_readers_and_those_of_30_days_to_the_readers_of_the_city(
    desk, session, author
):
    with transaction(session):
        published = make_practice(session, actor=author, status=Status.PUBLISHED)
        unpublished = make_practice(session, actor=author)
        session.add(ViewTotal(scope="practice", scope_id=published.id, measure="view", views=1234, raw=1234))
        counts = {"raw": 5, "uniques": 5, "rules_version": "1", "salt_breaks": 0, "view_class": "person"}
        place = {"scope": "city", "scope_id": author.city_id}
        today = day_in("UTC", now())
        for days_ago, measure, views in ((0, "view", 30), (29, "view", 7), (30, "view", 900), (1, "download", 2)):
            day = today - timedelta(days=days_ago)
            session.add(ViewDay(day=day, measure=measure, views=views, **place, **counts))
    page = desk.get("/en/desk").get_data(as_text=True)
    assert f'<a href="/en/desk/insights/{published.reference}">1,234<' in page
    assert f"/en/desk/insights/{unpublished.reference}" not in page
    assert "Views<small>of all time</small>" in page
    assert '<a href="/en/desk/insights?by=day">37 views in the last 30 days</a>, 2 downloads' in page


def test_a_city_that_has_published_nothing_sees_no_panel_of_readers(desk, session, author):
    with transaction(session):
        make_practice(session, actor=author)
    assert "Your readers" not in desk.get("/en/desk").get_data(as_text=True)


def test_the_desk_shows_only_the_own_city(desk, session):
    with transaction(session):
        make_practice(session, title="Another city's secret")
    assert "secret" not in desk.get("/en/desk").get_data(as_text=True)


def test_the_first_save_makes_a_draft_of_the_authors_city(desk, session, author):
    answer = desk.post(NEW, form_data())
    practice = only_practice(session)
    assert answer.location == desk_path(practice)
    assert (practice.status, practice.city_id, practice.original_language) == (Status.DRAFT, author.city_id, "en")
    content = stored(session, practice)
    assert plain_text(content.how) == plain_text(COMPLETE.how)
    assert content.sources == COMPLETE.sources


def test_city_status_and_reference_cannot_be_chosen(desk, session, author):
    with transaction(session):
        other = make_city(session)
    desk.post(
        NEW,
        form_data() | {"city": other.slug, "city_id": other.id, "status": "published", "reference": "CAC-2020-9999"},
    )
    practice = only_practice(session)
    assert (practice.city_id, practice.status, practice.published_at) == (author.city_id, Status.DRAFT, None)
    assert practice.reference != "CAC-2020-9999"


def test_saving_requires_no_field_but_something_written(desk, session):
    answer = desk.post(NEW, {"language": "ko", "office": "Transport"})
    assert answer.status_code == 303
    page = desk.get(answer.location).get_data(as_text=True)
    assert "Without a title" in page
    assert "1 of 13 parts are filled in." in page
    assert 'href="#title">Title</a>' in page


@pytest.mark.parametrize("action", ["save", "preview", "submit"])
def test_an_empty_form_makes_no_draft_and_says_what_to_begin_with(desk, session, action):
    answer = desk.post(NEW, {"language": "ko", "licence": "CC-BY-4.0", "action": action})
    assert answer.status_code == 422
    assert 'href="#title">Title: Nothing is written yet. Give it a title first' in answer.get_data(as_text=True)
    assert session.query(Practice).count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "x" * 501, "200 characters at most"),
        ("summary", "x" * 5001, "600 characters at most"),
        ("started_on", "last spring", "with the year first"),
        ("as_of", "2020-13-01", "a whole date"),
        ("as_of", "2999-01-01", "has not come yet"),
        ("ended_on", "2020-05", "It has ended"),
        ("topics", ["99"], "Choose from the list"),
        ("kind", "sermon", "Choose from the list"),
        ("sources-0-url", "javascript:alert(1)", "begins with https://"),
        ("language", "nonsense", "Choose the language"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_text_kept(desk, session, field, typed, words):
    answer = desk.post(NEW, form_data(**{field: typed}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert 'id="errors"' in page
    assert "wipe the handles" in page
    assert session.query(Practice).count() == 0


def test_the_error_summary_links_to_the_field(desk, draft):
    page = desk.post(desk_path(draft), form_data(summary="x" * 5001, based_on=1)).get_data(as_text=True)
    assert 'href="#summary">Summary: Shorten' in page
    assert "x" * 5001 in page


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "word " * 21, "Shorten the title to 20 words at most."),
        ("summary", "x" * 601, "Shorten the summary to 600 characters at most."),
        ("topics", ["1a", "1b", "2", "3"], "Choose three topics at most"),
    ],
)
def test_what_is_too_long_for_readers_is_kept_and_shortened_before_sending(desk, session, field, typed, words):
    answer = desk.post(NEW, form_data(**{field: typed}))
    assert answer.status_code == 303
    page = desk.get(answer.location).get_data(as_text=True)
    assert 'id="errors"' not in page
    assert f'">{words}' in page
    assert "Nothing: you can send it for review." not in page
    assert "To do: </span>What and where" in page
    practice = only_practice(session)
    sent = desk.post(desk_path(practice), form_data(**{field: typed}, based_on=1, action="submit"))
    assert sent.location == f"{desk_path(practice)}?check=1"
    assert f": {words}" in desk.get(sent.location).get_data(as_text=True)
    assert only_practice(session).status == Status.DRAFT


def test_a_section_with_an_error_is_not_marked_complete(desk, draft):
    complete = "Complete: </span>When and how far"
    assert complete in desk.get(desk_path(draft)).get_data(as_text=True)
    page = desk.post(desk_path(draft), form_data(started_on="last spring", based_on=1)).get_data(as_text=True)
    assert complete not in page
    assert "To do: </span>When and how far" in page


def test_a_save_makes_a_revision_and_the_same_text_makes_none(desk, session, draft):
    assert desk.post(desk_path(draft), form_data(title="A better title", based_on=1)).location == desk_path(draft)
    assert stored(session, draft).title == "A better title"
    desk.post(desk_path(draft), form_data(title="A better title", based_on=2))
    session.expire_all()
    assert len(queries.list_revisions(session, draft.original)) == 2


def test_what_was_saved_is_shown_for_editing_as_markdown(desk, draft):
    page = desk.get(desk_path(draft)).get_data(as_text=True)
    assert "## At the terminal\n\n- wipe the handles" in page
    assert 'name="based_on" type="hidden" value="1"' in page
    ticked = [line for line in page.split("<input") if "checked" in line.split(">")[0]]
    assert [line.split('value="', 1)[1].split('"', 1)[0] for line in ticked] == [
        "1b",
        "public-transport",
        "still_in_use",
    ]


def test_more_rows_for_sources_come_with_a_save(desk, session, draft):
    answer = desk.post(desk_path(draft), form_data(title="Kept", based_on=1, action="rows"))
    assert answer.location == f"{desk_path(draft)}?rows=4#sources"
    page = desk.get(answer.location).get_data(as_text=True)
    assert 'name="sources-3-url"' in page
    assert stored(session, draft).title == "Kept"


@pytest.mark.parametrize("rows", ["-1", "100000", "x", "²"])
def test_absurd_numbers_of_rows_do_no_harm(desk, draft, rows):
    page = desk.get(f"{desk_path(draft)}?rows={rows}")
    assert page.status_code == 200
    assert page.get_data(as_text=True).count('type="text" value="" ') < 400


def test_an_incomplete_practice_is_saved_but_not_sent(desk, session, draft):
    answer = desk.post(
        desk_path(draft), form_data(summary="", as_of="", title="Saved all the same", based_on=1, action="submit")
    )
    assert (answer.status_code, answer.location) == (303, f"{desk_path(draft)}?check=1")
    page = desk.get(answer.location).get_data(as_text=True)
    assert "Your text is saved as a draft. Before it can be sent for review:" in page
    assert 'href="#summary">Summary: Write a summary' in page
    assert 'href="#as_of"' in page
    assert stored(session, draft).title == "Saved all the same"
    assert only_practice(session).status == Status.DRAFT
    assert 'name="based_on" type="hidden" value="2"' in page


def test_a_practice_without_a_source_is_not_sent(desk, draft):
    data = form_data(Content(), title="Only a title", based_on=1, action="submit")
    page = desk.get(desk.post(desk_path(draft), data).location).get_data(as_text=True)
    assert 'href="#sources-0-url">Sources: Give at least one source' in page
    assert 'aria-describedby="sources-hint sources-error"' in page


def test_a_new_practice_that_cannot_be_sent_is_a_draft_whose_page_says_what_is_missing(desk, session):
    answer = desk.post(NEW, form_data(Content(), title="Only a title", action="submit"))
    practice = only_practice(session)
    assert (answer.status_code, answer.location) == (303, f"{desk_path(practice)}?check=1")
    for _reload in range(2):
        assert "Summary: Write a summary" in desk.get(answer.location).get_data(as_text=True)
    assert only_practice(session).status == Status.DRAFT


def test_nothing_is_complained_of_when_a_complete_draft_is_checked(desk, draft):
    assert 'id="errors"' not in desk.get(f"{desk_path(draft)}?check=1").get_data(as_text=True)


def key_of_form(page):
    return page.split('name="form_key"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


@pytest.mark.parametrize("action", ["save", "preview", "submit"])
def test_a_double_click_on_the_first_save_makes_one_draft(desk, session, action):
    data = form_data(form_key=key_of_form(desk.get(NEW).get_data(as_text=True)), action=action)
    first, second = desk.post(NEW, data), desk.post(NEW, data)
    assert (second.status_code, second.location) == (303, first.location)
    assert only_practice(session).original.working_revision.number == 1


def test_each_new_form_has_a_key_of_its_own_and_makes_a_draft_of_its_own(desk, session):
    keys = {key_of_form(desk.get(NEW).get_data(as_text=True)) for _form in range(2)}
    assert len(keys) == 2
    for key in keys:
        desk.post(NEW, form_data(form_key=key))
    assert session.query(Practice).count() == 2


def test_another_text_from_a_form_that_made_a_draft_stands_beside_that_draft(desk, session):
    key = key_of_form(desk.get(NEW).get_data(as_text=True))
    desk.post(NEW, form_data(form_key=key))
    answer = desk.post(NEW, form_data(title="Written after going back", form_key=key))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Written after going back" in page
    assert COMPLETE.title in page
    assert stored(session, only_practice(session)).title == COMPLETE.title


def test_a_key_that_is_not_ours_is_ignored(desk, session):
    for _time in range(2):
        assert desk.post(NEW, form_data(form_key="x" * 500)).status_code == 303
    assert session.query(Practice).count() == 2
