"""Cuts raw text into runs of one way of writing, and knows which script a word is in.

Four ways of writing matter to search: Han and kana, written without spaces; Thai, Lao, Khmer and Myanmar, also without
spaces; Hangul, where a word carries its particles; and words between spaces with their combining marks. What a run
becomes in the index is said in search/analysis.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum


class Writing(StrEnum):
    """How a run is written, which decides how it is cut into terms."""

    HAN = "han"
    UNSPACED = "unspaced"
    HANGUL = "hangul"
    WORD = "word"


# Blocks of the Unicode standard. The katakana middle dot (U+30FB) separates words and is left out.
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
_UNSPACED = "\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u1039\u103a-\u103f\u1050-\u108f\u1780-\u17d3\u17dc-\u17dd"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff"


def _mark_ranges() -> str:
    """Return the combining marks of the scripts written with spaces, as ranges of a character class."""
    blocks = (
        (0x0300, 0x0E00),
        (0x0F00, 0x1000),
        (0x1700, 0x1780),
        (0x1800, 0x2000),
        (0xA66F, 0xAC00),
        (0x11000, 0x12000),
    )
    marks = [code for first, last in blocks for code in range(first, last) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


_MARKS = _mark_ranges()
# A letter or digit of a spaced script with its marks; the joiners of Indic scripts belong to the word, those of Persian
# part it (the plural ending stands alone then).
_LETTER = f"(?:(?![{_HAN}{_UNSPACED}{_HANGUL}])[^\\W_])"
_CHARACTER = f"(?:{_LETTER}|[{_MARKS}\u0640]|(?<=[\u0900-\u0dff])[\u200c\u200d])"
# Bounded: each start of a long row of such letters would look through all of it.
_ACRONYM = rf"{_LETTER}\.(?:{_LETTER}\.){{1,15}}(?!\w)"
_NUMBER = r"[0-9]+(?:[.,][0-9]+)+(?!\w)"
_WORD = f"{_LETTER}{_CHARACTER}*(?:['\u2019\u02bc]{_LETTER}{_CHARACTER}*)*"
_ANY_WORD = f"{_ACRONYM}|{_NUMBER}|{_WORD}"
_RUN = re.compile(f"(?P<han>[{_HAN}]+)|(?P<unspaced>[{_UNSPACED}]+)|(?P<hangul>[{_HANGUL}]+)|(?P<word>{_ANY_WORD})")
# Runs of words between spaces only.
WORD = re.compile(_ANY_WORD)
_WRITING = {writing.value: writing for writing in Writing}


def runs(text: str) -> Iterator[tuple[Writing, int, int]]:
    """Yield the runs of ``text`` in order: how each is written, and its first and last-plus-one offset in ``text``."""
    for match in _RUN.finditer(text):
        yield _WRITING[match.lastgroup or "word"], match.start(), match.end()


def writing_of(character: str) -> Writing | None:
    """Return how a single character is written, a combining mark as a letter of a word; None for what is no letter or digit."""
    match = _RUN.match(character)
    if match is not None:
        return _WRITING[match.lastgroup or "word"]
    return Writing.WORD if unicodedata.category(character)[0] == "M" else None


_SCRIPTS = (
    ("latin", 0x0041, 0x024F),
    ("greek", 0x0370, 0x03FF),
    ("cyrillic", 0x0400, 0x052F),
    ("armenian", 0x0530, 0x058F),
    ("hebrew", 0x0590, 0x05FF),
    ("arabic", 0x0600, 0x08FF),
    ("devanagari", 0x0900, 0x097F),
    ("bengali", 0x0980, 0x09FF),
    ("indic", 0x0A00, 0x0B7F),
    ("tamil", 0x0B80, 0x0BFF),
    ("indic", 0x0C00, 0x0DFF),
    ("ethiopic", 0x1200, 0x139F),
    ("latin", 0x1E00, 0x1EFF),
    ("greek", 0x1F00, 0x1FFF),
    ("latin", 0x2C60, 0x2C7F),
    ("arabic", 0xFB50, 0xFEFF),
    ("latin", 0xFF21, 0xFF5A),
)


def script_of(word: str) -> str:
    """Return the script of the first letter of a word between spaces: ``latin``, ``cyrillic`` …, ``other``, or ``number``."""
    for character in word:
        if character.isalpha():
            code = ord(character)
            return next((name for name, first, last in _SCRIPTS if first <= code <= last), "other")
    return "number"


_JOINING = frozenset("\u17d2\u1039")  # Khmer coeng, Myanmar virama: the next consonant is written below


def clusters(text: str) -> list[str]:
    """Return an unspaced text as its smallest parts: a letter with its vowel signs, tones and letters written below."""
    found: list[str] = []
    for character in text:
        if found and (unicodedata.category(character)[0] == "M" or found[-1][-1] in _JOINING):
            found[-1] += character
        else:
            found.append(character)
    return found
