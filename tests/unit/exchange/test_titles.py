"""A record without a title gets its first sentence as one, short enough for a title, in any script."""

import pytest

from cac.exchange.titles import make_summary, make_title, split_sentences
from cac.practices.checks import check_translation
from cac.practices.content import Content


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Buses are disinfected each night. Trains are not.", "Buses are disinfected each night"),
        ("On Feb. 10 the city closed its schools. They opened in May.", "On Feb. 10 the city closed its schools"),
        ("The U.S. Government asks for masks in trains. No fines.", "The U.S. Government asks for masks in trains"),
        ("From 3 p.m. to 5 p.m. streets are washed. Daily.", "From 3 p.m. to 5 p.m. streets are washed"),
        ("Guatemala, March 2nd. The vaccines are free for all.", "Guatemala, March 2nd. The vaccines are free for all"),
        (
            "Hungary, 21 September:\nThe government demands masks.",
            "Hungary, 21 September: The government demands masks",
        ),
        ("Disinfection of buses and trams\nEach night the fleet is cleaned.", "Disinfection of buses and trams"),
        ("버스를 매일 밤 소독합니다. 지하철도 소독합니다.", "버스를 매일 밤 소독합니다. 지하철도 소독합니다"),
        ("公共交通工具每天晚上消毒。地铁也一样。", "公共交通工具每天晚上消毒"),
        ("تُعقَّم الحافلات كل ليلة في المدينة؟ نعم.", "تُعقَّم الحافلات كل ليلة في المدينة؟"),
        ("", ""),
        (" \n ", ""),
        ("...", ""),
    ],
)
def test_the_first_sentence_is_the_title(text: str, title: str) -> None:
    assert make_title(text) == title


def test_a_long_sentence_is_cut_after_twenty_words() -> None:
    title = make_title(" ".join(["word"] * 50) + ".")
    assert title == " ".join(["word"] * 20) + "…"


def test_a_long_sentence_without_spaces_is_cut_at_sixty_characters() -> None:
    title = make_title("消" * 500)
    assert len(title) <= 60
    assert title.endswith("…")


@pytest.mark.parametrize(
    "text", ["x" * 5000, "消" * 5000, "รถ" * 900, "a. " * 900, "word " * 5000, "\n" * 99, "é́" * 4000]
)
def test_whatever_is_made_passes_the_checks_of_a_practice(text: str) -> None:
    content = Content(title=make_title(text), summary=make_summary(text))
    assert check_translation(content) is not None


def test_a_summary_is_made_of_whole_sentences() -> None:
    text = "The first sentence is here. " * 50
    summary = make_summary(text)
    assert summary.endswith("is here.")
    assert 500 < len(summary) <= 600
    assert make_summary("x" * 5000).endswith("…")
    assert make_summary("公共交通消毒。地铁消毒。") == "公共交通消毒。地铁消毒。"


def test_no_more_sentences_are_made_than_wanted() -> None:
    assert split_sentences("One is here. Two is there. Three is gone.", most=2) == ["One is here.", "Two is there."]
