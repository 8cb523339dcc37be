"""Turns text into the terms of the index, the same way for what is indexed, what is asked and what is marked.

A text is cut into units (a word, a Korean word, a run of Han or Thai); each unit gives terms with their offsets in the raw
text. Whole passages also give pairs (neighbouring words) and grams (four letters of words before stemming; where words
compound, of their stems and of the edges of these too).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cac.search.han import simplify
from cac.search.hangul import noun
from cac.search.kana import compose
from cac.search.scripts import Writing, clusters, runs, script_of
from cac.search.words import analyser, base_language, normalise, word_forms

GRAM = 4
# A word is found in another form by its grams where this share of them is, if it has at least so many.
GRAM_SHARE, GRAM_LEAST = 0.8, 4
# Languages that write a compound as one word: there a word is found at the beginning or the end of a longer one.
COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "nn", "no", "fi", "hu", "et"})


class Term(NamedTuple):
    """A term and where it stands in the raw text: first and last-plus-one offset."""

    text: str
    start: int
    end: int


class Unit(NamedTuple):
    """One run of a text with its terms. ``stem`` takes part in pairs and ``plain`` in grams; each may be empty."""

    terms: tuple[Term, ...]
    stem: str
    plain: str
    start: int
    end: int
    is_hangul: bool = False


def indexed_units(text: str, language: str) -> Iterator[Unit]:
    """Yield the units of a text in ``language`` (a tag) with every term under which it can be found."""
    return _units(text, base_language(language), asking=False)


def asked_units(text: str, language: str) -> Iterator[Unit]:
    """Yield the units of a query, cut as a text in ``language`` is cut, with only the terms that should be looked up."""
    return _units(text, base_language(language), asking=True)


def required_terms(text: str, language: str) -> list[str]:
    """Return the terms that a text in ``language`` must have to hold ``text``; Korean words count without particles."""
    found: list[str] = []
    for unit in asked_units(text, language):
        terms = [term.text for term in unit.terms]
        if unit.plain:
            terms = terms[:1]
        if unit.is_hangul:
            terms = [unit.stem] if len(unit.stem) <= 2 else [term for term in terms if len(term) == 2]
        found += terms
    return list(dict.fromkeys(found))


def scripts_of(text: str) -> tuple[str, ...]:
    """Return the scripts of the words between spaces in ``text``: only these are analysed by the rules of a language."""
    return tuple(
        sorted({script_of(text[start:end]) for writing, start, end in _runs_of_query(text) if writing is Writing.WORD})
    )


def script_key(scripts: Iterable[str], language: str) -> tuple[str, ...]:
    """Return what decides how a text with words in ``scripts`` is analysed: languages with the same key give the same terms."""
    return tuple(analyser(script, language) for script in scripts)


@lru_cache(maxsize=500)
def _runs_of_query(text: str) -> tuple[tuple[Writing, int, int], ...]:
    """The runs of a query, which is cut once for all languages of the library."""
    return tuple(runs(text))


def _units(text: str, language: str, *, asking: bool) -> Iterator[Unit]:
    for writing, start, end in _runs_of_query(text) if asking else runs(text):
        raw = text[start:end]
        if writing is Writing.WORD:
            unit = _word(raw, start, language, asking=asking)
        elif writing is Writing.HANGUL:
            unit = _hangul(raw, start, asking=asking)
        elif writing is Writing.HAN:
            unit = _han(raw, start, asking=asking)
        else:
            unit = _unspaced(raw, start, asking=asking)
        if unit.terms:
            yield unit


def _word(raw: str, start: int, language: str, *, asking: bool) -> Unit:
    forms = word_forms(raw, language)
    end = start + len(raw)
    if not forms.term:
        return Unit((), "", "", start, end)
    # The article of Hebrew is a part of the word: who types it means the word without it too.
    found = (forms.term,) if asking and script_of(raw) != "hebrew" else (forms.term, *forms.also)
    terms = tuple(Term(form, start, end) for form in found)
    return Unit(terms, forms.term, forms.plain, start, end)


def _hangul(raw: str, start: int, *, asking: bool) -> Unit:
    word = normalise(raw)
    if len(word) != len(raw):
        return Unit((Term(word, start, start + len(raw)),), word, "", start, start + len(raw))
    stem = noun(word)
    forms = {word: len(word), stem: len(stem)}
    terms = [Term(form, start, start + length) for form, length in forms.items()]
    last = len(stem) if asking else len(word)
    if last > 2:
        terms += [Term(word[i : i + 2], start + i, start + i + 2) for i in range(last - 1)]
    return Unit(tuple(terms), stem, "", start, start + len(raw), is_hangul=True)


def _han(raw: str, start: int, *, asking: bool) -> Unit:
    letters, offsets = compose(raw)
    singles = [simplify(normalise(character)) for character in letters]
    size = len(singles)
    terms: list[Term] = []
    for i in range(size):
        if not asking or size == 1:
            terms.append(Term(singles[i], start + offsets[i], start + offsets[i + 1]))
        if i + 1 < size:
            terms.append(Term(singles[i] + singles[i + 1], start + offsets[i], start + offsets[i + 2]))
    return Unit(tuple(terms), "", "", start, start + len(raw))


def _unspaced(raw: str, start: int, *, asking: bool) -> Unit:
    parts = clusters(raw)
    offsets = [start]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    normal = [normalise(part) for part in parts]
    sizes = (3,) if asking and len(parts) >= 3 else (2, 3)
    if len(parts) == 1:
        sizes = (1,)
    terms = [
        Term("".join(normal[i : i + size]), offsets[i], offsets[i + size])
        for size in sizes
        for i in range(len(parts) - size + 1)
    ]
    return Unit(tuple(terms), "", "", start, offsets[-1])


def grams_of(plain: str) -> list[str]:
    """Return the four-letter grams of a word before stemming; a shorter word has none."""
    return [plain[i : i + GRAM] for i in range(len(plain) - GRAM + 1)]


def edges_of(stem: str) -> tuple[str, str]:
    """Return what tells that a stem begins, and that it ends, with some letters: kept with the grams where words compound."""
    return "^" + stem[: GRAM - 1], stem[1 - GRAM :] + "$"


def parts_of(stem: str) -> list[tuple[str, ...]]:
    """Return the grams that a compound has, all of them, which begins with ``stem`` or ends with it; none for short ones."""
    inner = grams_of(stem)
    if not inner:
        return []
    begins, ends = edges_of(stem)
    return [(begins, *inner), (*inner, ends)]


def _grams(plain: str, stem: str, language: str) -> list[str]:
    grams = grams_of(plain)
    if base_language(language) in COMPOUNDING and len(stem) >= GRAM:
        grams += [gram for gram in (*grams_of(stem), *edges_of(stem)) if gram not in grams]
    return grams


def pairs_of(units: list[Unit]) -> list[str]:
    """Return the pairs of neighbouring words among the units of one passage."""
    return [f"{left.stem} {right.stem}" for left, right in pairwise(units) if left.stem and right.stem]


class IndexedText(NamedTuple):
    """What one text gives to the index: how often each term, pair and gram occurs in it."""

    terms: Counter[str]
    pairs: Counter[str]
    grams: Counter[str]


def index_text(passages: Sequence[str], language: str, *, near: Sequence[str] | None = None) -> IndexedText:
    """Return the counted terms of some passages in one language; pairs do not reach from one passage into the next.

    Where ``near`` is given, pairs and grams are those of its passages instead.
    """
    terms: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    words: Counter[tuple[str, str]] = Counter()
    for units in _lines(passages, language):
        terms.update([term.text for unit in units for term in unit.terms])
        if near is None:
            pairs.update(pairs_of(units))
            words.update([(unit.plain, unit.stem) for unit in units if unit.plain])
    for units in _lines(near or (), language):
        pairs.update(pairs_of(units))
        words.update([(unit.plain, unit.stem) for unit in units if unit.plain])
    grams: Counter[str] = Counter()
    for (plain, stem), count in words.items():
        for gram in _grams(plain, stem, language):
            grams[gram] += count
    return IndexedText(terms, pairs, grams)


def _lines(passages: Sequence[str], language: str) -> Iterator[list[Unit]]:
    for passage in passages:
        for line in passage.splitlines():
            yield list(indexed_units(line, language))
