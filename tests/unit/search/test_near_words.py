"""How near words are: letters added, left out, replaced, or swapped with their neighbour."""

import random

import pytest

from cac.search.near_words import make_vocabulary, most_differences, near_words


def near(word: str, *words: str) -> list[tuple[str, int]]:
    return [(found.word, found.differences) for found in near_words(word, make_vocabulary(dict.fromkeys(words, 1)))]


def test_differences_are_counted_by_letter_and_swapped_neighbours_once() -> None:
    assert near("subwya", "subway") == [("subway", 1)]
    assert near("subway", "subway") == [("subway", 0)]
    assert near("vemtilatoin", "ventilation", "ventilations", "violation") == [("ventilation", 2)]
    assert near("clan", "clean", "plan", "lean", "cleans") == [("clean", 1), ("plan", 1)]
    assert near("sitting", "kitten") == []
    assert near("ab", "abc") == [("abc", 1)]


def test_accents_are_one_difference_and_hangul_is_compared_by_its_letters() -> None:
    assert near("desinfeccion", "desinfección") == [("desinfección", 1)]
    assert near("지하쳘", "지하철", "지상") == [("지하철", 1)]


def test_words_of_another_script_are_not_near() -> None:
    assert near("маска", "macka") == []
    assert near("bus") == []


def damerau(one: str, other: str) -> int:
    """The whole table, cell by cell."""
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if not i or not j:
                rows[i][j] = i + j
                continue
            same = one[i - 1] == other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@pytest.mark.parametrize("seed", range(5))
def test_all_near_words_are_found_and_no_others(seed: int) -> None:
    chance = random.Random(seed)
    words = {"".join(chance.choices("abcd", k=chance.randint(1, 9))) for _ in range(300)}
    vocabulary = make_vocabulary(dict.fromkeys(words, 1))
    for _ in range(20):
        word = "".join(chance.choices("abcd", k=chance.randint(1, 9)))
        expected = {other: damerau(word, other) for other in words}
        most = most_differences(len(word))
        found = {each.word: each.differences for each in near_words(word, vocabulary)}
        assert found == {other: count for other, count in expected.items() if count <= most}
