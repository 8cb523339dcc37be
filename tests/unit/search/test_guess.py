"""In which language a query is asked, by script, letters, the words of the index, and the reader's own language."""

import pytest

from cac.search.guess import certain_language, come_after, weigh_languages

BASES = ["en", "es", "tr", "vi", "ko", "ja", "zh", "th", "ar", "fa", "ru", "uk"]


def likeliest(text: str, locale: str, shares: dict[str, list[float]] | None = None) -> str:
    weights = weigh_languages(text, locale, BASES, shares or {})
    return max(weights, key=lambda base: weights[base])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("버스 소독", "ko"),
        ("消毒", "zh"),
        ("バス 消毒", "ja"),
        ("ฆ่าเชื้อ", "th"),
        ("گزارش", "fa"),
        ("дезінфекція", "uk"),
        ("дезинфекция", "ru"),
        ("khử trùng", "vi"),
        ("ışık", "tr"),
    ],
)
def test_script_and_letters_tell_whatever_the_interface_is(text: str, language: str) -> None:
    assert likeliest(text, "en") == language


def test_without_other_witnesses_the_readers_language_counts() -> None:
    assert likeliest("covid", "es") == "es"
    assert likeliest("消毒", "ja") == "ja"


def test_words_that_are_usual_in_one_language_outweigh_the_interface() -> None:
    usual_in_english = [0.6, *[0.0] * (len(BASES) - 1)]
    assert likeliest("how to clean", "es", {"how": usual_in_english, "to": usual_in_english}) == "en"


def test_the_likeliest_has_the_weight_one_and_none_is_negative() -> None:
    weights = weigh_languages("버스", "en", BASES, {})
    assert max(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) >= 0


def test_readers_of_chinese_who_type_han_do_not_mean_japanese() -> None:
    assert come_after("公車消毒", "zh-Hant") == [("ja", "zh")]
    for text, locale in (("バス消毒", "zh-Hant"), ("公車消毒", "ja"), ("公車消毒", "en"), ("bus", "zh-Hans")):
        assert come_after(text, locale) == []


def test_an_index_without_documents_has_no_languages() -> None:
    assert weigh_languages("bus", "en", [], {}) == {}


@pytest.mark.parametrize(
    ("text", "shares", "language"),
    [
        ("드론 살포", {}, "ko"),
        ("ドローン", {}, "ja"),
        ("無人機", {}, "zh"),
        ("дроны и мыши", {"и": {"ru": 0.9}}, "ru"),
        ("desinfección", {"desinfección": {"es": 0.2}}, "es"),
        ("cleaning of drones", {"cleaning": {"en": 0.2}, "of": {"en": 0.9}, "drones": {}}, "en"),
        ("bussen ontsmetten", {"bussen": {}, "ontsmetten": {}}, ""),
        ("bus schoonmaken", {"bus": {"en": 0.5}, "schoonmaken": {}}, ""),
        ("hotel", {"hotel": {"en": 0.1, "es": 0.1}}, ""),
        ("مكنسة", {}, "ar"),
        ("باص", {}, ""),
        ("covid-19", {}, ""),
        ("", {}, ""),
    ],
)
def test_a_language_is_certain_only_if_script_letters_or_most_words_say_so(
    text: str, shares: dict[str, dict[str, float]], language: str
) -> None:
    assert certain_language(text, shares) == language
