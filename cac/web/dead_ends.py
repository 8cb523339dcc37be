"""What a reader who found nothing is offered: the search without one of its filters, topics that come near, all topics."""

from collections.abc import Callable
from dataclasses import dataclass

from cac.practices import queries as practices
from cac.search import relaxing
from cac.search.request import SearchPage, SearchRequest
from cac.search.synonyms import words_in_common
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.web import vocabulary

MOST_TOPICS = 6


@dataclass(frozen=True)
class Dropped:
    """A filter that stands in the way: its words and language, the search without it, and how many that gives.

    ``is_excluded`` says that it keeps out what it names.
    """

    label: str
    language: str
    address: str
    count: int
    is_excluded: bool = False


@dataclass(frozen=True)
class WayOut:
    """Ways on: filters to drop (the most fruitful first), the number without any, near topics, and all that have practices."""

    dropped: tuple[Dropped, ...] = ()
    without_filters: int = 0
    near: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def find_way_out(
    wanted: SearchRequest,
    page: SearchPage,
    label: Callable[[str, str], str],
    address_of: Callable[[SearchRequest], str],
) -> WayOut | None:
    """Return what to offer, or None if something was found; ``label`` is of a facet and a value."""
    if page.total:
        return None
    relaxed = relaxing.relax(db_session(), current_services().index, wanted)
    dropped = [
        Dropped(label(*pair), pair[1] if pair[0] == "language" else "", address_of(rest), count, is_excluded)
        for pair, count, rest, is_excluded in (
            *((pair, count, wanted.dropping(*pair), False) for pair, count in relaxed.without.items()),
            *((pair, count, wanted.allowing(*pair), True) for pair, count in relaxed.allowing.items()),
        )
        if count
    ]
    counts = practices.count_by_topic(db_session())
    near = relaxed.topics or _topics_like(page.request.words)
    return WayOut(
        dropped=tuple(sorted(dropped, key=lambda each: -each.count)),
        without_filters=relaxed.all_filters,
        near=tuple(code for code in near if counts.get(code))[:MOST_TOPICS],
        topics=tuple(code for code in vocabulary.topic_parents() if counts.get(code)),
    )


def _topics_like(words: str) -> list[str]:
    """The topics whose names share a word with the query, those that share most first."""
    shared = {code: words_in_common(words, str(label), current_locale()) for code, label in vocabulary.TOPICS.items()}
    return sorted((code for code, count in shared.items() if count), key=lambda code: -shared[code])
