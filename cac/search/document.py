"""One document of the index: what an edition of a practice gives to be found by, filtered by and sorted by."""

from collections import Counter
from dataclasses import dataclass

from cac.practices.content import Content
from cac.practices.models import Edition, Practice, Revision
from cac.search.analysis import index_text
from cac.text import plain_text


@dataclass(frozen=True)
class IndexDocument:
    """A public edition of a practice as the index keeps it; the counters say how often each term occurs in it.

    ``published`` is in seconds since 1970. ``topics`` are codes of the vocabulary, without the topics they belong to.
    """

    practice: int
    version: int
    edition: int
    is_original: bool
    language: str
    city: str
    kind: str
    topics: tuple[str, ...]
    published: int
    body: Counter[str]
    title: Counter[str]
    names: Counter[str]
    pairs: Counter[str]
    grams: Counter[str]


@dataclass(frozen=True)
class EditionText:
    """The text of an edition: its title, and all passages that are searched and shown as excerpts, title left out."""

    title: str
    passages: tuple[str, ...]


def text_of(content: Content) -> EditionText:
    """Return what is read in an edition, as plain text."""
    passages = (content.summary, plain_text(content.how or ""), plain_text(content.why or ""), content.office)
    return EditionText(content.title or "", tuple(passage for passage in passages if passage))


def documents_of(practice: Practice) -> list[IndexDocument]:
    """Return one document for each public edition of a public practice; its revisions and city must be loaded."""
    return [
        _document(practice, edition, edition.published_revision)
        for edition in practice.editions
        if edition.published_revision is not None
    ]


def _document(practice: Practice, edition: Edition, revision: Revision) -> IndexDocument:
    text = text_of(Content.from_json(revision.content))
    return make_document(
        practice=practice.id,
        version=practice.public_version,
        edition=edition.id,
        is_original=edition.is_original,
        language=edition.language,
        city=practice.city.slug,
        kind=practice.kind or "",
        topics=tuple(topic.code for topic in practice.topics),
        published=int(practice.published_at.timestamp()) if practice.published_at else 0,
        text=text,
        names=tuple(name.name for name in practice.city.names),
    )


def make_document(
    *,
    practice: int,
    version: int = 1,
    edition: int = 0,
    is_original: bool = True,
    language: str,
    city: str = "",
    kind: str = "",
    topics: tuple[str, ...] = (),
    published: int = 0,
    text: EditionText,
    names: tuple[str, ...] = (),
) -> IndexDocument:
    """Return the document of an edition from its parts."""
    body = index_text([text.title, *text.passages], language)
    return IndexDocument(
        practice=practice,
        version=version,
        edition=edition,
        is_original=is_original,
        language=language,
        city=city,
        kind=kind,
        topics=topics,
        published=published,
        body=body.terms,
        title=index_text([text.title], language).terms,
        names=index_text(list(dict.fromkeys(names)), language).terms,
        pairs=body.pairs,
        grams=body.grams,
    )
