"""Deleting all rows of a practice; whether and by whom is decided in service."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cac.practices.models import Edition, Practice, PracticePlace, PracticeStep, PracticeTopic, Revision


def delete_practice(session: Session, practice: Practice) -> None:
    """Delete a practice with its steps, revisions, editions, topics and places; its reference stays given out."""
    editions = Edition.practice_id == practice.id
    of_editions = Revision.edition_id.in_(select(Edition.id).where(editions))
    statements = (
        delete(PracticeStep).where(PracticeStep.practice_id == practice.id),
        # Editions point at revisions and revisions at each other: first nothing may point at a row that goes.
        update(Edition).where(editions).values(published_revision_id=None, working_revision_id=None),
        update(Revision).where(of_editions).values(based_on_id=None),
        delete(Revision).where(of_editions),
        delete(PracticeTopic).where(PracticeTopic.practice_id == practice.id),
        delete(PracticePlace).where(PracticePlace.practice_id == practice.id),
        delete(Edition).where(editions),
        delete(Practice).where(Practice.id == practice.id),
    )
    for statement in statements:
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expunge(practice)
