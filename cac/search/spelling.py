"""Did-you-mean: the words that practices are written with, as they are written, and the one nearest to a mistyped one.

The worker keeps a table of words with counts for each language in one file beside the index, following the changes of
practices by their moments; it only suggests, so a word of a text that is gone may stay. Korean is compared letter by letter
(jamo), Chinese and Japanese characters not at all: a wrong one is another word.
"""

import contextlib
import json
import logging
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cac.db import SessionFactory
from cac.practices.content import Content
from cac.practices.queries import list_public_changes
from cac.search.document import text_of
from cac.search.hangul import noun
from cac.search.scripts import Writing, runs, script_of
from cac.search.words import base_language, normalise

log = logging.getLogger(__name__)

FILE = "spelling.json"
READ_AT_ONCE, MOST_WORDS = 200, 60_000
SHORTEST = {"word": 3, "hangul": 2}
LONGEST_WORD, MOST_CORRECTED, MOST_COMPLETIONS = 40, 8, 200

Cursor = tuple[str, int]


class SpellingKeeper:
    """Keeps the table of one host up to the database; used by the worker alone."""

    def __init__(self, session_factory: SessionFactory, folder: Path) -> None:
        self._session_factory = session_factory
        self._folder = folder
        self._cursor, self._counts = _read(folder / FILE) or (None, {})

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
        counts = self._counts.setdefault(base_language(language), Counter())
        text = text_of(content)
        counts.update(set(_words(" ".join((text.title, *text.passages)))))
        if len(counts) > MOST_WORDS * 5 // 4:
            self._counts[base_language(language)] = Counter(dict(counts.most_common(MOST_WORDS)))

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{FILE}.new"
        path.write_text(json.dumps({"cursor": self._cursor, "counts": self._counts}, ensure_ascii=False), "utf-8")
        path.replace(self._folder / FILE)


def _read(path: Path) -> tuple[Cursor | None, dict[str, Counter[str]]] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        cursor = (str(found["cursor"][0]), int(found["cursor"][1]))
        return cursor, {base: Counter(counts) for base, counts in found["counts"].items()}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


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


class Vocabulary(NamedTuple):
    """The words of one language with what finds near ones fast: their letters as bits, and how many letters."""

    words: list[str]
    counts: list[int]
    letters: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.int64]
    script: str


class SpellingReader:
    """The table as a process reads it: opened when it is first asked, again when the file was replaced."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._seen = 0
        self._known: dict[str, dict[str, int]] = {}
        self._vocabularies: dict[str, Vocabulary] = {}
        self._ordered: dict[str, list[str]] = {}

    def correct(self, text: str, locale: str) -> str | None:
        """Return ``text`` with each word that no practice has replaced by the nearest that some have; None if none is."""
        self._look()
        parts, at, is_changed = [], 0, False
        for writing, start, end in list(runs(text))[:MOST_CORRECTED]:
            word = _surface(writing, text[start:end])
            nearest = self._nearest(word, locale) if word else None
            parts += [text[at:start], nearest or text[start:end]]
            at, is_changed = end, is_changed or nearest is not None
        return "".join([*parts, text[at:]]) if is_changed else None

    def complete(self, text: str, locale: str) -> str | None:
        """Return ``text`` with its last word completed to the most frequent word that begins so; None if it is one."""
        self._look()
        last = list(runs(text))[-1:]
        if not last or last[0][2] != len(text):
            return None
        writing, start, end = last[0]
        word = normalise(text[start:end])
        if writing not in (Writing.WORD, Writing.HANGUL) or any(word in counts for counts in self._known.values()):
            return None
        for base in sorted(self._known, key=lambda base: base != base_language(locale)):
            ordered = self._in_order(base)
            first = bisect_left(ordered, word)
            found = [each for each in ordered[first : first + MOST_COMPLETIONS] if each.startswith(word)]
            if found:
                return text[:start] + max(found, key=lambda each: self._known[base][each])
        return None

    def _in_order(self, base: str) -> list[str]:
        if base not in self._ordered:
            self._ordered[base] = sorted(self._known[base])
        return self._ordered[base]

    def _look(self) -> None:
        with contextlib.suppress(OSError):
            seen = self._path.stat().st_mtime_ns
            if seen != self._seen:
                found = _read(self._path)
                self._known = {base: dict(counts) for base, counts in found[1].items()} if found else {}
                self._vocabularies, self._ordered, self._seen = {}, {}, seen

    def _nearest(self, word: str, locale: str) -> str | None:
        if any(word in counts for counts in self._known.values()):
            return None
        script = _script(word)
        own = base_language(locale)
        best: tuple[tuple[int, int, int], str] | None = None
        for base in sorted(self._known, key=lambda base: base != own):
            vocabulary = self._vocabulary(base)
            if vocabulary.script != script:
                continue
            for distance, count, candidate in _near(word, vocabulary):
                rank = (distance, int(base != own), -count)
                best = min(best, (rank, candidate)) if best else (rank, candidate)
        return best[1] if best else None

    def _vocabulary(self, base: str) -> Vocabulary:
        if base not in self._vocabularies:
            counts = self._known[base]
            split = [_letters(word) for word in counts]
            scripts = Counter(_script(word) for word in list(counts)[:200])
            self._vocabularies[base] = Vocabulary(
                list(counts),
                list(counts.values()),
                np.array([_bits(letters) for letters in split], np.uint64),
                np.array([len(letters) for letters in split], np.int64),
                scripts.most_common(1)[0][0] if scripts else "",
            )
        return self._vocabularies[base]


def _script(word: str) -> str:
    return "hangul" if "\uac00" <= word[:1] <= "\ud7a3" else script_of(word)


def _letters(word: str) -> str:
    """Return what is compared: letters with their marks apart, so that an accent is one difference; Hangul as jamo."""
    return unicodedata.normalize("NFD", word)


def _bits(letters: str) -> int:
    bits = 0
    for letter in letters:
        bits |= 1 << (ord(letter) * 2654435761 >> 7) % 64
    return bits


def most_differences(size: int) -> int:
    """Return how many letters may differ for a word of ``size`` letters: two from six on."""
    return 1 if size <= 5 else 2


def _near(word: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, str]]:
    letters = _letters(word)
    most = most_differences(len(letters))
    differing = np.bitwise_count(vocabulary.letters ^ np.uint64(_bits(letters)))
    near = (np.abs(vocabulary.sizes - len(letters)) <= most) & (differing <= 2 * most)
    for place in np.flatnonzero(near).tolist():
        found = distance(letters, _letters(vocabulary.words[place]))
        if found <= most:
            yield found, vocabulary.counts[place], vocabulary.words[place]


def distance(one: str, other: str) -> int:
    """Return how many letters are added, left out, replaced or swapped with their neighbour (Damerau 1964)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        line = [row]
        for column, right in enumerate(other, 1):
            cost = min(line[-1] + 1, last[column] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
