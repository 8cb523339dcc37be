"""Finds exact phrases where the index cannot: in a large library it knows neighbouring words of the head of a text only, so the
texts of the best candidates are read.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.practices.content import Content
from cac.practices.models import Edition, Revision
from cac.search.document import text_of
from cac.search.index_reading import Snapshot
from cac.search.query import Query
from cac.search.snippets import fold_text
from cac.search.weighted_postings import Longs

# So many texts are read for a phrase, about 0.2 ms each.
MOST_TEXTS = 200


class PhraseReader:
    """Reads the texts of documents of one snapshot for the phrases of one query."""

    def __init__(self, session: Session, snapshot: Snapshot, query: Query) -> None:
        self._session = session
        self._snapshot = snapshot
        self._phrases = [_plain(phrase) for phrase in query.phrases]
        self._texts: dict[int, str] = {}

    def holding(self, number: int, candidates: Longs) -> list[int]:
        """Return those of ``candidates`` (documents, the best first) whose text has phrase ``number`` of the query."""
        chosen = candidates[:MOST_TEXTS].tolist()
        self._read([document for document in chosen if document not in self._texts])
        return [document for document in chosen if self._phrases[number] in self._texts.get(document, "")]

    def _read(self, documents: list[int]) -> None:
        by_edition = {int(self._snapshot.edition_id[document]): document for document in documents}
        published = select(Edition.id, Revision.content).join(Revision, Revision.id == Edition.published_revision_id)
        for edition, content in self._session.execute(published.where(Edition.id.in_(by_edition))):
            text = text_of(Content.from_json(content))
            self._texts[by_edition[edition]] = _plain("\n".join((text.title, *text.passages)))


def _plain(text: str) -> str:
    return " ".join(fold_text(text).split())
