"""The reviewers' glossary, the list of what was looked for in vain, and the suggestions of the search box."""

from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cac.accounts.models import Role
from cac.db import SessionFactory, transaction
from cac.practices.workflow import Status
from cac.search import glossary, missing, sync
from cac.search.glossary import NewTerm
from cac.search.spelling import SpellingKeeper
from cac.serving.services import EXTENSION, Services
from cac.settings import Settings
from tests.factories import AT, make_city, make_person, make_practice
from tests.web.desk import ATTACKS

GLOSSARY, MISSING = "/en/review/glossary", "/en/review/missing"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


@pytest.fixture
def reviewer(client, sign_in, session: Session):
    """A reviewer who is signed in."""
    with transaction(session):
        person = make_person(session, role=Role.REVIEWER)
    sign_in(client, person)
    return person


@pytest.fixture
def group(session: Session, reviewer):
    """A group of two terms."""
    with transaction(session):
        terms = (NewTerm("en", "soap"), NewTerm("ko", "비누"))
        return glossary.add_group(session, terms, actor=reviewer, at=AT)


def send(client, csrf, path: str, **data: str):
    return client.post(path, data={"csrf_token": csrf(client, GLOSSARY)} | data, follow_redirects=True)


def test_a_reviewer_adds_two_words_that_mean_the_same(client, csrf, reviewer) -> None:
    page = send(client, csrf, GLOSSARY, text="jab", language="en", other_text="예방접종", other_language="ko")
    text = page.get_data(as_text=True)
    assert "Added. Searches know it within seconds." in text
    assert "예방접종" in text
    assert f"by {reviewer.name}" in text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": "", "other_text": "비누"}, "Write a word or a phrase."),
        ({"text": "soap", "other_text": ""}, "Write a word or a phrase that means the same."),
        ({"text": "soap", "other_text": "soap", "other_language": "en"}, "Both are the same."),
        ({"text": "soap", "other_text": "x" * 200}, "Shorten it to 80 characters"),
        ({"text": "soap", "language": "nonsense", "other_text": "비누"}, "Choose the language"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, csrf, reviewer, sent, sentence) -> None:
    answer = send(client, csrf, GLOSSARY, **({"language": "en", "other_language": "ko"} | sent))
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_terms_are_added_and_taken_out(client, csrf, session: Session, group) -> None:
    path = f"{GLOSSARY}/{group.id}"
    assert "jabón" in send(client, csrf, path, text="jabón", language="es").get_data(as_text=True)
    assert "This is in the group already." in send(client, csrf, path, text="Jabon", language="es").get_data(
        as_text=True
    )
    for left in ("Taken out.", "Taken out, and the group with it"):
        session.expire_all()
        term = glossary.get_group(session, group.id).terms[0]
        assert left in send(client, csrf, f"{path}/terms/{term.id}/remove").get_data(as_text=True)
    assert client.get(path).status_code == 404


def test_a_group_is_shown_in_the_language_of_its_reader_first(client, session: Session, reviewer) -> None:
    with transaction(session):
        terms = (NewTerm("de", "Seife"), NewTerm("en", "soap"), NewTerm("ko", "비누"))
        made = glossary.add_group(session, terms, actor=reviewer, at=AT)
    page = client.get(f"/ko/review/glossary/{made.id}").get_data(as_text=True)
    assert '<h1 lang="ko"' in page or "<h1>비누</h1>" in page
    table = page[page.index("<tbody") :]
    assert table.index("비누") < table.index("soap") < table.index("Seife")


def test_the_list_is_searched_and_begins_a_group_with_a_word(client, group) -> None:
    assert "비누" in client.get(f"{GLOSSARY}?q=SOA").get_data(as_text=True)
    assert "No group has this word" in client.get(f"{GLOSSARY}?q=drone").get_data(as_text=True)
    assert 'value="drones"' in client.get(f"{GLOSSARY}?word=drones&language=ko").get_data(as_text=True)
    assert client.get(f"{GLOSSARY}?page=99999999999").status_code == 200
    for number in (999999, 2**63, 10**25):
        assert client.get(f"{GLOSSARY}/{number}").status_code == 404


def test_a_long_glossary_has_pages(client, session: Session, reviewer) -> None:
    with transaction(session):
        glossary.load_first_glossary(session, at=AT)
    assert "136 groups" in client.get(f"{GLOSSARY}?page=2").get_data(as_text=True)


@pytest.mark.parametrize("path", [GLOSSARY, f"{GLOSSARY}/1", MISSING])
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.LEAD, None])
def test_others_have_no_business_here(client, sign_in, session: Session, path, role) -> None:
    if role is not None:
        with transaction(session):
            person = make_person(session, role=role)
        sign_in(client, person)
    assert client.get(path).status_code == (303 if role is None else 403)


def test_nothing_is_changed_without_the_token(client, session: Session, group) -> None:
    for path in (GLOSSARY, f"{GLOSSARY}/{group.id}", f"{MISSING}/done", f"{MISSING}/ask"):
        assert client.post(path, data={"text": "x", "words": "x"}).status_code == 400


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_do_not_attack_the_reviewer(client, session: Session, reviewer, attack) -> None:
    with transaction(session):
        made = glossary.add_group(
            session, (NewTerm("en", f"word {attack}"), NewTerm("ko", "비누")), actor=reviewer, at=AT
        )
        missing.add(session, missing.week_of(AT), "en", attack, times=1, results=0)
    for path in (GLOSSARY, f"{GLOSSARY}/{made.id}", MISSING, f"{GLOSSARY}?word={quote(attack)}"):
        page = client.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.fixture
def library(session: Session, session_factory: SessionFactory, settings: Settings) -> None:
    """Practices to suggest and to find."""
    with transaction(session):
        seoul = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
        make_practice(session, status=Status.PUBLISHED, city=seoul, language="ko", title="지하철 소독")
        make_practice(session, status=Status.PUBLISHED, city=seoul, title="Ventilation of subway cars", topics=("2",))
    sync.catch_up(session_factory, settings)
    SpellingKeeper(session_factory, settings.index_dir).keep_up()


def kept(app: Flask, session: Session, session_factory: SessionFactory) -> list[str]:
    services: Services = app.extensions[EXTENSION]
    services.missing.write(session_factory)
    return [row.words for row in missing.list_missing(session)[0]]


@pytest.mark.usefixtures("library")
def test_what_a_person_looks_for_in_vain_is_kept(app, client, session, session_factory) -> None:
    client.get("/en/search?q=Drones", headers=BROWSER)
    assert kept(app, session, session_factory) == ["drones"]


@pytest.mark.usefixtures("library")
def test_what_is_asked_whether_it_was_meant_otherwise_is_kept_too(app, client, session, session_factory) -> None:
    page = client.get("/en/search?q=ventilaten", headers=BROWSER).get_data(as_text=True)
    assert "Did you mean" in page
    assert kept(app, session, session_factory) == ["ventilaten"]


@pytest.mark.usefixtures("library")
def test_the_list_says_in_which_language_words_are_whatever_the_site_was_in(client, session, reviewer) -> None:
    with transaction(session):
        for words in ("드론", "bussen ontsmetten"):
            missing.add(session, missing.week_of(AT), "en", words, times=1, results=0)
    korean, dutch = client.get(MISSING).get_data(as_text=True).split("<tbody")[1].split("<tr ")[1:]
    if "드론" in dutch:
        korean, dutch = dutch, korean
    assert 'data-l="Language of the words">Korean<' in korean
    assert "Not certain" in dutch
    assert 'data-l="Language of the site">English<' in korean
    assert "language=ko#new" in korean


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("q=drones", {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}),
        ("q=drones", {"User-Agent": "curl/8.0"}),
        ("q=drones", BROWSER | {"Sec-Purpose": "prefetch"}),
        ("q=drones&page=2", BROWSER),
        ("q=drones&lang=ko", BROWSER),
        ("q=rana%40seoul.example", BROWSER),
        ("q=", BROWSER),
    ],
)
def test_what_is_nobodys_question_is_not_kept(app, client, session, session_factory, query, headers) -> None:
    client.get(f"/en/search?{query}", headers=headers)
    assert kept(app, session, session_factory) == []


@pytest.mark.usefixtures("library")
def test_a_reviewers_own_searches_are_not_kept(app, client, session, session_factory, reviewer) -> None:
    client.get("/en/search?q=drones", headers=BROWSER)
    assert kept(app, session, session_factory) == []


def test_a_reviewer_asks_cities_to_write_and_takes_off_what_is_done(client, csrf, sign_in, session, reviewer) -> None:
    with transaction(session):
        missing.add(session, missing.week_of(AT), "en", "drones", times=3, results=0)
    page = client.get(MISSING).get_data(as_text=True)
    assert f"{GLOSSARY}?word=drones&amp;language=en#new" in page
    sent = {"words": "drones", "language": "en"}
    assert "Cities are asked" in send(client, csrf, f"{MISSING}/ask", **sent).get_data(as_text=True)
    with transaction(session):
        author = make_person(session)
    other = client.application.test_client()
    other.engine = client.engine
    sign_in(other, author)
    assert "/en/desk/practices/new?title=drones" in other.get("/en/desk").get_data(as_text=True)
    assert 'value="drones"' in other.get("/en/desk/practices/new?title=drones").get_data(as_text=True)
    assert "Nothing is missing." in send(client, csrf, f"{MISSING}/done", **sent).get_data(as_text=True)


@pytest.mark.usefixtures("library")
def test_little_found_asks_whether_something_else_was_meant(client) -> None:
    page = client.get("/en/search?q=vemtilatoin&sort=newest").get_data(as_text=True)
    assert 'Did you mean <a href="/en/search?q=ventilation&amp;sort=newest"><bdi>ventilation</bdi></a>?' in page
    assert "Did you mean" not in client.get("/en/search?q=ventilation").get_data(as_text=True)


def test_one_mistyped_word_is_asked_about_although_the_others_found_enough(
    client, session, session_factory, settings
) -> None:
    with transaction(session):
        for number in range(4):
            make_practice(session, status=Status.PUBLISHED, title=f"Schools {number}")
        make_practice(session, status=Status.PUBLISHED, title="Ventilation")
    sync.catch_up(session_factory, settings)
    SpellingKeeper(session_factory, settings.index_dir).keep_up()
    page = client.get("/en/search?q=ventilaton+schools").get_data(as_text=True)
    assert "</mark> 3" in page
    assert "<bdi>ventilation schools</bdi></a>?" in page
    assert "Did you mean" not in client.get("/en/search?q=ventilaton+schools&page=2").get_data(as_text=True)


@pytest.mark.usefixtures("library")
def test_suggestions_name_cities_topics_and_practices(client) -> None:
    answer = client.get("/en/search/suggest?q=ven")
    found = answer.get_json()
    assert [(one["label"], one["detail"]) for one in found["suggestions"]] == [
        ("Ventilation and indoor air", "Topic"),
        ("Ventilation of subway cars", "Practice of Seoul"),
    ]
    assert found["status"] == "2 suggestions"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    for one in found["suggestions"]:
        assert client.get(one["address"]).status_code == 200
    korean = client.get(f"/ko/search/suggest?q={quote('서울')}").get_json()["suggestions"]
    assert korean[0]["label"] == "서울"
    assert client.get(f"/en/search/suggest?q={quote('소독')}").get_json()["suggestions"][0]["language"] == "ko"


@pytest.mark.parametrize("typed", ["", " ", "\x00", "x" * 5000, "***", "<script>", '"', "city:", "𠀀"])
@pytest.mark.usefixtures("library")
def test_whatever_is_typed_gives_suggestions_or_none(client, typed) -> None:
    answer = client.get(f"/en/search/suggest?q={quote(typed)}")
    assert answer.status_code == 200
    assert isinstance(answer.get_json()["suggestions"], list)


@pytest.mark.usefixtures("library")
def test_a_practice_names_related_ones_of_other_cities(client, session, session_factory, settings) -> None:
    with transaction(session):
        shown = make_practice(session, status=Status.PUBLISHED, title="Subway cars with open windows", topics=("2",))
    sync.catch_up(session_factory, settings)
    right = client.get(f"/en/practices/{shown.reference}").location
    page = client.get(right).get_data(as_text=True)
    assert "Related practices" in page
    assert "Ventilation of subway cars" in page.split("Related practices")[1]
