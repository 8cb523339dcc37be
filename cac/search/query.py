"""The small grammar of the search box: words, "a phrase", -word. Whatever people type is understood somehow, never refused.

The name of a facet before a word or a phrase (``city:seoul``, ``topic:ventilation``, ``-lang:ko``) is a filter; what its
value means is found out in search/typed_filters.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from cac.search.facet_table import FACETS

MOST_CHARACTERS = 256
# Words that are looked up; search/plan says how many words a run without spaces counts for.
MOST_WORDS = 24
# What can be typed before a colon, and the facet that it means.
FIELDS = {**{facet.name: facet.name for facet in FACETS}, "lang": "language"}


class TypedFilter(NamedTuple):
    """A filter in the text of a query: the facet, its value as typed, whether it excludes, and where it stands."""

    facet: str
    value: str
    is_excluded: bool
    start: int
    end: int


@dataclass(frozen=True)
class Query:
    """What somebody asked for. ``text`` is the cleaned input; ``words`` hold those of the phrases too."""

    text: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[TypedFilter, ...] = ()

    @property
    def wanted(self) -> str:
        """The words as one text, as they are looked up; empty when everything is wanted."""
        return " ".join(self.words)


# A phrase between straight, curly, angular or corner quotation marks; an excluded word starts with a letter, so that
# a negative number excludes nothing; anything else is a word.
_PART = re.compile(
    rf"""(?P<minus>(?<!\S)[-\u2212](?=["\u201c\u201d\u201e\u00ab\u300c\u300e]?[^\W\d_]))?
        (?: (?i:(?P<field>{"|".join(FIELDS)})):(?:["\u201c\u201d\u201e](?P<quoted>[^"\u201c\u201d\u201e]+)["\u201c\u201d]
              | (?P<value>[^\s"\u201c\u201d\u201e]+))
          | ["\u201c\u201d\u201e](?P<phrase>[^"\u201c\u201d\u201e]*)(?:["\u201c\u201d]|$)
          | \u00ab(?P<angular>[^\u00ab\u00bb]*)\u00bb
          | [\u300c\u300e](?P<corner>[^\u300c-\u300f]*)[\u300d\u300f]
          | (?P<word>[^\s"\u201c\u201d\u201e]+) )""",
    re.VERBOSE,
)


def parse(typed: str) -> Query:
    """Return what ``typed`` asks for; control characters are dropped and the text is cut at 256 characters."""
    text = clean(typed)
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    filters: list[TypedFilter] = []
    for match in _PART.finditer(text):
        phrase = match["phrase"] or match["angular"] or match["corner"]
        part = phrase or match["word"] or ""
        if match["field"]:
            facet, value = FIELDS[match["field"].lower()], match["quoted"] or match["value"]
            filters.append(TypedFilter(facet, value, bool(match["minus"]), match.start(), match.end()))
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
