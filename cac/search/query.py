"""The small grammar of the search box: words, "a phrase", -word. Whatever people type is understood somehow, never refused.

``city:``, ``topic:`` and ``lang:`` before a word are filters.
"""

import re
import unicodedata
from dataclasses import dataclass

MOST_CHARACTERS = 256
MOST_WORDS = 24
FIELDS = {"city": "cities", "topic": "topics", "lang": "languages"}


@dataclass(frozen=True)
class Query:
    """What somebody asked for. ``text`` is the cleaned input; ``words`` hold those of the phrases too.

    ``filters`` are pairs of a field of SearchRequest and a value.
    """

    text: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def wanted(self) -> str:
        """The words as one text, as they are looked up; empty when everything is wanted."""
        return " ".join(self.words)


# A phrase between straight, curly, angular or corner quotation marks; an excluded word starts with a letter, so that
# a negative number excludes nothing; anything else is a word.
_PART = re.compile(
    r"""(?P<minus>(?<!\S)[-\u2212](?="?[^\W\d_]))?
        (?: ["\u201c\u201d\u201e](?P<phrase>[^"\u201c\u201d\u201e]*)(?:["\u201c\u201d]|$)
          | \u00ab(?P<angular>[^\u00ab\u00bb]*)\u00bb
          | [\u300c\u300e](?P<corner>[^\u300c-\u300f]*)[\u300d\u300f]
          | (?P<field>city|topic|lang):(?P<value>[\w-]+)
          | (?P<word>[^\s"\u201c\u201d\u201e]+) )""",
    re.VERBOSE,
)


def parse(typed: str) -> Query:
    """Return what ``typed`` asks for; control characters are dropped and the text is cut at 256 characters."""
    text = clean(typed)
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    filters: list[tuple[str, str]] = []
    for match in _PART.finditer(text):
        phrase = match["phrase"] or match["angular"] or match["corner"]
        part = phrase or match["word"] or ""
        if match["field"]:
            filters.append((FIELDS[match["field"]], match["value"]))
        elif match["minus"] and part.strip():
            excluded.append(part)
        elif part.strip():
            words.append(part)
            if phrase:
                phrases.append(phrase)
    return Query(text, tuple(words), tuple(phrases), tuple(excluded), tuple(filters))


def clean(typed: str) -> str:
    """Return ``typed`` composed (NFC), without control and format characters, in one line of at most 256 characters."""
    kept = (_kept(character) for character in typed[: MOST_CHARACTERS * 4])
    text = unicodedata.normalize("NFC", "".join(kept))
    return " ".join(text.split())[:MOST_CHARACTERS].strip()


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cs", "Co", "Cn"):
        return ""
    if category == "Cc":
        return " " if character.isspace() else ""
    if category == "Cf":
        return character if character in "\u200c\u200d" else ""
    return character
