"""The reviewers' desk: what waits, what changed, and each decision taken once and on the text that was read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cac.accounts.models import Role
from cac.clock import now
from cac.db import transaction
from cac.mail import OutboxMessage
from cac.practices import queries, service
from cac.practices.content import Source
from cac.practices.models import Practice
from cac.practices.workflow import Status
from cac.web.practice_states import working_days_between
from tests.factories import AT, COMPLETE, make_city, make_person, make_practice
from tests.web.desk import ATTACKS, desk_path, form_data, review_path


@pytest.fixture
def author(session):
    with transaction(session):
        return make_person(session, city=make_city(session, names={"en": "Seoul"}), name="Rana")


@pytest.fixture
def waiting(session, author):
    with transaction(session):
        return make_practice(session, actor=author, status=Status.IN_REVIEW)


@pytest.fixture
def reviewer(session):
    with transaction(session):
        return make_person(session, role=Role.REVIEWER, name="Jisoo Park")


@pytest.fixture
def review(client, sign_in, reviewer, csrf):
    """The reviewer's browser; ``post`` sends what the page's form would."""
    sign_in(client, reviewer)

    class Review:
        def get(self, path):
            return client.get(path)

        def post(self, path, revision="1", **data):
            return client.post(path, data={"csrf_token": csrf(client, "/en/review"), "revision": revision, **data})

    return Review()


def fresh(session):
    session.expire_all()
    return queries.get_practice_by_reference(session, session.query(Practice).one().reference)


def test_an_empty_queue_says_so(review):
    assert "Nothing waits" in review.get("/en/review").get_data(as_text=True)


def test_the_queue_shows_the_oldest_first_with_working_days(review, session, author):
    with transaction(session):
        make_practice(session, actor=author, status=Status.IN_REVIEW, title="Sent lately", at=now())
        make_practice(
            session, actor=author, status=Status.IN_REVIEW, title="Sent long ago", at=now() - timedelta(days=14)
        )
        make_practice(session, actor=author, title="Not sent")
        changed = make_practice(session, actor=author, status=Status.PUBLISHED, at=now() - timedelta(days=30))
        service.save(session, changed, actor=author, content=replace(COMPLETE, title="A change"), based_on=1, at=now())
        service.submit(session, changed, actor=author, at=now())
    page = review.get("/en/review").get_data(as_text=True)
    assert page.index("Sent long ago") < page.index("Sent lately") < page.index("A change")
    assert "10 working days" in page
    assert "Since today" in page
    assert "Not sent" not in page


def test_a_long_queue_needs_few_statements(review, session, author):
    with transaction(session):
        for _number in range(15):
            make_practice(session, actor=author, status=Status.IN_REVIEW)
    assert review.get("/en/review").status_code == 200


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2020, 4, 9), date(2020, 4, 9), 0),
        (date(2020, 4, 9), date(2020, 4, 10), 1),
        (date(2020, 4, 10), date(2020, 4, 13), 1),
        (date(2020, 4, 11), date(2020, 4, 12), 0),
        (date(2020, 4, 6), date(2020, 4, 20), 10),
        (date(2020, 2, 28), date(2020, 3, 2), 1),
        (date(2020, 4, 9), date(2020, 4, 1), 0),
    ],
)
def test_saturdays_and_sundays_do_not_count_as_waiting(first, last, days):
    assert working_days_between(first, last) == days


def test_the_reviewer_reads_it_as_a_reader_would(review, waiting):
    page = review.get(review_path(waiting)).get_data(as_text=True)
    assert COMPLETE.title in page
    assert "wipe the handles" in page
    assert "At a glance" in page
    assert "What changed since" not in page


def test_what_changed_since_the_published_version_stands_side_by_side(review, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
        changed = replace(
            COMPLETE, how="<p>Every night now.</p>", topics=("1a",), sources=(Source("https://new.example/"),)
        )
        service.save(session, practice, actor=author, content=changed, based_on=1, at=AT)
        service.submit(session, practice, actor=author, at=AT)
    page = review.get(review_path(practice)).get_data(as_text=True)
    compared = page.split("What changed since the published version", 1)[1].split("</aside>", 1)[0]
    for text in (
        "Every night now.",
        "open the windows",
        "Public transport",
        "Surfaces and buildings",
        "https://new.example/",
    ):
        assert text in compared
    assert f"<h3>{'Summary'}</h3>" not in compared


def test_publishing_makes_it_public_and_tells_the_author(review, session, waiting):
    assert review.post(review_path(waiting, "/publish")).location == "/en/review"
    assert "Published. Readers see it now" in review.get("/en/review").get_data(as_text=True)
    assert fresh(session).is_public
    assert review.get(f"/en/practices/{waiting.reference}").status_code == 301
    bodies = [message.body for message in session.query(OutboxMessage)]
    assert any(f"http://localhost/en/desk/practices/{waiting.reference}" in body for body in bodies)


def test_a_second_publication_is_refused_and_says_who_was_first(app, engine, sign_in, csrf, review, session, waiting):
    with transaction(session):
        colleague = make_person(session, role=Role.OPERATOR, name="Min Oh")
    other = app.test_client()
    other.engine = engine
    sign_in(other, colleague)
    sent = {"csrf_token": csrf(other, "/en/review"), "revision": "1"}
    assert review.post(review_path(waiting, "/publish")).status_code == 303
    answer = other.post(review_path(waiting, "/publish"), data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody was faster" in page
    assert "Jisoo Park" in page
    assert fresh(session).public_version == 1


def test_asking_for_changes_needs_a_note_and_keeps_what_was_typed(review, session, waiting):
    answer = review.post(review_path(waiting, "/request-changes"), note="   ")
    assert answer.status_code == 422
    assert "Write to the author what should change" in answer.get_data(as_text=True)
    too_long = review.post(review_path(waiting, "/request-changes"), note="word " * 1001)
    assert too_long.status_code == 422
    assert "word word word" in too_long.get_data(as_text=True)
    assert fresh(session).status == Status.IN_REVIEW
    assert review.post(review_path(waiting, "/request-changes"), note="Say how long.").status_code == 303
    assert fresh(session).status == Status.CHANGES_REQUESTED


def test_a_decision_about_a_text_that_changed_meanwhile_is_not_taken(review, session, author, waiting):
    with transaction(session):
        service.take_back(session, waiting, actor=author, at=AT)
        service.save(session, waiting, actor=author, content=replace(COMPLETE, title="Another"), based_on=1, at=AT)
        service.submit(session, waiting, actor=author, at=AT)
    answer = review.post(review_path(waiting, "/publish"), revision="1")
    assert answer.status_code == 409
    assert "The text changed while you were reading" in answer.get_data(as_text=True)
    assert fresh(session).status == Status.IN_REVIEW
    note = review.post(review_path(waiting, "/request-changes"), revision="1", note="Keep my note")
    assert note.status_code == 409
    assert "Keep my note" in note.get_data(as_text=True)
    assert fresh(session).status == Status.IN_REVIEW
    assert session.query(OutboxMessage).filter(OutboxMessage.subject.startswith("Published")).count() == 0
    assert review.post(review_path(waiting, "/publish"), revision="2").status_code == 303


@pytest.mark.parametrize("revision", ["", "x", "99", "-1"])
def test_a_forged_revision_publishes_nothing(review, session, waiting, revision):
    assert review.post(review_path(waiting, "/publish"), revision=revision).status_code == 409
    assert not fresh(session).is_public


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (Status.DRAFT, "publish"),
        (Status.DRAFT, "request-changes"),
        (Status.DRAFT, "withdraw"),
        (Status.CHANGES_REQUESTED, "publish"),
        (Status.PUBLISHED, "publish"),
        (Status.PUBLISHED, "request-changes"),
        (Status.IN_REVIEW, "withdraw"),
        (Status.WITHDRAWN, "publish"),
        (Status.WITHDRAWN, "withdraw"),
    ],
)
def test_steps_cannot_be_skipped(review, session, author, status, step):
    with transaction(session):
        practice = make_practice(session, actor=author, status=status)
    answer = review.post(review_path(practice, f"/{step}"), note="A note", reason="A reason")
    assert answer.status_code == 409
    assert fresh(session).status == status
    assert fresh(session).public_version == practice.public_version


def test_a_reviewer_withdraws_with_a_reason(review, session, author):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
    assert review.post(review_path(practice, "/withdraw"), reason="").status_code == 422
    assert review.post(review_path(practice, "/withdraw"), reason="It was wrong.").location == review_path(practice)
    assert "It was wrong." in review.get(review_path(practice)).get_data(as_text=True)
    assert review.get(f"/en/practices/{practice.reference}").status_code == 410


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.LEAD])
@pytest.mark.parametrize("rest", ["/publish", "/request-changes", "/withdraw"])
def test_officials_decide_nothing_about_reviews(client, csrf, sign_in, session, author, waiting, role, rest):
    with transaction(session):
        official = make_person(session, role=role, city=author.city)
    sign_in(client, official)
    data = {"csrf_token": csrf(client, "/en/account"), "revision": "1", "note": "x", "reason": "x"}
    assert client.get("/en/review").status_code == 403
    assert client.get(review_path(waiting)).status_code == 403
    assert client.post(review_path(waiting, rest), data=data).status_code == 403
    assert fresh(session).status == Status.IN_REVIEW


def test_a_reviewer_does_not_write_a_citys_text(review, session, waiting):
    assert review.get(desk_path(waiting)).status_code == 403
    assert review.post(desk_path(waiting), **form_data(title="Mine", based_on=1)).status_code == 403


@pytest.mark.parametrize("rest", ["/publish", "/request-changes", "/withdraw"])
def test_without_the_token_of_the_form_nothing_is_decided(client, sign_in, reviewer, session, waiting, rest):
    sign_in(client, reviewer)
    data = {"revision": "1", "note": "x", "reason": "x"}
    assert client.post(review_path(waiting, rest), data=data).status_code == 400
    assert client.get(review_path(waiting, rest)).status_code == 405
    assert fresh(session).status == Status.IN_REVIEW


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_officials_text_attacks_the_reviewer(review, session, author, attack):
    with transaction(session):
        practice = make_practice(session, actor=author, status=Status.PUBLISHED)
        source = Source("https://a.example/", attack, attack)
        texts = dict.fromkeys(("title", "summary", "office", "why", "how"), attack)
        content = replace(COMPLETE, **texts, sources=(source,))
        service.save(session, practice, actor=author, content=content, based_on=1, at=AT)
        service.submit(session, practice, actor=author, at=AT)
    pages = [review.get("/en/review"), review.get(review_path(practice))]
    pages.append(review.post(review_path(practice, "/request-changes"), note=f"{attack} " * 1000))
    pages.append(review.post(review_path(practice, "/publish"), revision="1"))
    assert [page.status_code for page in pages] == [200, 200, 422, 409]
    for page in pages:
        text = page.get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
        assert 'href="javascript:' not in text


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_reviewers_note_attacks_the_author(review, client, sign_in, session, author, waiting, attack):
    assert review.post(review_path(waiting, "/request-changes"), note=attack).status_code == 303
    sign_in(client, author)
    for path in (desk_path(waiting), desk_path(waiting, "/revisions"), "/en/desk"):
        text = client.get(path).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
