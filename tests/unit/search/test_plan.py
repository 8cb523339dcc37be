"""What is looked up for a query: each word as each language of the index would write it."""

import pytest

from cac.search.cache import BoundedCache
from cac.search.plan import MOST_TERMS, make_plan, rarest
from cac.search.query import MOST_WORDS, parse


def test_a_word_is_stemmed_by_the_language_of_each_document() -> None:
    word = make_plan(parse("disinfecting"), ["en", "es", "ko"]).words[0]
    assert word.terms["disinfect"] == {"en", "ko"}, "an English word in a Korean text is English"
    assert {base for term, bases in word.terms.items() if term != "disinfect" for base in bases} == {"es"}


def test_languages_that_cut_alike_are_looked_up_once() -> None:
    assert make_plan(parse("消毒"), ["en", "zh", "ja"]).words[0].terms == {"消毒": {"en", "zh", "ja"}}


def test_neighbouring_words_are_pairs_and_phrases_are_demands() -> None:
    plan = make_plan(parse('"hand washing" -school'), ["en"])
    assert plan.pairs == {"hand wash": {"en"}}
    assert plan.phrases[0][0].terms == (("body", "hand"), ("body", "wash"), ("pairs", "hand wash"))
    assert plan.excluded[0][0].terms == (("body", "school"),)


def test_of_many_words_those_are_used_that_tell_most() -> None:
    words = make_plan(parse(" ".join(f"w{number}" for number in range(40))), ["en"]).words
    used, ignored = rarest(words, {word.text: float(word.text[1:]) for word in words})
    assert (len(used), len(ignored)) == (MOST_WORDS, 40 - MOST_WORDS)
    assert ignored[-1].text == "w15"


@pytest.mark.parametrize(
    ("typed", "words", "terms"),
    [
        ("消" * 2 + "公共交通機関の消毒" * 6 + "毎日", 1, None),
        ("ฆ่าเชื้อบนรถโดยสาร" * 6, 1, None),
        ("".join(chr(0x4E00 + number) for number in range(256)), 64, 255),
        ("".join(chr(0xAC00 + 28 * number) for number in range(256)), 43, 256),
        ("bus " * 20 + "消毒", 2, 2),
    ],
)
def test_only_a_very_long_run_without_spaces_counts_as_several_words(typed: str, words: int, terms: int | None) -> None:
    found = make_plan(parse(typed), ["zh", "ko", "th"]).words
    assert len(found) == words
    assert terms is None or sum(len(word.terms) for word in found) == terms


def test_what_is_looked_up_of_the_longest_run_is_bounded_and_the_rest_is_named() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(256))
    words = make_plan(parse(text), ["zh"]).words
    used, ignored = rarest(words, {word.text: 0.0 for word in words})
    assert sum(len(word.terms) for word in used) == 96
    assert all(word.text in text for word in ignored)


def test_a_phrase_and_an_excluded_run_are_looked_up_in_part() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(200))
    plan = make_plan(parse(f'"{text}"'), ["zh"])
    assert len(plan.phrases[0][0].terms) == MOST_TERMS


def test_a_cache_forgets_what_was_not_used_longest() -> None:
    cache: BoundedCache[int, str] = BoundedCache(1, lambda _: 400_000)
    for number in (1, 2):
        cache.keep(number, "kept")
    cache.get(1)
    cache.keep(3, "kept")
    assert [cache.get(number) for number in (1, 2, 3)] == ["kept", None, "kept"]
