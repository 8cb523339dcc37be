"""The facts of a practice that lists and filters ask for, repeated in columns from what a revision says."""

from datetime import date

from cac.practices.content import Content
from cac.practices.models import Practice, PracticePlace, PracticeTopic
from cac.practices.vocabulary import SCHEME, SCHEME_VERSION


def copy_facts(practice: Practice, content: Content) -> None:
    """Write the kind, the day, the topics and the places that ``content`` names to the practice."""
    practice.kind = content.kind
    practice.as_of = date.fromisoformat(content.as_of) if content.as_of else None
    if content.topics != tuple(topic.code for topic in practice.topics):
        practice.topics = [
            PracticeTopic(position=position, scheme=SCHEME, scheme_version=SCHEME_VERSION, code=code)
            for position, code in enumerate(content.topics)
        ]
    if content.places != tuple(place.code for place in practice.places):
        practice.places = [
            PracticePlace(position=position, scheme=SCHEME, scheme_version=SCHEME_VERSION, code=code)
            for position, code in enumerate(content.places)
        ]
