"""The desk: writing a practice, saving it half-finished, sending it, its states in words, its history."""

import pytest

from cac.accounts.models import Role
from cac.db import transaction
from cac.mail import OutboxMessage
from cac.practices import queries, service
from cac.practices.content import Content
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.text import plain_text
from tests.factories import AT, COMPLETE, make_city, make_person, make_practice
from tests.web.desk import ATTACKS, desk_path, form_data

NEW = "/en/desk/practices/new"


@pytest.fixture
def city(session):
    with transaction(session):
        return make_city(session, names={"en": "Seoul", "ko": "서울"})


@pytest.fixture
def author(session, city):
    with transaction(session):
        return make_person(session, city=city, name="Rana")


@pytest.fixture
def desk(client, sign_in, author, csrf):
    """The author's browser: ``post`` adds the token of the page where the form is."""
    sign_in(client, author)

    class Desk:
        def get(self, path, **more):
            return client.get(path, **more)

        def post(self, path, data=None, *, form=NEW):
            return client.post(path, data={"csrf_token": csrf(client, form), **(data or {})})

    return Desk()


@pytest.fixture
def draft(session, author):
    with transaction(session):
        return make_practice(session, actor=author)


def stored(session, practice):
    session.expire_all()
    fresh = queries.get_practice_by_reference(session, practice.reference)
    return Content.from_json(fresh.original.working_revision.content)


def only_practice(session):
    session.expire_all()
    return queries.get_practice_by_reference(session, session.query(Practice).one().reference)


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
