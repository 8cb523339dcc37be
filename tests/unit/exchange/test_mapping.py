"""A map renames fields and words of another source; what it does not know is reported, never guessed."""

from pathlib import Path
from typing import Any

import pytest

from cac.exchange.mapping import MappingError, load_map
from cac.exchange.translating import Translator
from cac.settings import bundled_dir


def translate(tmp_path: Path, toml: str, line: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    path = tmp_path / "map.toml"
    path.write_text(toml, encoding="utf-8")
    return Translator(load_map(path)).translate(line)


def test_fields_are_renamed_by_name_by_path_and_by_alternatives(tmp_path: Path) -> None:
    toml = '[fields]\nexternal_id = "id"\ncity = "place.city"\nas_of = ["announced", "began"]\noffice = ""\n'
    line = {"id": 7, "place": {"city": "Seoul"}, "announced": None, "began": "2020-04-09", "office": "x", "title": "T"}
    values, problems = translate(tmp_path, toml, line)
    assert values == {"external_id": 7, "city": "Seoul", "as_of": "2020-04-09", "title": "T"}
    assert problems == []


def test_a_field_that_nobody_knows_is_a_problem_unless_it_is_ignored(tmp_path: Path) -> None:
    line = {"external_id": "1", "colour": "red", "mood": "good"}
    assert translate(tmp_path, "", line)[1] == [
        "colour: neither ours nor in the map",
        "mood: neither ours nor in the map",
    ]
    assert translate(tmp_path, '[source]\nignore = ["colour"]\n', line)[1] == ["mood: neither ours nor in the map"]
    assert translate(tmp_path, "[source]\nignore = true\n", line)[1] == []


def test_defaults_fill_what_a_line_does_not_say(tmp_path: Path) -> None:
    toml = '[defaults]\nkind = "policy"\ncity = "Seoul"\ntopics = ["1"]\n'
    values, _problems = translate(tmp_path, toml, {"city": "Busan", "kind": None})
    assert values == {"kind": "policy", "city": "Busan", "topics": ["1"]}


@pytest.mark.parametrize(
    ("line", "topics"),
    [
        ({"sub": ["Masks at school"], "topic": "Distance"}, ["3", "6"]),
        ({"sub": "masks in trains; BUSES", "topic": None}, ["3", "1b"]),
        ({"sub": [], "topic": " distance "}, ["6"]),
        ({"sub": ["Nothing"]}, []),
    ],
)
def test_topics_come_from_several_fields_by_words_and_beginnings(
    tmp_path: Path, line: dict[str, Any], topics: list[str]
) -> None:
    toml = (
        '[fields]\ntopics = ["sub", "topic"]\n[separators]\ntopics = ";"\n'
        '[topics]\n"Masks*" = ["3"]\n"Distance" = "6"\n"Buses" = ["1b"]\n"Nothing" = []\n'
    )
    values, problems = translate(tmp_path, toml, line)
    assert (values.get("topics", []), problems) == (topics, [])


def test_the_first_field_that_the_map_knows_can_be_enough(tmp_path: Path) -> None:
    toml = '[fields]\ntopics = ["sub", "topic"]\n[topics]\ntake = "first"\n"Masks" = ["3"]\n"Distance" = ["6"]\n'
    assert translate(tmp_path, toml, {"sub": ["Masks", "?"], "topic": "Distance"})[0] == {"topics": ["3"]}
    assert translate(tmp_path, toml, {"sub": ["?"], "topic": "Distance"})[0] == {"topics": ["6"]}


def test_an_unknown_topic_is_reported_or_dropped_for_a_default(tmp_path: Path) -> None:
    line = {"topics": ["Weather"]}
    assert translate(tmp_path, '[topics]\n"Masks" = ["3"]\n', line)[1] == ['topics: the map does not know "Weather"']
    toml = '[topics]\nunknown = "drop"\ndefault = ["12"]\n"Masks" = ["3"]\n'
    assert translate(tmp_path, toml, line) == ({"topics": ["12"]}, [])


def test_single_words_are_translated_and_others_stay(tmp_path: Path) -> None:
    toml = '[kinds]\n"Law" = "policy"\n[languages]\n"Korean" = "ko"\n'
    assert translate(tmp_path, toml, {"kind": "law", "language": "Korean"})[0] == {"kind": "policy", "language": "ko"}
    assert translate(tmp_path, toml, {"kind": "tool", "language": "en"})[0] == {"kind": "tool", "language": "en"}


def test_sources_are_made_of_their_addresses_and_fixed_facts(tmp_path: Path) -> None:
    toml = '[sources]\nurl = ["url", "more"]\npublisher = "The data set"\n'
    values, problems = translate(tmp_path, toml, {"url": "https://a.example", "more": ["https://b.example"]})
    assert values["sources"] == [
        {"url": "https://a.example", "publisher": "The data set"},
        {"url": "https://b.example", "publisher": "The data set"},
    ]
    assert problems == []


def test_a_city_counts_only_when_it_did_it(tmp_path: Path) -> None:
    toml = '[bodies]\ncity_when = { role = ["initiator"] }\n'
    assert translate(tmp_path, toml, {"city": "Seoul", "role": "initiator"})[0] == {"city": "Seoul"}
    assert translate(tmp_path, toml, {"city": "Seoul", "role": "target"})[0] == {}


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("a = ", "cannot be read"),
        ("a = 1", r"table \[a\]"),
        ("fields = 1", "outside its tables"),
        ("[mood]\na = 1", r"table \[mood\]"),
        ('[fields]\ncolour = "x"', "no field of ours"),
        ("[fields]\ncity = 3", "by a text"),
        ('[topics]\n"Masks" = ["99"]', "none of ours"),
        ('[topics]\nunknown = "guess"', '"report" or "drop"'),
        ('[kinds]\n"Law" = "law"', "none of ours"),
        ('[bodies]\ncountry = "Germany"', "the country in it"),
        ('[bodies]\nnation = "x"', "means nothing"),
        ('[source]\ntext = "rtf"', "markdown, plain, html"),
        ('[source]\nname = ""', "at most 80"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_a_sentence(tmp_path: Path, toml: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        translate(tmp_path, toml, {})


def test_a_map_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_map(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("topic", "subtopics", "codes"),
    [
        ("Hygiene", ["Hygiene measures for public transport"], ["1b"]),
        ("Hygiene", ["Burial procedures"], ["1"]),
        ("Social Distancing", ["Wearing Masks inside Restaurants"], ["3"]),
        ("Social Distancing", [], ["6"]),
        ("Closure and Regulation of Schools", ["Primary Schools (ages 10 and below)"], ["7"]),
        ("H6 Facial coverings", [], ["3"]),
        ("C8 International travel controls", [], ["8"]),
        ("M1 Other", [], None),
    ],
)
def test_the_map_for_coronanet_follows_the_crosswalk(topic: str, subtopics: list[str], codes: list[str] | None) -> None:
    rules = load_map(bundled_dir("config") / "maps" / "coronanet.toml")
    values, problems = Translator(rules).translate(
        {"id": "1", "topic": topic, "subtopics": subtopics, "source": "CoronaNet"}
    )
    assert values.get("topics") == codes
    assert values["kind"] == "policy"
    assert problems == []
