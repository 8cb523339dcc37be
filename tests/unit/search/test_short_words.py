"""What queries can fill the memory with: nothing of long words, and of short ones a bounded part."""

import sys
import tracemalloc

import pytest

from cac.search.hangul import noun
from cac.search.short_words import LONGEST_KEPT, remember_short
from cac.search.words import fold_accents, word_forms

MOST_BYTES = 60 * 1024 * 1024


@pytest.mark.parametrize("word", ["я" * (LONGEST_KEPT + 1), "a" * 250, "\ufdfa" * LONGEST_KEPT, "버" * 41])
def test_a_long_word_is_worked_out_and_not_kept(word: str) -> None:
    asked: list[str] = []

    @remember_short(10)
    def double(text: str) -> str:
        asked.append(text)
        return text * 2

    assert double(word) == double(word) == word * 2
    assert asked == [word, word]
    assert double("я" * LONGEST_KEPT) == double("я" * LONGEST_KEPT)
    assert asked == [word, word, "я" * LONGEST_KEPT]


def test_all_that_is_kept_of_words_stays_small_whatever_is_typed() -> None:
    """The longest words that are kept, their letters grown by folding: a full memory is less than 60 MB."""
    tracemalloc.start()
    try:
        before, sample = tracemalloc.get_traced_memory()[0], 500
        kept = [word_forms(f"{number:03}" + "\u1fb7" * (LONGEST_KEPT - 3), "el") for number in range(sample)]
        of_forms = (tracemalloc.get_traced_memory()[0] - before) / sample
    finally:
        tracemalloc.stop()
    assert len(kept) == sample
    two_strings = 2 * sys.getsizeof("я" * LONGEST_KEPT) + 200
    sizes = {each.__name__: each.cache_info().maxsize for each in (word_forms, fold_accents, noun)}  # type: ignore[attr-defined]
    most = sizes["word_forms"] * of_forms + (sizes["fold_accents"] + sizes["noun"]) * two_strings
    assert most < MOST_BYTES
