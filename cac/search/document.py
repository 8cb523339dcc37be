"""One document of the index: what an edition of a practice gives to be found by, filtered by and sorted by."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cac.practices.content import Content
from cac.practices.models import Practice, Revision
from cac.search.analysis import index_text
from cac.search.facet_table import FacetSource, facet_values
from cac.text import plain_text


@dataclass(frozen=True)
class IndexDocument:
    """A public edition of a practice as the index keeps it; the counters say how often each term occurs in it.

    ``published`` is in seconds since 1970, ``checked`` the day on which it was last known to be true (0001-01-01 is 1),
    0 if there is none. ``facets`` are by column. ``is_whole`` is False if pairs and grams are those of the head only.
    """

    practice: int
    version: int
    edition: int
    is_original: bool
    language: str
    facets: Mapping[str, tuple[str, ...]]
    published: int
    checked: int
    is_whole: bool
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

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return 200 + 2 * len(self.title) + sum(50 + 2 * len(passage) for passage in self.passages)


def text_of(content: Content) -> EditionText:
    """Return what is read in an edition, as plain text; a summary that the text repeats counts once."""
    how = plain_text(content.how or "")
    summary = "" if _repeats(how, content.summary) else content.summary
    passages = (summary, how, plain_text(content.why or ""), content.office)
    return EditionText(content.title or "", tuple(passage for passage in passages if passage))


def _repeats(text: str, summary: str) -> bool:
    """Whether a summary stands in the text word for word, as one that was made from its first sentences does."""
    return bool(summary) and summary.rstrip("\u2026 ") in " ".join(text[: 4 * len(summary)].split())


_HEADING = re.compile(r"<h[23]>(.*?)</h[23]>", re.DOTALL)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)


def head_of(content: Content) -> tuple[str, ...]:
    """Return what tells most of a long text: title, summary, headings and the first paragraph."""
    html = (content.how or "") + (content.why or "")
    headings = [plain_text(heading) for heading in _HEADING.findall(html)]
    first = _PARAGRAPH.search(html)
    return (content.title, content.summary, *headings, *([plain_text(first.group(1))] if first else []))


def documents_of(practice: Practice, *, is_whole: bool = True) -> list[IndexDocument]:
    """Return one document for each public edition of a public practice; its revisions and city must be loaded.

    ``is_whole`` False keeps pairs and grams to the head of each text, which makes the index of a large library smaller.
    """
    original = practice.original.published_revision
    facts = Content.from_json(original.content if original is not None else {})
    return [
        _document(FacetSource(practice, edition, facts), edition.published_revision, is_whole)
        for edition in practice.editions
        if edition.published_revision is not None
    ]


def _document(source: FacetSource, revision: Revision, is_whole: bool) -> IndexDocument:
    practice, edition = source.practice, source.edition
    content = Content.from_json(revision.content)
    return make_document(
        practice=practice.id,
        version=practice.public_version,
        edition=edition.id,
        is_original=edition.is_original,
        language=edition.language,
        facets=facet_values(source),
        published=int(practice.published_at.timestamp()) if practice.published_at else 0,
        checked=practice.as_of.toordinal() if practice.as_of else 0,
        text=text_of(content),
        head=None if is_whole else head_of(content),
        names=tuple(name.name for name in practice.city.names),
    )


def make_document(
    *,
    practice: int,
    version: int = 1,
    edition: int = 0,
    is_original: bool = True,
    language: str,
    facets: Mapping[str, tuple[str, ...]] | None = None,
    published: int = 0,
    checked: int = 0,
    text: EditionText,
    head: tuple[str, ...] | None = None,
    names: tuple[str, ...] = (),
) -> IndexDocument:
    """Return the document of an edition from its parts; ``head`` None takes pairs and grams from the whole text."""
    body = index_text([text.title, *text.passages], language, near=head)
    return IndexDocument(
        practice=practice,
        version=version,
        edition=edition,
        is_original=is_original,
        language=language,
        facets={"language": (language,), **(facets or {})},
        published=published,
        checked=checked,
        is_whole=head is None,
        body=body.terms,
        title=index_text([text.title], language).terms,
        names=index_text(list(dict.fromkeys(names)), language).terms,
        pairs=body.pairs,
        grams=body.grams,
    )
