"""From the desk to review and back: sending, previews, history, withdrawing, discarding, and who may not."""

import pytest

from cac.accounts.models import Role
from cac.db import transaction
from cac.mail import OutboxMessage
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import Practice
from cac.practices.workflow import Status
from tests.factories import AT, COMPLETE, make_person, make_practice
from tests.web.desk import ATTACKS, desk_path, form_data
from tests.web.desk_fixtures import NEW, author, city, desk, draft, only_practice, stored  # noqa: F401 (fixtures)


def test_the_second_click_on_sending_finds_it_sent(desk, session, draft):
    data = form_data(based_on=1, action="submit")
    assert desk.post(desk_path(draft), data).location == desk_path(draft, "/preview")
    assert desk.post(desk_path(draft), data).location == desk_path(draft, "/preview")
    assert desk.post(desk_path(draft, "/submit")).location == desk_path(draft, "/preview")
    assert [step.step for step in queries.list_steps(session, only_practice(session))] == ["submit"]


def test_a_complete_practice_goes_to_review_and_the_reviewers_are_told(desk, session, draft):
    with transaction(session):
        make_person(session, role=Role.REVIEWER)
    answer = desk.post(desk_path(draft), form_data(based_on=1, action="submit"))
    assert answer.location == desk_path(draft, "/preview")
    page = desk.get(answer.location).get_data(as_text=True)
    assert "Sent for review" in page
    assert "A review usually takes three working days" in page
    message = session.query(OutboxMessage).one()
    assert f"http://localhost/en/review/{draft.reference}" in message.body


def test_a_whole_practice_can_be_written_and_sent_at_once(desk, session):
    answer = desk.post(NEW, form_data(action="submit"))
    assert answer.status_code == 303
    assert only_practice(session).status == Status.IN_REVIEW


def test_while_in_review_it_is_read_not_edited_and_can_be_taken_back(desk, session, draft):
    desk.post(desk_path(draft), form_data(based_on=1, action="submit"))
    assert desk.get(desk_path(draft)).location == desk_path(draft, "/preview")
    refused = desk.post(desk_path(draft), form_data(title="Sneaked in", based_on=1))
    assert refused.status_code == 409
    assert stored(session, draft).title == COMPLETE.title
    assert desk.post(desk_path(draft, "/take-back")).location == desk_path(draft)
    assert only_practice(session).status == Status.DRAFT


@pytest.mark.parametrize("step", ["submit", "take-back"])
def test_a_step_out_of_turn_is_a_conflict(desk, session, author, step):
    with transaction(session):
        status = Status.PUBLISHED if step == "submit" else Status.DRAFT
        practice = make_practice(session, actor=author, status=status)
    assert desk.post(desk_path(practice, f"/{step}")).status_code == 409
    assert only_practice(session).status == status


def test_the_reviewers_note_stands_beside_the_text(desk, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.CHANGES_REQUESTED)
    page = desk.get(desk_path(practice)).get_data(as_text=True)
    assert "Say how long it takes." in page
    assert "Note from the reviewer" in page


def test_the_published_text_stays_up_while_the_next_is_written(desk, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
    desk.post(desk_path(practice), form_data(title="The next version", based_on=1))
    address = desk.get(f"/en/practices/{practice.reference}").location
    public = desk.get(address).get_data(as_text=True)
    assert COMPLETE.title in public
    assert "The next version" not in public
    assert "There are changes that were not sent yet" in desk.get("/en/desk").get_data(as_text=True)


def test_the_preview_button_saves_and_shows_what_readers_will_see(desk, draft):
    answer = desk.post(desk_path(draft), form_data(title="Fresh", based_on=1, action="preview"))
    page = desk.get(answer.location).get_data(as_text=True)
    assert "At the terminal</h" in page
    assert "Fresh" in page
    assert "At a glance" in page


def test_the_history_says_who_saved_and_what_happened(desk, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.CHANGES_REQUESTED)
    page = desk.get(desk_path(practice, "/revisions")).get_data(as_text=True)
    assert "Rana" in page
    assert "Sent for review" in page
    assert "Say how long it takes." in page


def test_a_lead_withdraws_a_practice_of_the_own_city_with_a_reason(client, csrf, sign_in, session, city, author):
    with transaction(session):
        lead = make_person(session, role=Role.LEAD, city=city)
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
    sign_in(client, lead)
    path = desk_path(practice, "/withdraw")
    assert path in client.get(desk_path(practice, "/preview")).get_data(as_text=True)
    empty = client.post(path, data={"csrf_token": csrf(client, path), "reason": "  "})
    assert empty.status_code == 422
    assert "readers will see this sentence" in empty.get_data(as_text=True)
    done = client.post(path, data={"csrf_token": csrf(client, path), "reason": "Replaced in May."})
    assert done.location == "/en/desk"
    assert client.get(f"/en/practices/{practice.reference}").status_code == 410
    again = client.post(path, data={"csrf_token": csrf(client, path), "reason": "Once more."})
    assert again.status_code == 409
    assert only_practice(session).withdrawn_reason == "Replaced in May."


def test_an_author_may_not_withdraw(desk, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
    assert desk.post(desk_path(practice, "/withdraw"), {"reason": "Mine."}).status_code == 403
    assert only_practice(session).withdrawn_at is None
    assert "/withdraw" not in desk.get(desk_path(practice, "/preview")).get_data(as_text=True)


def test_a_lead_finds_withdrawing_where_there_are_unsent_changes(client, sign_in, session, city, author):
    with transaction(session):
        lead = make_person(session, role=Role.LEAD, city=city)
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
        service.save(session, practice, actor=author, content=Content(title="Next"), based_on=1, at=AT)
        draft = make_practice(session, actor=author)
    sign_in(client, lead)
    assert desk_path(practice, "/withdraw") in client.get(desk_path(practice)).get_data(as_text=True)
    assert "/withdraw" not in client.get(desk_path(draft)).get_data(as_text=True)
    sign_in(client, author)
    assert "/withdraw" not in client.get(desk_path(practice)).get_data(as_text=True)


def test_a_draft_is_discarded_after_one_more_question(desk, session, draft):
    path = desk_path(draft, "/discard")
    for page in ("/en/desk", desk_path(draft), desk_path(draft, "/preview")):
        assert f'href="{path}"' in desk.get(page).get_data(as_text=True)
    assert "Discard this draft?" in desk.get(path).get_data(as_text=True)
    assert session.query(Practice).count() == 1
    assert desk.post(path).location == "/en/desk"
    assert "Discarded." in desk.get("/en/desk").get_data(as_text=True)
    assert desk.post(path).location == "/en/desk"
    assert session.query(Practice).count() == 0
    assert desk.get(desk_path(draft)).status_code == 404


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.PUBLISHED, Status.WITHDRAWN])
def test_what_is_in_review_or_was_published_cannot_be_discarded(desk, session, author, status):
    with transaction(session):
        practice = make_practice(session, actor=author, status=status)
    path = desk_path(practice, "/discard")
    assert desk.get(path).status_code == 409
    assert desk.post(path).status_code == 409
    assert path not in desk.get("/en/desk").get_data(as_text=True)
    assert only_practice(session).status == status


def test_a_colleagues_draft_is_not_discarded(desk, session, city):
    with transaction(session):
        practice = make_practice(session, actor=make_person(session, city=city))
    path = desk_path(practice, "/discard")
    assert desk.get(path).status_code == 403
    assert desk.post(path).status_code == 403
    for page in ("/en/desk", desk_path(practice)):
        assert path not in desk.get(page).get_data(as_text=True)
    assert only_practice(session).status == Status.DRAFT


def test_the_moment_of_the_last_save_is_told_by_the_clock_of_the_city(desk, draft):
    assert "Saved 9 April 2020, 18:00 KST" in desk.get(desk_path(draft)).get_data(as_text=True)


ROUTES = ["", "/preview", "/revisions", "/submit", "/take-back", "/withdraw", "/discard"]


@pytest.mark.parametrize("rest", ROUTES)
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.LEAD])
def test_another_citys_practice_is_out_of_reach(client, csrf, sign_in, session, rest, role):
    with transaction(session):
        practice = make_practice(session, status=Status.PUBLISHED)
        stranger = make_person(session, role=role)
    sign_in(client, stranger)
    data = {"csrf_token": csrf(client, NEW), "title": "Taken over", "reason": "Mine now.", "based_on": "1"}
    if rest in ("", "/preview", "/revisions"):
        assert client.get(desk_path(practice, rest)).status_code == 403
    if rest not in ("/preview", "/revisions"):
        assert client.post(desk_path(practice, rest), data=data).status_code == 403
    assert stored(session, practice).title == COMPLETE.title
    assert only_practice(session).status == Status.PUBLISHED


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OPERATOR])
def test_the_hosts_people_have_no_desk(client, sign_in, session, role):
    with transaction(session):
        sign_in_as = make_person(session, role=role)
    sign_in(client, sign_in_as)
    assert client.get("/en/desk").status_code == 403
    assert client.get(NEW).status_code == 403


@pytest.mark.parametrize("rest", ["", "/submit", "/take-back", "/withdraw", "/discard"])
def test_without_the_token_of_the_form_nothing_is_saved(client, sign_in, session, author, draft, rest):
    sign_in(client, author)
    assert client.post(desk_path(draft, rest), data=form_data(title="Forged", based_on=1)).status_code == 400
    assert client.post(NEW, data=form_data()).status_code == 400
    assert stored(session, draft).title == COMPLETE.title
    assert only_practice(session).status == Status.DRAFT


def test_without_a_session_the_desk_asks_to_sign_in(client, draft):
    assert client.get(desk_path(draft)).location == f"/en/sign-in?next={desk_path(draft)}"


@pytest.mark.parametrize("reference", ["CAC-2020-9999", "nonsense", "..%2f", "CAC-2020-0001%22"])
def test_an_unknown_practice_is_not_found(desk, reference):
    assert desk.get(f"/en/desk/practices/{reference}").status_code == 404


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_field_breaks_out_of_the_editor_the_preview_or_the_history(desk, session, attack):
    fields = ("title", "summary", "office", "why", "how", "sources-0-title", "sources-0-publisher")
    answer = desk.post(NEW, form_data(**dict.fromkeys(fields, attack)))
    practice = only_practice(session)
    for path in (answer.location, desk_path(practice, "/preview"), desk_path(practice, "/revisions"), "/en/desk"):
        assert_inert(desk.get(path).get_data(as_text=True))
    refused = desk.post(desk_path(practice), form_data(**dict.fromkeys(fields, attack), as_of=attack, licence=attack))
    assert refused.status_code == 422
    assert_inert(refused.get_data(as_text=True))


@pytest.mark.parametrize("typed", ["\x00", "a\x07b", "\ufffe", "\u202e", "[[[[" * 500, "> " * 2000, "|a|\n|-|\n" * 500])
def test_no_characters_break_the_editor(desk, typed):
    fields = ("title", "summary", "why", "how", "started_on", "as_of", "kind", "based_on", "sources-0-url")
    answer = desk.post(NEW, form_data(**dict.fromkeys(fields, typed)))
    assert answer.status_code in (303, 422)


def assert_inert(page):
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<svg onload" not in page
    assert "' onmouseover='alert(1)\"" not in page
    assert 'href="javascript:' not in page
    assert "49${" not in page
