"""The glossary as people edit it: groups of terms that mean the same, in any language.

What a group does to a search is said in search/synonyms. Who may edit is the pages' to check: reviewers and operators.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, joinedload

from cac.accounts.models import Person
from cac.errors import InvalidError, NotFoundError
from cac.languages import normalise_tag
from cac.search.analysis import asked_units
from cac.search.models import GlossaryGroup, GlossaryTerm
from cac.search.snippets import fold_text
from cac.text import clean_line

FIRST_GLOSSARY = Path(__file__).with_name("glossary.csv")
LONGEST_TERM = 80
# A larger number than any group has, and the largest that a column can be compared with.
LARGEST_ID = 2**31 - 1
MOST_TERMS = 12
"""How many terms a group may have in one language: each is looked up in every search that meets the group."""


@dataclass(frozen=True)
class NewTerm:
    """A term as somebody typed it, and the tag of its language."""

    language: str
    text: str


def add_group(session: Session, terms: Sequence[NewTerm], *, actor: Person | None, at: datetime) -> GlossaryGroup:
    """Add a group of at least two terms; InvalidError names ``terms`` or the field of the first term that is wrong."""
    kept = {(term.language, fold_text(term.text)): term for term in map(_checked, terms)}
    if len(kept) < 2:
        raise InvalidError({"terms": "too_few"})
    group = GlossaryGroup(created_at=at, changed_at=at, created_by_id=_id(actor), changed_by_id=_id(actor))
    group.terms = [_row(term, actor, at) for term in kept.values()]
    session.add(group)
    session.flush()
    return group


def add_term(session: Session, group: GlossaryGroup, term: NewTerm, *, actor: Person, at: datetime) -> None:
    """Add a term to a group; InvalidError if it says nothing, is there already or is one too many."""
    row = _row(_checked(term), actor, at)
    own = [other for other in group.terms if other.language == row.language]
    if any(other.folded == row.folded for other in own):
        raise InvalidError({"text": "taken"})
    if len(own) >= MOST_TERMS:
        raise InvalidError({"text": "too_many"})
    group.terms.append(row)
    _touch(group, actor, at)
    session.flush()


def bring_together(session: Session, one: NewTerm, other: NewTerm, *, actor: Person, at: datetime) -> GlossaryGroup:
    """Say that two terms mean the same: in a new group, or in the one that has either of them already.

    InvalidError names ``text`` or ``language`` for the first, ``other_text`` or ``other_language`` for the second.
    """
    first = _checked(one)
    try:
        second = _checked(other)
    except InvalidError as error:
        raise InvalidError({f"other_{field}": problem for field, problem in error.problems.items()}) from error
    for known, new in ((second, first), (first, second)):
        group = _find_group(session, known)
        if group is not None:
            add_term(session, group, new, actor=actor, at=at)
            return group
    return add_group(session, (first, second), actor=actor, at=at)


def _find_group(session: Session, term: NewTerm) -> GlossaryGroup | None:
    same = (GlossaryTerm.language == term.language, GlossaryTerm.folded == fold_text(term.text))
    statement = select(GlossaryGroup).where(GlossaryGroup.id.in_(select(GlossaryTerm.group_id).where(*same)))
    return session.scalars(statement.order_by(GlossaryGroup.id).limit(1)).first()


def remove_term(session: Session, group: GlossaryGroup, term_id: int, *, actor: Person, at: datetime) -> None:
    """Take a term out of its group, and the group away with its last term but one; NotFoundError if it is not there."""
    term = next((each for each in group.terms if each.id == term_id), None)
    if term is None:
        raise NotFoundError(str(term_id))
    if len(group.terms) <= 2:
        session.delete(group)
    else:
        group.terms.remove(term)
        _touch(group, actor, at)
    session.flush()


def get_group(session: Session, group_id: int) -> GlossaryGroup:
    """Return a group with its terms; NotFoundError."""
    statement = select(GlossaryGroup).where(GlossaryGroup.id == min(group_id, LARGEST_ID))
    group = session.scalars(statement.options(joinedload(GlossaryGroup.changed_by))).one_or_none()
    if group is None:
        raise NotFoundError(str(group_id))
    return group


def list_groups(
    session: Session, *, holding: str = "", page: int = 1, per_page: int = 50
) -> tuple[list[GlossaryGroup], int]:
    """Return one page of the groups, the one changed last first, and how many there are; ``holding`` part of a term."""
    statement = select(GlossaryGroup)
    if holding.strip():
        part = GlossaryTerm.folded.contains(fold_text(clean_line(holding)), autoescape=True)
        statement = statement.where(GlossaryGroup.id.in_(select(GlossaryTerm.group_id).where(part)))
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    ordered = statement.order_by(GlossaryGroup.changed_at.desc(), GlossaryGroup.id)
    shown = ordered.offset((page - 1) * per_page).limit(per_page).options(joinedload(GlossaryGroup.changed_by))
    return list(session.scalars(shown)), total


def terms_by_language(group: GlossaryGroup, reader_language: str) -> dict[str, list[GlossaryTerm]]:
    """Return the terms of a group by language: the reader's language and English before the others, by their tags."""
    order = {reader_language: 0, "en": 1}
    found: dict[str, list[GlossaryTerm]] = {}
    for term in sorted(group.terms, key=lambda term: (order.get(term.language, 2), term.language, term.id)):
        found.setdefault(term.language, []).append(term)
    return found


def first_terms(group: GlossaryGroup, reader_language: str) -> list[GlossaryTerm]:
    """Return the first term of each language, the reader's language and English before the others."""
    return [terms[0] for terms in terms_by_language(group, reader_language).values()]


def load_first_glossary(session: Session, *, at: datetime) -> int:
    """Put the groups that every instance starts with into an empty glossary; returns how many were put in."""
    if session.scalar(select(func.count(GlossaryGroup.id))):
        return 0
    first = list(read_glossary(FIRST_GLOSSARY))
    groups = [GlossaryGroup(created_at=at, changed_at=at) for _ in first]
    session.add_all(groups)
    session.flush()
    # Thousands of terms: as plain rows they take a tenth of the time that as many objects would.
    rows = [
        {
            "group_id": group.id,
            "language": term.language,
            "text": term.text,
            "folded": fold_text(term.text),
            "added_at": at,
        }
        for group, terms in zip(groups, first, strict=True)
        for term in terms
    ]
    session.execute(insert(GlossaryTerm), rows)
    session.expire_all()
    return len(groups)


def read_glossary(path: Path) -> Iterator[list[NewTerm]]:
    """Yield the groups of a CSV file: a column a language, terms parted by |, lines that begin with # are comments."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(line for line in stream if not line.startswith("#")):
            yield [NewTerm(tag, text) for tag, cell in row.items() for text in cell.split("|") if text]


def _checked(term: NewTerm) -> NewTerm:
    language, text = normalise_tag(term.language), clean_line(term.text)
    problems = {} if language else {"language": "unknown"}
    if not text:
        problems["text"] = "missing"
    elif len(text) > LONGEST_TERM:
        problems["text"] = "too_long"
    elif not _says_something(text, language or "en"):
        problems["text"] = "no_word"
    if problems or language is None:
        raise InvalidError(problems)
    return NewTerm(language, text)


def _says_something(text: str, language: str) -> bool:
    """Whether a term has a word to look for; a single letter or digit would match far too much."""
    found = [term.text for unit in asked_units(text, language) for term in unit.terms]
    return bool(found) and any(len(term) > 1 or ord(term) > 0x2E7F for term in found)


def _row(term: NewTerm, actor: Person | None, at: datetime) -> GlossaryTerm:
    folded = fold_text(term.text)
    return GlossaryTerm(language=term.language, text=term.text, folded=folded, added_at=at, added_by_id=_id(actor))


def _touch(group: GlossaryGroup, actor: Person, at: datetime) -> None:
    group.changed_at, group.changed_by_id = at, actor.id


def _id(actor: Person | None) -> int | None:
    return actor.id if actor is not None else None


def list_terms(session: Session) -> Iterable[tuple[int, str, str]]:
    """Return (group, language, text) of every term, in the order in which they were added."""
    statement = select(GlossaryTerm.group_id, GlossaryTerm.language, GlossaryTerm.text).order_by(GlossaryTerm.id)
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def glossary_state(session: Session) -> tuple[object, ...]:
    """Return what changes with every change of the glossary; one statement over an index."""
    newest = func.max(GlossaryGroup.changed_at)
    row = session.execute(select(func.count(), newest, func.max(GlossaryGroup.id)).select_from(GlossaryGroup)).one()
    return tuple(row)
