"""Writes checked records into the database: new practices in batches, changed ones through practices/service.

The batches are the one place outside practices/service that makes practices. They keep what it keeps: a reference of the
year, one original edition with revision 1 as the working one, facts copied to the practice, and when published the
published revision, dates, ``public_version`` 1 and a step "load". A test compares the rows of both ways.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cac.cities.models import City
from cac.exchange.records import Record
from cac.practices import service
from cac.practices.content import Content
from cac.practices.models import (
    Edition,
    Practice,
    PracticePlace,
    PracticeStep,
    PracticeTopic,
    Revision,
    TranslationMethod,
)
from cac.practices.permissions import THE_PROGRAM
from cac.practices.references import next_references
from cac.practices.vocabulary import SCHEME, SCHEME_VERSION
from cac.practices.workflow import Status, Step, can_take

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Draft:
    """A checked line on its way to the database; contents have the shape of practices/content."""

    external_id: str
    digest: str
    city: str
    today: str
    language: str
    content: dict[str, Any]
    translations: list[dict[str, Any]]
    practice_id: int | None = None

    @classmethod
    def of(cls, record: Record, *, digest: str, city: str, today: date, practice_id: int | None) -> Self:
        """Return the draft of a record for a new practice, or for a new revision of the one with ``practice_id``."""
        translations = [
            {"language": one.language, "method": one.method.value, "content": one.content.to_json()}
            for one in record.translations
        ]
        texts = record.content.to_json()
        return cls(
            record.external_id, digest, city, today.isoformat(), record.language, texts, translations, practice_id
        )

    def to_line(self) -> str:
        """Return the draft as one line of JSON, for keeping it outside memory."""
        return json.dumps(self.__dict__) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Return the draft of such a line."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Writer:
    """Writes drafts of one source in one transaction of the caller; ``prefix`` is that of references."""

    session: Session
    source: str
    prefix: str
    publish: bool
    review_after_days: int
    at: datetime
    cities: Mapping[str, int]

    def create(self, drafts: list[Draft]) -> None:
        """Add a practice for each draft, with a handful of statements for all of them."""
        if not drafts:
            return
        references = next_references(self.session, self.prefix, self.at.year, len(drafts))
        rows = [self._practice_row(draft, reference) for draft, reference in zip(drafts, references, strict=True)]
        ids = self._insert(Practice, rows)
        originals = self._add_editions(
            [
                {"practice_id": practice_id, "language": draft.language, "is_original": True, "content": draft.content}
                for practice_id, draft in zip(ids, drafts, strict=True)
            ]
        )
        self._add_editions(
            [
                {
                    "practice_id": practice_id,
                    "language": translation["language"],
                    "is_original": False,
                    "method": translation["method"],
                    "content": translation["content"],
                    "based_on_id": original,
                }
                for practice_id, original, draft in zip(ids, originals, drafts, strict=True)
                for translation in draft.translations
            ]
        )
        self._add_codes(PracticeTopic, "topics", ids, drafts)
        self._add_codes(PracticePlace, "places", ids, drafts)
        if self.publish:
            self._add_steps(ids, originals)

    def change(self, draft: Draft) -> None:
        """Save a new revision of the practice that the draft's line made before, as its author would."""
        practice = self.session.get_one(Practice, draft.practice_id)
        if practice.city_id != self.cities[draft.city]:
            practice.city = self.session.get_one(City, self.cities[draft.city])
        working = practice.original.working_revision
        service.save(
            self.session,
            practice,
            actor=THE_PROGRAM,
            content=Content.from_json(draft.content),
            based_on=working.number if working else 0,
            at=self.at,
        )
        for translation in draft.translations:
            service.add_translation(
                self.session,
                practice,
                actor=THE_PROGRAM,
                language=translation["language"],
                method=TranslationMethod(translation["method"]),
                content=Content.from_json(translation["content"]),
                at=self.at,
            )
        practice.external_digest = draft.digest
        if self.publish and can_take(practice.status, Step.LOAD):
            service.publish(
                self.session, practice, actor=THE_PROGRAM, at=self.at, review_after_days=self.review_after_days
            )
        self.session.flush()

    def stamp(self, moment: datetime) -> None:
        """Date what was published to ``moment``, the end of the import, so that who follows changes by time sees it."""
        mine = (Practice.external_source == self.source, Practice.public_changed_at == self.at)
        stamped = update(Practice).where(*mine).values(public_changed_at=moment)
        self.session.execute(stamped, execution_options={"synchronize_session": False})

    def _practice_row(self, draft: Draft, reference: str) -> dict[str, Any]:
        as_of = draft.content.get("as_of")
        review_by = date.fromisoformat(draft.today) + timedelta(days=self.review_after_days)
        return {
            "reference": reference,
            "city_id": self.cities[draft.city],
            "original_language": draft.language,
            "kind": draft.content.get("kind"),
            "status": Status.PUBLISHED.value if self.publish else Status.DRAFT.value,
            "created_at": self.at,
            "changed_at": self.at,
            "published_at": self.at if self.publish else None,
            "as_of": date.fromisoformat(as_of) if as_of else None,
            "review_by": review_by if self.publish else None,
            "public_version": 1 if self.publish else 0,
            "public_changed_at": self.at if self.publish else None,
            "external_source": self.source,
            "external_id": draft.external_id,
            "external_digest": draft.digest,
            "row_version": 1,
        }

    def _add_editions(self, editions: Rows) -> list[int]:
        """Add editions with their first revisions and return the ids of the revisions."""
        if not editions:
            return []
        columns = ("practice_id", "language", "is_original", "method")
        ids = self._insert(Edition, [{column: edition.get(column) for column in columns} for edition in editions])
        revisions = self._insert(
            Revision,
            [
                {
                    "edition_id": edition_id,
                    "number": 1,
                    "saved_at": self.at,
                    "content": edition["content"],
                    "based_on_id": edition.get("based_on_id"),
                }
                for edition_id, edition in zip(ids, editions, strict=True)
            ],
        )
        self.session.execute(
            update(Edition),
            [
                {
                    "id": edition,
                    "working_revision_id": revision,
                    "published_revision_id": revision if self.publish else None,
                }
                for edition, revision in zip(ids, revisions, strict=True)
            ],
        )
        return revisions

    def _add_codes(
        self, model: type[PracticeTopic | PracticePlace], key: str, ids: list[int], drafts: list[Draft]
    ) -> None:
        rows = [
            {"practice_id": id_, "position": position, "scheme": SCHEME, "scheme_version": SCHEME_VERSION, "code": code}
            for id_, draft in zip(ids, drafts, strict=True)
            for position, code in enumerate(draft.content.get(key, ()))
        ]
        if rows:
            self.session.execute(insert(model), rows)

    def _add_steps(self, ids: list[int], revisions: Iterable[int]) -> None:
        rows = [
            {"practice_id": practice_id, "revision_id": revision, "step": Step.LOAD.value, "taken_at": self.at}
            for practice_id, revision in zip(ids, revisions, strict=True)
        ]
        self.session.execute(insert(PracticeStep), rows)

    def _insert(self, model: type[Practice | Edition | Revision], rows: Rows) -> list[int]:
        statement = insert(model).returning(model.id, sort_by_parameter_order=True)
        return list(self.session.scalars(statement, rows))


def map_city_ids(session: Session) -> dict[str, int]:
    """Return the ids of all members by slug."""
    return {row.slug: row.id for row in session.execute(select(City.slug, City.id))}
