"""Reading a practice: its address, its languages, what is said about both, and what is no longer there."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from cac.db import transaction
from cac.practices import service
from cac.practices.content import Content, Source
from cac.practices.models import Practice
from cac.practices.permissions import THE_PROGRAM
from cac.practices.vocabulary import Ending
from cac.practices.workflow import Status
from tests.factories import AT, make_city, make_practice
from tests.web.checked_client import CheckedClient

KOREAN = Content(title="버스 소독", summary="버스를 소독합니다.", why="<p>사람이 많습니다.</p>", how="<p>닦습니다.</p>")


def publish(session: Session, **changes: object) -> Practice:
    with transaction(session):
        city = make_city(session, slug="seoul", names={"en": "Seoul", "ko": "서울"})
        return make_practice(session, status=Status.PUBLISHED, city=city, **changes)


def with_translation(session: Session, method: str, translation: Content = KOREAN) -> Practice:
    with transaction(session):
        practice = make_practice(session)
        service.add_translation(
            session, practice, actor=THE_PROGRAM, language="ko", method=method, content=translation, at=AT
        )
        service.publish(session, practice, actor=THE_PROGRAM, at=AT)
    return practice


def read(client: CheckedClient, address: str) -> str:
    """Return the page to which the address leads, fetched by itself."""
    answer = client.get(address)
    if answer.status_code == 301:
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_reference_decides_and_a_wrong_slug_leads_to_the_right_one(client: CheckedClient, session: Session) -> None:
    reference = publish(session, title="Bus cleaning").reference
    right = f"/en/practices/{reference}-bus-cleaning"
    assert client.get(right).status_code == 200
    for wrong in (reference, reference.lower(), f"{reference}-buss", f"{reference}-9-lives"):
        answer = client.get(f"/en/practices/{wrong}?from=mail")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{right}?from=mail"


def test_a_slug_in_another_script_is_found_without_a_detour(client: CheckedClient, session: Session) -> None:
    reference = publish(session, title="버스 소독").reference
    assert client.get(f"/en/practices/{reference}-버스-소독").status_code == 200


@pytest.mark.parametrize("path", ["CAC-2020-9999", "CAC-2020-9999-x", "nonsense", "CAC-2020-12"])
def test_what_was_never_there_is_not_found(client: CheckedClient, path: str) -> None:
    assert client.get(f"/en/practices/{path}").status_code == 404


@pytest.mark.parametrize("status", [Status.DRAFT, Status.IN_REVIEW, Status.CHANGES_REQUESTED])
def test_an_unpublished_practice_is_not_found(client: CheckedClient, session: Session, status: Status) -> None:
    with transaction(session):
        practice = make_practice(session, status=status)
    assert client.get(f"/en/practices/{practice.reference}").status_code == 404


def test_a_withdrawn_practice_says_since_when_and_why(client: CheckedClient, session: Session) -> None:
    with transaction(session):
        practice = make_practice(session, status=Status.WITHDRAWN, title="A secret recipe")
    answer = client.get(f"/en/practices/{practice.reference}-a-secret-recipe")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 410
    assert "9 April 2020" in page
    assert "The rule was repealed." in page
    assert "secret recipe" not in page


def test_facts_are_written_in_the_readers_language(client: CheckedClient, session: Session) -> None:
    reference = publish(session, started_on="2020-03", as_of="2020-04-01").reference
    page = read(client, f"/en/practices/{reference}")
    assert "March 2020" in page
    assert "1 April 2020" in page
    assert "2020년 3월" in read(client, f"/ko/practices/{reference}")


def test_readers_get_their_language_and_can_choose_another(client: CheckedClient, session: Session) -> None:
    reference = with_translation(session, "human").reference
    assert "버스를 소독합니다." in read(client, f"/ko/practices/{reference}")
    page = read(client, f"/ko/practices/{reference}?in=en")
    assert "The city disinfects each bus" in page
    assert 'hreflang="ko"' in page
    assert "?in=" not in client.get(f"/ko/practices/{reference}?in=ko").headers["Location"]


def test_a_language_that_does_not_exist_gives_the_readers_own(client: CheckedClient, session: Session) -> None:
    reference = with_translation(session, "human").reference
    assert "버스를 소독합니다." in read(client, f"/ko/practices/{reference}?in=fr")
    assert "버스를 소독합니다." in read(client, f"/ko/practices/{reference}?in=%00%22%3E")


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("human", "Translated from English by a person."),
        ("machine", "by machine and not checked by a person."),
        ("machine_checked", "by machine and checked by a person."),
    ],
)
def test_readers_are_told_who_or_what_translated(
    client: CheckedClient, session: Session, method: str, words: str
) -> None:
    practice = with_translation(session, method)
    page = read(client, f"/en/practices/{practice.reference}?in=ko")
    assert words in page
    assert "Read the original in English" in page


def test_what_was_not_translated_is_shown_in_the_original(client: CheckedClient, session: Session) -> None:
    practice = with_translation(session, "human", replace(KOREAN, how=""))
    page = read(client, f"/en/practices/{practice.reference}?in=ko")
    assert "This part has not been translated" in page
    assert "wipe the handles" in page


def test_text_in_another_language_than_the_page_says_so(client: CheckedClient, session: Session) -> None:
    practice = publish(session, language="ar", title="تعقيم الحافلات", summary="نمسح المقابض.")
    page = read(client, f"/en/practices/{practice.reference}")
    assert '<h1 class="ch24" lang="ar" dir="rtl">تعقيم الحافلات</h1>' in page
    assert "This is the original, in Arabic. There is no translation into English yet." in page


def test_headings_of_the_text_stand_below_those_of_the_page(client: CheckedClient, session: Session) -> None:
    page = read(client, f"/en/practices/{publish(session, how='<h2>First</h2><h3>Then</h3>').reference}")
    assert "<h3>First</h3><h4>Then</h4>" in page


def test_a_practice_that_nobody_checked_in_time_carries_a_warning(client: CheckedClient, session: Session) -> None:
    practice = publish(session)
    assert "Not checked lately" in read(client, f"/en/practices/{practice.reference}")
    with transaction(session):
        practice.review_by = date(2999, 1, 1)
    assert "Not checked lately" not in read(client, f"/en/practices/{practice.reference}")


def test_what_people_wrote_is_never_code(client: CheckedClient, session: Session) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="x">"\'>'
    practice = publish(
        session,
        title=f"Bus {attack}",
        summary=attack,
        office=attack,
        why=f"<p>{attack}</p>",
        sources=(Source("https://example.org/?a=\"'><script>", attack, attack, "2020"),),
    )
    page = read(client, f"/en/practices/{practice.reference}")
    assert "<script" not in page
    assert "<img" not in page


def test_search_engines_are_told_one_address_per_edition(client: CheckedClient, session: Session) -> None:
    practice = with_translation(session, "human")
    page = read(client, f"/en/practices/{practice.reference}?in=ko")
    assert f'<link rel="canonical" href="http://localhost/ko/practices/{practice.reference}-' in page
    assert f'hreflang="en" href="http://localhost/en/practices/{practice.reference}-' in page


def test_other_practices_of_the_city_are_offered(client: CheckedClient, session: Session) -> None:
    practice = publish(session, title="First of all")
    with transaction(session):
        make_practice(session, status=Status.PUBLISHED, city=practice.city, title="Something else")
    page = read(client, f"/en/practices/{practice.reference}")
    assert "More from Seoul" in page
    assert "Something else" in page


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("human", "버스 소독</cite>. "),
        ("machine", "버스 소독</cite> (machine translation from English). "),
        ("machine_checked", "버스 소독</cite> (machine translation from English, checked by a person). "),
    ],
)
def test_a_citation_says_that_a_machine_translated(
    client: CheckedClient, session: Session, method: str, words: str
) -> None:
    practice = with_translation(session, method)
    assert words in read(client, f"/en/practices/{practice.reference}?in=ko")
    assert "machine translation from" not in read(client, f"/en/practices/{practice.reference}?in=en")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ending": Ending.STILL_IN_USE}, "<dt>In use</dt><dd>Still in use</dd>"),
        ({"ending": Ending.NOT_KNOWN}, "<dt>In use</dt><dd>Not known</dd>"),
        ({"ending": Ending.ENDED, "ended_on": "2020-03"}, "<dt>Ended</dt><dd>March 2020</dd>"),
    ],
)
def test_a_glance_says_whether_it_is_still_in_use_or_when_it_ended(
    client: CheckedClient, session: Session, facts: dict[str, object], said: str
) -> None:
    assert said in read(client, f"/en/practices/{publish(session, **facts).reference}")
