"""What pages and API do about a search that found little: words that were perhaps meant, and a note of what is missing."""

from flask import request

from cac.clock import now
from cac.search.missing import FEW_RESULTS
from cac.search.relaxing import better_spelling
from cac.search.request import SearchPage
from cac.serving.counting import is_prefetch
from cac.serving.database import db_session
from cac.serving.login import current_person
from cac.serving.services import current_services
from cac.stats.robots import AgentClass, class_of


def find_meant_words(page: SearchPage) -> str | None:
    """Return the words as they were probably meant, if a word of the search is in no practice and more is found with them."""
    if page.page > 1 or page.source != "index":
        return None
    return better_spelling(db_session(), current_services().index, page.request, page.total)


def note_search(page: SearchPage, *, by_programs: bool = False) -> None:
    """Note a search that found little: a person's, on its first page, without filters, while the index is whole.

    Who asks the API is a program that may ask for a person: with ``by_programs`` only robots are left out.
    """
    asked = page.request
    if page.total >= FEW_RESULTS or asked.chosen or asked.without or page.page > 1 or page.source != "index":
        return
    agent = class_of(request.headers.get("User-Agent", ""))
    is_asked_for = agent is AgentClass.PERSON or (by_programs and agent is AgentClass.MACHINE)
    if not is_asked_for or is_prefetch(request.environ):
        return
    person = current_person()
    if person is None or not person.is_host:
        services = current_services()
        services.missing.note(services.session_factory, asked.words, asked.locale, page.total, at=now())
