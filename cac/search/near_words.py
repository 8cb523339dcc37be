"""Which words of a language are near to a mistyped one: all of them are looked through at once, as arrays.

Letters are kept as bits and counted, which leaves few words to compare; these are compared side by side, letter by letter. So
the time hardly grows with the number of words: 60,000 take about a millisecond.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cac.search.scripts import script_of

# The most words that are compared letter by letter, those with the most letters in common.
MOST_COMPARED = 2_000
_FAR = 99

Codes = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]


class Vocabulary(NamedTuple):
    """The words of one language: the letters of all in one row, where each begins, how many it has, and which, as bits."""

    words: list[str]
    counts: list[int]
    letters: Codes
    starts: Numbers
    sizes: Numbers
    bits: npt.NDArray[np.uint64]
    script: str


class Near(NamedTuple):
    """A word, in how many letters it differs, and how many practices have it."""

    differences: int
    practices: int
    word: str


def make_vocabulary(counts: Mapping[str, int]) -> Vocabulary:
    """Return the words of one language, ready to be looked through; ``counts`` says how many practices have each."""
    words = list(counts)
    letters = _codes(_letters("\n".join([*words, ""])))
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else np.zeros(0, np.int64)
    # The line's end after each word counts as a letter of all of them, and of the word that is looked for.
    bits = np.bitwise_or.reduceat(_bits(letters), starts) if len(starts) else np.zeros(0, np.uint64)
    scripts = Counter(_script(word) for word in islice(words, 200))
    script = scripts.most_common(1)[0][0] if scripts else ""
    return Vocabulary(words, list(counts.values()), letters, starts, ends - starts, bits, script)


def near_words(word: str, vocabulary: Vocabulary) -> Iterable[Near]:
    """Return the words of ``vocabulary`` that differ from ``word`` in one letter, or in two where it has six or more."""
    if vocabulary.script != _script(word):
        return []
    letters = _codes(_letters(word))
    most = most_differences(len(letters))
    own = np.bitwise_or.reduce(_bits(_codes(_letters(word) + "\n")))
    differing = np.bitwise_count(vocabulary.bits ^ own)
    places = np.flatnonzero((np.abs(vocabulary.sizes - len(letters)) <= most) & (differing <= 2 * most))
    if len(places) > MOST_COMPARED:
        places = places[np.argsort(differing[places], kind="stable")[:MOST_COMPARED]]
    found = _differences(letters, vocabulary, places, most)
    return [
        Near(int(found[number]), vocabulary.counts[place], vocabulary.words[place])
        for number, place in enumerate(places.tolist())
        if found[number] <= most
    ]


def most_differences(size: int) -> int:
    """Return how many letters may differ for a word of ``size`` letters: two from six on."""
    return 1 if size <= 5 else 2


def _differences(word: Codes, vocabulary: Vocabulary, places: Numbers, most: int) -> npt.NDArray[np.int8]:
    """Return in how many letters the words at ``places`` differ from ``word``, or more than ``most`` where it is more.

    Letters that are added, left out, replaced or swapped with their neighbour (Damerau 1964); a row of the table of distances
    for all words at once, and of each row only what can still be within ``most``.
    """
    size, width = len(word), len(word) + most
    columns = vocabulary.starts[places][:, None] + np.arange(width)
    others = vocabulary.letters[np.minimum(columns, len(vocabulary.letters) - 1)].T
    rows = np.full((size + 1, width + 1, len(places)), _FAR, np.int8)
    rows[0, : most + 1] = np.arange(most + 1, dtype=np.int8)[:, None]
    for row in range(1, size + 1):
        last, line = rows[row - 1], rows[row]
        if row <= most:
            line[0] = row
        for column in range(max(1, row - most), min(width, row + most) + 1):
            is_other = others[column - 1] != word[row - 1]
            cost = np.minimum(last[column - 1] + is_other, np.minimum(line[column - 1], last[column]) + 1)
            if row > 1 and column > 1:
                is_swapped = (others[column - 2] == word[row - 1]) & (others[column - 1] == word[row - 2])
                cost = np.where(is_swapped, np.minimum(cost, rows[row - 2, column - 2] + 1), cost)
            line[column] = cost
        if not (line <= most).any():
            return np.full(len(places), _FAR, np.int8)
    found: npt.NDArray[np.int8] = rows[size, vocabulary.sizes[places], np.arange(len(places))]
    return found


def _script(word: str) -> str:
    return "hangul" if "\uac00" <= word[:1] <= "\ud7a3" else script_of(word)


def _letters(text: str) -> str:
    """Return what is compared: letters with their marks apart, so that an accent is one difference; Hangul as jamo."""
    return unicodedata.normalize("NFD", text)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _bits(codes: Codes) -> npt.NDArray[np.uint64]:
    """Return for each letter one of 64 bits."""
    return np.uint64(1) << ((codes.astype(np.uint64) * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(64))
