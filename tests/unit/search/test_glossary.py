"""The groups that every instance starts with, as they stand in the file."""

import pytest

from cac.languages import normalise_tag
from cac.search.analysis import asked_units
from cac.search.glossary import FIRST_GLOSSARY, LONGEST_TERM, MOST_TERMS, NewTerm, read_glossary
from cac.search.snippets import fold_text

GROUPS = list(read_glossary(FIRST_GLOSSARY))
SERVED = {
    "en", "es", "fr", "pt", "de", "it", "nl", "ro", "ru", "uk", "el", "tr", "ar", "fa", "he", "hi", "bn", "th", "vi", "id",
    "pl", "ko", "ja", "zh-Hans", "zh-Hant",
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0].text)
def test_a_group_has_a_few_different_terms_in_every_language_that_the_search_serves(group: list[NewTerm]) -> None:
    by_language: dict[str, list[str]] = {}
    for term in group:
        by_language.setdefault(term.language, []).append(fold_text(term.text))
    assert by_language.keys() >= SERVED
    for language, terms in by_language.items():
        assert len(set(terms)) == len(terms) <= MOST_TERMS, language


def test_every_term_of_the_file_can_be_looked_up() -> None:
    """As a term is that a reviewer adds: in a known language, not too long, with a word to look for."""
    for term in (term for group in GROUPS for term in group):
        words = [each.text for unit in asked_units(term.text, term.language) for each in unit.terms]
        assert any(len(word) > 1 or ord(word) > 0x2E7F for word in words), term
        assert normalise_tag(term.language) == term.language
        assert term.text == term.text.strip()
        assert len(term.text) <= LONGEST_TERM, term
