"""Finds exact phrases in the texts themselves: the index knows which stems are neighbours, and of Han and Thai not even that.

Two texts are the same if only case, accents, traditional or simplified characters, the width of letters, spaces and line breaks
differ. A phrase begins and ends with whole words; its last Korean word may carry a particle.
"""

import re
import time
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cac.practices.content import Content
from cac.practices.models import Edition, Revision
from cac.search.document import text_of
from cac.search.han import simplify
from cac.search.hangul import is_particle
from cac.search.index_reading import Snapshot
from cac.search.query import Query
from cac.search.reader import IndexReader
from cac.search.scripts import Writing, runs, writing_of
from cac.search.weighted_postings import Longs

# So many texts are read for a phrase, for so long: about 0.5 ms each, a hundredth of it once they are kept.
MOST_TEXTS, AT_ONCE = 200, 40
MOST_SECONDS = 0.5


class PhraseReader:
    """Reads the texts of documents of one snapshot for the phrases of one query; ``index`` keeps them by revision."""

    def __init__(self, session: Session, index: IndexReader, snapshot: Snapshot, query: Query) -> None:
        self._session = session
        self._index = index
        self._snapshot = snapshot
        self._phrases = [comparable(phrase) for phrase in query.phrases]
        self._texts: dict[int, str] = {}

    def holding(self, number: int, candidates: Longs) -> tuple[list[int], int]:
        """Return which of ``candidates`` (documents, the best first) have phrase ``number``, and how many were looked at.

        At most 200 are, and none after 0.5 s: what lies beyond is left to the index, which knows stems and neighbours.
        """
        until = time.monotonic() + MOST_SECONDS
        found: list[int] = []
        read = 0
        while read < min(len(candidates), MOST_TEXTS) and time.monotonic() < until:
            documents = candidates[read : read + AT_ONCE].tolist()
            self._read([document for document in documents if document not in self._texts])
            found += [each for each in documents if holds(self._texts.get(each, ""), self._phrases[number])]
            read += len(documents)
        return found, read

    def _read(self, documents: Sequence[int]) -> None:
        by_edition = {int(self._snapshot.edition_id[document]): document for document in documents}
        published = select(Edition.id, Edition.published_revision_id).where(Edition.id.in_(by_edition))
        known = self._session.execute(published) if by_edition else ()
        revisions = {revision: by_edition[edition] for edition, revision in known if revision is not None}
        kept = self._index.comparable_texts
        texts = {revision: text for revision in revisions if (text := kept.get(revision)) is not None}
        unknown = select(Revision.id, Revision.content).where(Revision.id.in_(revisions.keys() - texts.keys()))
        for revision, content in self._session.execute(unknown) if len(texts) < len(revisions) else ():
            read = text_of(Content.from_json(content))
            texts[revision] = kept.keep(revision, _BETWEEN.join(map(comparable, (read.title, *read.passages))))
        self._texts |= {revisions[revision]: text for revision, text in texts.items()}


# Stands between title, summary and the other parts of a text, so that no phrase reaches from one into the next.
_BETWEEN = "\x1f"
# Accents, soft hyphens, joiners, the marks of Arabic and Hebrew above and below letters, tatweel.
_SILENT = re.compile(
    "[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff\u0591-\u05bd\u05bf\u05c1\u05c2\u0640\u064b-\u0655\u0670]+"
)
_HAN = re.compile("[\u3400-\u9fff]")


def comparable(text: str) -> str:
    """Return ``text`` in the form in which phrases are compared.

    It keeps no offsets, so whole texts are folded by the quick ways of Python, a tenth of what fold_text takes.
    """
    text = text.lower() if text.isascii() else _fold(text)
    return " ".join(text.split())


def _fold(text: str) -> str:
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = unicodedata.normalize("NFC", _SILENT.sub("", parts)).replace("\u2019", "'")
    for stroked, plain in _STROKES:
        bare = bare.replace(stroked, plain)
    return simplify(bare) if _HAN.search(bare) else bare


_STROKES = (("\u0111", "d"), ("\u0142", "l"), ("\u00f8", "o"), ("\u0131", "i"), ("\u00e6", "ae"), ("\u0153", "oe"))


def holds(text: str, phrase: str) -> bool:
    """Return whether ``text`` has ``phrase``, both comparable, from the beginning of a word to the end of one."""
    at = text.find(phrase) if phrase else -1
    while at >= 0:
        if _begins_word(text, at) and _ends_word(text, at + len(phrase)):
            return True
        at = text.find(phrase, at + 1)
    return False


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not _go_together(text[at - 1], text[at])


def _ends_word(text: str, end: int) -> bool:
    if end == len(text) or not _go_together(text[end - 1], text[end]):
        return True
    if writing_of(text[end]) is not Writing.HANGUL:
        return False
    _, start, rest_end = next(runs(text[end : end + 12]))
    return is_particle(text[end + start : end + rest_end])


def _go_together(left: str, right: str) -> bool:
    """Whether no word can end between two characters."""
    writing = writing_of(right)
    return writing in (Writing.WORD, Writing.HANGUL) and writing_of(left) is writing
