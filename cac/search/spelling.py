"""Did-you-mean: the words that practices are written with, as they are written, and the one nearest to a mistyped one.

The worker keeps a table of words with counts for each language, a file each beside the index, following the changes of
practices by their moments; it only suggests, so a word of a text that is gone may stay. Korean is compared letter by letter
(jamo), Chinese and Japanese characters not at all: a wrong one is another word. How near words are is in search/near_words.
"""

import json
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from cac.db import SessionFactory
from cac.practices.content import Content
from cac.practices.queries import list_public_changes
from cac.search.document import text_of
from cac.search.hangul import noun
from cac.search.near_words import Vocabulary, make_vocabulary, near_words
from cac.search.scripts import Writing, runs
from cac.search.words import base_language, normalise

FILE = "spelling.json"
READ_AT_ONCE, MOST_WORDS = 200, 60_000
SHORTEST = {"word": 3, "hangul": 2}
LONGEST_WORD, MOST_CORRECTED = 40, 3

Cursor = tuple[str, int]


class SpellingKeeper:
    """Keeps the table of one host up to the database; used by the worker alone."""

    def __init__(self, session_factory: SessionFactory, folder: Path) -> None:
        self._session_factory = session_factory
        self._folder = folder
        self._cursor, self._counts = _read(folder) or (None, {})
        self._changed: set[str] = set()

    def keep_up(self) -> int:
        """Take the words of the practices that changed last, 200 at most; returns how many practices were read."""
        if not (self._folder / FILE).exists():
            self._cursor, self._counts = None, {}
        since, after = (datetime.fromisoformat(self._cursor[0]), self._cursor[1]) if self._cursor else (None, 0)
        with self._session_factory() as session:
            changed = list_public_changes(session, since, after, READ_AT_ONCE)
            for practice in changed:
                for edition in practice.editions if practice.is_public else ():
                    if edition.published_revision is not None:
                        self._add(edition.language, Content.from_json(edition.published_revision.content))
                if practice.public_changed_at is not None:
                    self._cursor = (practice.public_changed_at.isoformat(), practice.id)
        if changed:
            self._write()
        return len(changed)

    def _add(self, language: str, content: Content) -> None:
        base = base_language(language)
        counts = self._counts.setdefault(base, Counter())
        text = text_of(content)
        counts.update(set(_words(" ".join((text.title, *text.passages)))))
        if len(counts) > MOST_WORDS * 5 // 4:
            self._counts[base] = Counter(dict(counts.most_common(MOST_WORDS)))
        self._changed.add(base)

    def _write(self) -> None:
        """Write the tables that changed, then how far they go: ended in between, the same changes are counted again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for base in self._changed:
            _replace(table_path(self._folder, base), self._counts[base])
        self._changed.clear()
        _replace(self._folder / FILE, {"cursor": self._cursor, "languages": sorted(self._counts)})


def table_path(folder: Path, base: str) -> Path:
    """Return the file with the words of a base language and their counts."""
    return folder / f"spelling-{base}.json"


def _replace(path: Path, content: object) -> None:
    written = path.with_suffix(".new")
    written.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    written.replace(path)


def _read(folder: Path) -> tuple[Cursor | None, dict[str, Counter[str]]] | None:
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        cursor = (str(found["cursor"][0]), int(found["cursor"][1]))
        return cursor, {base: Counter(_read_table(table_path(folder, base))) for base in found["languages"]}
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None


def _read_table(path: Path) -> dict[str, int]:
    """Return the words of a table with their counts; raises OSError or ValueError if it cannot be read."""
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict) or not all(isinstance(count, int) for count in found.values()):
        raise ValueError("a table of words holds counts")
    return found


def _words(text: str) -> Iterator[str]:
    for writing, start, end in runs(text):
        word = _surface(writing, text[start:end])
        if word:
            yield word


def _surface(writing: Writing, raw: str) -> str:
    """Return a word as it is counted; empty for what is never corrected."""
    word = normalise(raw)
    if writing is Writing.HANGUL:
        word = noun(word)
    is_word = writing in (Writing.WORD, Writing.HANGUL) and SHORTEST[writing.value] <= len(word) <= LONGEST_WORD
    return word if is_word and not any(letter.isdigit() for letter in word) else ""


@dataclass(frozen=True)
class _Table:
    """The words of one language as they stood in its file at ``written_at``; what is made of them is made when it is needed."""

    written_at: int
    counts: dict[str, int]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return make_vocabulary(self.counts)

    @cached_property
    def ordered(self) -> list[str]:
        return sorted(self.counts)


class SpellingReader:
    """The tables as a process reads them: each when its language is first asked for, again when its file was replaced.

    One thread reads and the others wait for it; ``languages`` are base languages, the likeliest first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, _Table] = {}
        self._lock = threading.Lock()

    def correct(self, text: str, languages: Sequence[str], unknown: Container[str]) -> str | None:
        """Return ``text`` with the first three of its ``unknown`` words replaced by the nearest that practices have.

        None if there is none near any of them. Words of scripts without spaces stay as they are.
        """
        parts, at, tried, is_changed = [], 0, 0, False
        for writing, start, end in runs(text):
            word = _surface(writing, text[start:end]) if text[start:end] in unknown else ""
            if not word or tried == MOST_CORRECTED:
                continue
            tried += 1
            nearest = self._nearest(word, languages)
            parts += [text[at:start], nearest or text[start:end]]
            at, is_changed = end, is_changed or nearest is not None
        return "".join([*parts, text[at:]]) if is_changed else None

    def complete(self, text: str, languages: Sequence[str]) -> str | None:
        """Return ``text`` with its last word completed to the most frequent word that begins so; None if it is one."""
        last = list(runs(text))[-1:]
        if not last or last[0][2] != len(text):
            return None
        writing, start, end = last[0]
        word = normalise(text[start:end])
        tables = self._tables_of(languages)
        if writing not in (Writing.WORD, Writing.HANGUL) or any(word in table.counts for table in tables):
            return None
        for table in tables:
            first, after = bisect_left(table.ordered, word), bisect_left(table.ordered, word + "\U0010ffff")
            found = table.ordered[first:after]
            if found:
                return text[:start] + max(found, key=lambda each: table.counts[each])
        return None

    def _nearest(self, word: str, languages: Sequence[str]) -> str | None:
        tables = self._tables_of(languages)
        if any(word in table.counts for table in tables):
            return None
        found = [
            (near.differences, place > 0, -near.practices, near.word)
            for place, table in enumerate(tables)
            for near in near_words(word, table.vocabulary)
        ]
        return min(found)[3] if found else None

    def _tables_of(self, languages: Sequence[str]) -> list[_Table]:
        with self._lock:
            return [table for table in map(self._table, languages) if table is not None]

    def _table(self, base: str) -> _Table | None:
        """Return the present table of a language; None if there is none that can be read."""
        path, kept = table_path(self._folder, base), self._tables.get(base)
        try:
            written_at = path.stat().st_mtime_ns
            if kept is None or kept.written_at != written_at:
                kept = self._tables[base] = _Table(written_at, _read_table(path))
                _ = kept.vocabulary
        except (OSError, ValueError):
            return None
        return kept
