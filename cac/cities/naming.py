"""How names of cities are compared and made into addresses: without case, accents and punctuation; pure."""

import re
import unicodedata

# Letters that carry their accent inside and that Unicode does not take apart.
UNDIVIDED = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ʻ": "", "’": "", "'": ""}
)
# Marks that make another letter, not an accented one: the Japanese voicing marks.
KEPT_MARKS = frozenset({"\u3099", "\u309a"})
SLUG_FORM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def fold_name(name: str) -> str:
    """Return the form in which two names of one place are equal: ``São Paulo`` and ``SAO-PAULO`` give ``sao paulo``."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(UNDIVIDED))
    plain = "".join(char for char in decomposed if char in KEPT_MARKS or not unicodedata.category(char).startswith("M"))
    words = "".join(char if char.isalnum() or char in KEPT_MARKS else " " for char in plain).split()
    return unicodedata.normalize("NFC", " ".join(words))


def slug_of(name: str) -> str:
    """Return an address part of ASCII letters, digits and hyphens, at most 80 long; empty if nothing can be written so."""
    ascii_only = "".join(char if char.isascii() else " " for char in fold_name(name))
    return "-".join(ascii_only.split())[:80].rstrip("-")


def is_slug(text: str) -> bool:
    """Whether ``text`` can be the slug of a city."""
    return len(text) <= 80 and SLUG_FORM.fullmatch(text) is not None
