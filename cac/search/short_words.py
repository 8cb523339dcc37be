"""Remembers what was worked out for single words, in a bounded part of the memory whatever people type.

Words of texts repeat and are short; a query can hold a word of any length in any script, asked once. So longer words, and
characters of compatibility (one of which can stand for eighteen letters), are worked out anew each time.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple
from unicodedata import is_normalized

LONGEST_KEPT = 40

Rest = TypeVarTuple("Rest")
Result = TypeVar("Result")


def remember_short(most: int) -> Callable[[Callable[[str, *Rest], Result]], Callable[[str, *Rest], Result]]:
    """Return a decorator that keeps the last ``most`` results of a function of a word; an entry takes 1.2 kB at most."""

    def decorate(work_out: Callable[[str, *Rest], Result]) -> Callable[[str, *Rest], Result]:
        kept = lru_cache(maxsize=most)(work_out)

        @wraps(work_out)
        def look(word: str, *rest: *Rest) -> Result:
            if len(word) <= LONGEST_KEPT and (word.isascii() or is_normalized("NFKC", word)):
                return kept(word, *rest)
            return work_out(word, *rest)

        look.cache_info = kept.cache_info  # type: ignore[attr-defined]
        return look

    return decorate
