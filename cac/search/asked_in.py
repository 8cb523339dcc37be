"""The language that words which found little are most likely in, whatever the interface was: for those who read the list."""

from sqlalchemy.orm import Session

from cac.search.guess import certain_language
from cac.search.index import BrokenIndexError
from cac.search.plan import make_plan
from cac.search.query import parse
from cac.search.reader import IndexReader
from cac.search.snippets import fold_text
from cac.search.unknown import shares_of_words

# What a term of the glossary says: as much as a word in this share of the documents of its language.
_IN_GLOSSARY = 0.05


def guess_language(session: Session, index: IndexReader, words: str) -> str:
    """Return the base language that ``words`` are in by their script, letters, and the words of practices and glossary.

    Empty where these leave it open, such as for a Latin word that neither practices nor glossary have.
    """
    snapshot, query = index.snapshot(), parse(words)
    shares: dict[str, dict[str, float]] = {word: {} for word in query.words}
    if snapshot is not None:
        try:
            found = shares_of_words(snapshot, make_plan(query, snapshot.bases))
        except BrokenIndexError as error:
            index.give_up(error)
            found = {}
        shares = {word: dict(zip(snapshot.bases, each, strict=True)) for word, each in found.items()} or shares
    folded = fold_text(query.wanted)
    for meaning in index.glossary.synonyms(session, query.wanted, "", {}).meanings:
        for base, texts in meaning.texts.items():
            terms = [fold_text(text) for text in texts]
            for word in shares:
                if any(fold_text(word) in term.split() and term in folded for term in terms):
                    shares[word][base] = max(shares[word].get(base, 0.0), _IN_GLOSSARY)
    return certain_language(query.wanted, shares)
