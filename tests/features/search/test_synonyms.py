"""The glossary: other words for the same are found in every language, below the words themselves."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from cac.accounts.models import Role
from cac.db import SessionFactory, transaction
from cac.errors import InvalidError, NotFoundError
from cac.search import glossary
from cac.search.glossary import NewTerm
from cac.search.reader import IndexReader
from cac.search.synonyms import GlossaryCatalogue
from cac.settings import Settings
from tests.factories import AT, make_person
from tests.features.search.conftest import Publish, Search, references


@pytest.fixture
def first_glossary(session: Session) -> None:
    """The groups that every instance starts with."""
    with transaction(session):
        assert glossary.load_first_glossary(session, at=AT) > 60


def publish_titles(publish: Publish, *titles: tuple[str, str]) -> list[str]:
    found = [publish(language=language, title=title, summary=title, why="", how="") for language, title in titles]
    return [practice.reference for practice in found]


TITLES = (
    ("en", "Disinfection of the town hall"),
    ("ko", "시청 소독"),
    ("es", "Desinfección del ayuntamiento"),
    ("ja", "庁舎の消毒"),
    ("ar", "تعقيم مبنى البلدية"),
    ("ru", "Дезинфекция мэрии"),
    ("vi", "Khử trùng tòa thị chính"),
)


@pytest.mark.usefixtures("first_glossary")
@pytest.mark.parametrize(
    ("words", "locale", "first"),
    [
        ("disinfection", "en", "en"),
        ("disinfecting", "en", "en"),
        ("소독", "ko", "ko"),
        ("방역", "ko", "ko"),
        ("소독을", "en", "ko"),
        ("desinfecciones", "en", "es"),
        ("消毒", "ja", "ja"),
        ("تعقيم", "ar", "ar"),
        ("дезинфекции", "ru", "ru"),
        ("khử trùng", "vi", "vi"),
    ],
)
def test_a_term_finds_every_language_its_own_first(
    publish: Publish, search: Search, words: str, locale: str, first: str
) -> None:
    published = dict(zip([language for language, _ in TITLES], publish_titles(publish, *TITLES), strict=True))
    publish_titles(publish, ("en", "Opening hours of libraries"), ("ko", "도서관 안내"))
    found = references(search(words, locale=locale))
    assert set(found) == set(published.values())
    assert found[0] == published[first]


@pytest.mark.usefixtures("first_glossary")
def test_a_phrase_is_found_in_and_out_of_a_phrase(publish: Publish, search: Search) -> None:
    one, other, _ = publish_titles(
        publish, ("en", "Social distancing in queues"), ("ko", "사회적 거리두기 안내"), ("ko", "사회적 기업 안내")
    )
    assert references(search("social distancing")) == [one, other]
    assert references(search("사회적 거리 두기를", locale="ko"))[0] == other
    assert one in references(search("사회적거리두기", locale="ko"))


@pytest.mark.usefixtures("first_glossary")
def test_what_stands_in_quotation_marks_is_meant_word_for_word(publish: Publish, search: Search) -> None:
    one, _ = publish_titles(publish, ("en", "Social distancing in queues"), ("ko", "사회적 거리두기 안내"))
    assert references(search('"social distancing"')) == [one]


@pytest.mark.usefixtures("first_glossary")
def test_a_word_that_only_looks_like_a_term_of_another_language_is_none(publish: Publish, search: Search) -> None:
    publish_titles(publish, ("ko", "임대료 지원"))
    assert references(search("rent", locale="de"))
    assert not references(search("Rente", locale="de"))


@pytest.mark.usefixtures("first_glossary")
def test_more_documents_with_synonyms_never_stand_above_the_word_itself(publish: Publish, search: Search) -> None:
    korean = publish_titles(publish, *[("ko", f"소독 소독 {number}") for number in range(5)])
    english = publish_titles(publish, *[("en", f"Notes {number} mention disinfection once") for number in range(5)])
    found = references(search("disinfection"))
    assert set(found[:5]) == set(english)
    assert set(found[5:]) == set(korean)


@pytest.mark.usefixtures("first_glossary")
def test_a_synonym_is_marked_as_the_reason(publish: Publish, search: Search) -> None:
    publish(language="ko", title="시청 소독", summary="건물을 소독한다", why="", how="")
    hit = search("disinfection").hits[0]
    assert "소독" in [part.text for part in hit.title_parts if part.is_match]


def test_without_a_glossary_nothing_changes(publish: Publish, search: Search) -> None:
    one, _ = publish_titles(publish, ("en", "Disinfection"), ("ko", "소독"))
    assert references(search("disinfection")) == [one]


def test_a_change_of_the_glossary_is_in_the_next_search(session: Session, publish: Publish, search: Search) -> None:
    one, other = publish_titles(publish, ("en", "Jabs for everybody"), ("ko", "예방접종 안내"))
    reviewer = make_person(session, role=Role.REVIEWER)
    with transaction(session):
        terms = (NewTerm("en", "jab"), NewTerm("ko", "예방접종"))
        group = glossary.add_group(session, terms, actor=reviewer, at=AT)
    assert references(search("jab")) == [one, other]
    with transaction(session):
        glossary.remove_term(session, group, group.terms[1].id, actor=reviewer, at=AT.replace(day=11))
    assert references(search("jab")) == [one]


def test_the_first_glossary_is_loaded_once(session: Session) -> None:
    with transaction(session):
        first = glossary.load_first_glossary(session, at=AT)
    with transaction(session):
        assert glossary.load_first_glossary(session, at=AT) == 0
    assert glossary.list_groups(session)[1] == first


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ([("en", "soap")], {"terms": "too_few"}),
        ([("en", "soap"), ("en", " Soap ")], {"terms": "too_few"}),
        ([("en", ""), ("ko", "비누")], {"text": "missing"}),
        ([("en", "?!"), ("ko", "비누")], {"text": "no_word"}),
        ([("en", "x" * 81), ("ko", "비누")], {"text": "too_long"}),
        ([("qqq1", "soap"), ("ko", "비누")], {"language": "unknown"}),
    ],
)
def test_a_group_that_says_nothing_is_refused(
    session: Session, terms: list[tuple[str, str]], problem: dict[str, str]
) -> None:
    with pytest.raises(InvalidError) as refused:
        glossary.add_group(session, [NewTerm(*term) for term in terms], actor=None, at=AT)
    assert refused.value.problems == problem


def test_groups_are_brought_together_and_say_who_changed_them(session: Session) -> None:
    reviewer = make_person(session, role=Role.REVIEWER)
    one = glossary.bring_together(session, NewTerm("en", "soap"), NewTerm("ko", "비누"), actor=reviewer, at=AT)
    later = AT.replace(day=12)
    other = glossary.bring_together(session, NewTerm("en", "Soap"), NewTerm("es", "jabón"), actor=reviewer, at=later)
    assert other.id == one.id
    assert [term.text for term in one.terms] == ["soap", "비누", "jabón"]
    assert (one.changed_at, one.changed_by_id) == (later, reviewer.id)
    with pytest.raises(InvalidError):
        glossary.add_term(session, one, NewTerm("es", "JABÓN"), actor=reviewer, at=later)
    with pytest.raises(NotFoundError):
        glossary.remove_term(session, one, 999, actor=reviewer, at=later)


def test_a_search_does_not_wait_while_the_glossary_is_made_anew(
    session: Session, session_factory: SessionFactory
) -> None:
    with transaction(session):
        glossary.add_group(session, [NewTerm("en", "bus"), NewTerm("ko", "버스")], actor=None, at=AT)
    catalogue = GlossaryCatalogue(fresh_seconds=0)
    assert len(catalogue.synonyms(session, "bus", "en", {}).meanings) == 1
    with catalogue._lock, ThreadPoolExecutor(1) as other, session_factory() as own:
        assert len(other.submit(catalogue.synonyms, own, "bus", "en", {}).result(timeout=5).meanings) == 1


def test_what_the_first_search_needs_can_be_had_before(
    session_factory: SessionFactory, settings: Settings, publish: Publish
) -> None:
    publish()
    reader = IndexReader(settings.index_dir)
    reader.warm_up(session_factory)
    assert reader._snapshot is not None
    assert reader.glossary._state
