"""Pages in Korean and Arabic: their words, their direction, and the form that a number asks for."""

import pytest
from sqlalchemy.orm import Session

from cac.db import SessionFactory, transaction
from cac.practices.workflow import Status
from cac.search import sync
from cac.settings import Settings
from tests.factories import make_city, make_practice
from tests.web.checked_client import CheckedClient


@pytest.mark.parametrize(
    ("locale", "direction", "words"),
    [("en", "ltr", "Search in any language"), ("ko", "ltr", "어느 언어로든 검색하세요"), ("ar", "rtl", "ابحث بأي لغة")],
)
def test_a_page_has_the_words_and_the_direction_of_its_language(
    client: CheckedClient, locale: str, direction: str, words: str
) -> None:
    page = client.get(f"/{locale}/").get_data(as_text=True)
    assert f'<html lang="{locale}" dir="{direction}">' in page
    assert words in page


@pytest.mark.parametrize(
    ("locale", "title"),
    [("en", "“subway”: 2 practices"), ("ko", "‘subway’ 검색 결과 2건"), ("ar", "«subway»: ممارستان")],
)
def test_the_title_of_a_search_counts_in_the_readers_language(
    client: CheckedClient,
    session: Session,
    session_factory: SessionFactory,
    settings: Settings,
    locale: str,
    title: str,
) -> None:
    with transaction(session):
        city = make_city(session)
        for words in ("Disinfecting subway cars", "Wiping subway handrails"):
            make_practice(session, status=Status.PUBLISHED, city=city, title=words)
    sync.catch_up(session_factory, settings)
    page = client.get(f"/{locale}/search?q=subway").get_data(as_text=True)
    assert f"<title>{title} – " in page
