"""How practices, cities and search results look in JSON; dates are ISO 8601, languages BCP 47."""

from dataclasses import dataclass
from typing import Any

from cac.cities.models import City
from cac.practices.content import Content
from cac.practices.models import Edition, Practice
from cac.search.relaxing import Relaxed
from cac.search.request import Part, SearchHit, SearchPage, SearchRequest
from cac.settings import Settings
from cac.text import slugify

Json = dict[str, Any]


@dataclass(frozen=True)
class WaysOn:
    """What is offered where little was found: the words as they were probably meant, and what fewer filters would give."""

    meant: str | None
    relaxed: Relaxed | None


def search_page(found: SearchPage, wanted: SearchRequest, ways_on: WaysOn, settings: Settings) -> Json:
    """Return a page of results.

    ``query`` is what was asked, cleaned and cut; ``words`` and ``filters`` how it was understood, with what was typed as a
    filter (``city:seoul``) among the filters; a filter with ``excluded`` leaves out what has its value. ``ignored`` are words
    beyond the most that are looked up, ``phrase_found`` is false if no practice has a phrase word for word and those with its
    words are given. ``did_you_mean`` is a spelling that finds more, or null. ``relaxed`` is null unless nothing was found:
    then it says how many practices there are without each filter, and without any. ``source`` is ``database`` while the index
    is being built and only titles and summaries are looked through.
    """
    return {
        "query": wanted.words,
        "words": found.request.words,
        "filters": [_filter(pair) for pair in found.request.chosen]
        + [_filter(pair, excluded=True) for pair in found.request.without],
        "ignored": list(found.ignored),
        "phrase_found": found.phrase_found,
        "did_you_mean": ways_on.meant,
        "relaxed": _relaxed(ways_on.relaxed) if ways_on.relaxed is not None else None,
        "total": found.total,
        "page": found.page,
        "per_page": wanted.per_page,
        "pages": found.pages,
        "source": found.source,
        "results": [_hit(hit, wanted.locale, settings) for hit in found.hits],
        "facets": {
            name: [{"value": count.value, "count": count.count, "selected": count.selected} for count in counts]
            for name, counts in found.facets.items()
        },
    }


def _filter(pair: tuple[str, str], *, excluded: bool = False) -> Json:
    return {"facet": pair[0], "value": pair[1], "excluded": excluded}


def _relaxed(relaxed: Relaxed) -> Json:
    without = [{**_filter(pair), "total": total} for pair, total in relaxed.without.items()]
    without += [{**_filter(pair, excluded=True), "total": total} for pair, total in relaxed.allowing.items()]
    return {"without": without, "without_any": relaxed.all_filters, "topics": list(relaxed.topics)}


def _hit(hit: SearchHit, locale: str, settings: Settings) -> Json:
    practice = hit.practice
    return {
        "reference": practice.reference,
        "external_id": practice.external_id,
        "url": practice_url(practice, hit.title, locale, settings),
        "title": hit.title,
        "title_parts": [_part(part) for part in hit.title_parts],
        "title_language": hit.title_language,
        "language": hit.edition.language,
        "method": hit.edition.method,
        "original_language": practice.original_language,
        "city": _city_line(practice.city, locale),
        "excerpt": "".join(part.text for part in hit.excerpt),
        "excerpt_parts": [_part(part) for part in hit.excerpt],
        "published_on": _day_of(practice),
        "views": hit.views,
        "score": round(hit.score, 4),
    }


def _part(part: Part) -> Json:
    return {"text": part.text, "match": part.is_match}


def _city_line(city: City, locale: str) -> Json:
    return {"slug": city.slug, "name": city.name_in(locale), "country": city.country}


def practice(found: Practice, views: int, settings: Settings) -> Json:
    """Return a published practice with the facts of its original and the texts of each public edition."""
    original = _published_content(found.original)
    facts = original.to_json()
    title = original.title or found.reference
    return {
        "reference": found.reference,
        "external_id": found.external_id,
        "url": practice_url(found, title, settings.locales[0], settings),
        "city": _city_line(found.city, settings.locales[0]),
        "original_language": found.original_language,
        "published_on": _day_of(found),
        "changed_on": found.republished_at.date().isoformat() if found.republished_at else None,
        "review_by": found.review_by.isoformat() if found.review_by else None,
        "views": views,
        **{key: facts.get(key) for key in FACTS},
        "editions": [_edition(edition) for edition in found.editions if edition.published_revision is not None],
    }


FACTS = (
    "kind", "topics", "places", "stage", "started_on", "ending", "ended_on", "as_of", "licence", "sources", "own_records",
)  # fmt: skip
TEXTS = ("title", "summary", "office", "why", "how")


def _edition(edition: Edition) -> Json:
    texts = _published_content(edition).to_json()
    return {
        "language": edition.language,
        "is_original": edition.is_original,
        "method": edition.method,
        **{key: texts.get(key) for key in TEXTS},
    }


def _published_content(edition: Edition) -> Content:
    revision = edition.published_revision
    return Content.from_json(revision.content if revision is not None else {})


def city(member: City, practices: int, settings: Settings) -> Json:
    """Return a member city with its names by language, its place and its number of published practices."""
    return {
        "slug": member.slug,
        "names": {name.language: name.name for name in member.names},
        "country": member.country,
        "level": member.level,
        "latitude": member.latitude,
        "longitude": member.longitude,
        "timezone": member.timezone,
        "language": member.language,
        "practices": practices,
        "url": f"{settings.public_url}/{settings.locales[0]}/cities/{member.slug}",
    }


def practice_url(found: Practice, title: str, locale: str, settings: Settings) -> str:
    """Return the address of a practice's page for readers of ``locale`` (the site's first language if it has no such)."""
    shown = locale if locale in settings.locales else settings.locales[0]
    slug = slugify(title)
    return f"{settings.public_url}/{shown}/practices/{found.reference}{'-' + slug if slug else ''}"


def _day_of(found: Practice) -> str | None:
    return found.published_at.date().isoformat() if found.published_at else None
