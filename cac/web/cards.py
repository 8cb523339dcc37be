"""What lists show of a public practice, in the reader's language where there is an edition in it, and its address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from werkzeug.urls import uri_to_iri

from cac.cities.models import City
from cac.practices.content import Content
from cac.practices.models import Edition, Practice
from cac.practices.queries import get_public_edition
from cac.search.request import SearchHit
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.text import slugify


@dataclass(frozen=True)
class PracticeCard:
    """One practice in a list. ``language`` is that of the texts; ``languages`` counts those it can be read in."""

    city: City
    office: str
    title: str
    summary: str
    language: str
    published_at: datetime | None
    languages: int
    address: str
    views: int


def make_cards(practices: Iterable[Practice], views: Mapping[int, int] | None = None) -> list[PracticeCard]:
    """Return the cards of public practices, in their order; ``views`` by practice id where the list shows them."""
    return [_card(practice, (views or {}).get(practice.id, 0)) for practice in practices]


def published_content(edition: Edition) -> Content:
    """Return what the public reads of an edition; empty if nothing of it is published."""
    revision = edition.published_revision
    return Content.from_json(revision.content) if revision is not None else Content()


def list_published(practice: Practice) -> list[Edition]:
    """Return the editions that can be read, the original first."""
    published = [edition for edition in practice.editions if edition.published_revision_id is not None]
    return sorted(published, key=lambda edition: (not edition.is_original, edition.language))


def titled_edition(hit: SearchHit) -> Edition:
    """Return the edition whose title is shown of a practice that was found: that is where its link leads."""
    return next((each for each in hit.practice.editions if each.language == hit.title_language), hit.edition)


def practice_address(
    practice: Practice, edition: Edition, *, locale: str | None = None, title: str | None = None
) -> str:
    """Return the address at which ``edition`` is read in the interface ``locale`` (by default the present one).

    ``?in=`` is there only if readers of that interface would get another edition without it.
    """
    locale = locale or current_locale()
    title = published_content(edition).title if title is None else title
    is_default = get_public_edition(practice, locale).id == edition.id
    address = url_for(
        "reading.practice",
        locale=locale,
        reference=practice.reference,
        slug=slugify(title) or None,
        **({} if is_default else {"in": edition.language}),  # type: ignore[arg-type]
    )
    # Percent signs would make the address of a Korean title three times as long on the page.
    return uri_to_iri(address)


def canonical_address(practice: Practice, edition: Edition) -> str:
    """Return the one address of an edition for search engines: in its own language's interface, else in the site's first."""
    locales = current_services().settings.locales
    locale = edition.language if edition.language in locales else locales[0]
    return practice_address(practice, edition, locale=locale)


def _card(practice: Practice, views: int) -> PracticeCard:
    edition = get_public_edition(practice, current_locale())
    content = published_content(edition)
    return PracticeCard(
        city=practice.city,
        office=content.office,
        title=content.title,
        summary=content.summary,
        language=edition.language,
        published_at=practice.republished_at or practice.published_at,
        languages=len(list_published(practice)),
        address=practice_address(practice, edition, title=content.title),
        views=views,
    )
