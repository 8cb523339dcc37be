"""Kana whose voicing marks stand apart, as in half-width katakana (ﾊ and ﾞ for バ), and the words written in katakana."""

import re
import unicodedata

_APART = re.compile("[\uff66-\uff9d\u3041-\u30ff][\uff9e\uff9f\u3099\u309a]")
_LETTER = "[\u30a1-\u30fa\u30fc-\u30fe]"
_WORD = re.compile(f"{_LETTER}{{2,}}")


def compose(text: str) -> tuple[str, range | list[int]]:
    """Return ``text`` with each kana and its voicing mark as one character, and where each character began in ``text``.

    One more offset is that of the end. All other characters stay as they are.
    """
    if not _APART.search(text):
        return text, range(len(text) + 1)
    parts: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in _APART.finditer(text):
        voiced = unicodedata.normalize("NFKC", match.group())
        if len(voiced) == 1:
            parts += [text[at : match.start()], voiced]
            offsets += range(at, match.start() + 1)
            at = match.end()
    return "".join((*parts, text[at:])), [*offsets, *range(at, len(text) + 1)]


def katakana_words(text: str) -> list[str]:
    """Return the words of at least two letters that ``text`` has in katakana, each once."""
    return list(dict.fromkeys(_WORD.findall(text)))


def find_word(text: str, word: str) -> list[int]:
    """Return where ``word`` is in ``text``; one of two letters only where it is no part of a longer word in katakana."""
    pattern = re.escape(word)
    if len(word) == 2:
        pattern = f"(?<!{_LETTER}){pattern}(?!{_LETTER})"
    return [match.start() for match in re.finditer(pattern, text)]
