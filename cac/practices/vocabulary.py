"""The controlled words of a practice: kinds, topics, places, stages, endings, licences, as codes of one versioned scheme.

Labels for readers live in web/vocabulary (they are words of the interface); codes live here and in the database.
"""

from enum import StrEnum

SCHEME = "cac"
SCHEME_VERSION = "1"


class Kind(StrEnum):
    """What sort of thing a practice is."""

    POLICY = "policy"
    PROTOCOL = "protocol"
    KNOW_HOW = "know-how"
    SERVICE = "service"
    CAMPAIGN = "campaign"
    TOOL = "tool"
    LESSON = "lesson"


class Stage(StrEnum):
    """How far the practice had come on its as-of date."""

    PLANNED = "planned"
    PILOT = "pilot"
    IN_FORCE = "in_force"
    SCALED_UP = "scaled_up"
    PAUSED = "paused"
    ENDED = "ended"
    REPLACED = "replaced"
    EVALUATED = "evaluated"


class Ending(StrEnum):
    """What is known of the end of a practice: a date, still in use, or not known."""

    ENDED = "ended"
    STILL_IN_USE = "still_in_use"
    NOT_KNOWN = "not_known"


TOPICS: tuple[str, ...] = (
    "1", "1a", "1b", "1c", "1d", "1e", "1f", "1g", "1h",
    "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12",
)  # fmt: skip

PLACES: tuple[str, ...] = (
    "public-transport", "stations-stops", "schools-childcare", "hospitals-clinics", "care-homes",
    "markets-shops", "restaurants", "offices-call-centres", "public-buildings", "worship-culture",
    "streets-parks-playgrounds", "homes-quarantine-housing", "shelters-informal-settlements", "events",
    "airports-ports-borders",
)  # fmt: skip

DEFAULT_LICENCE = "CC-BY-4.0"
LICENCES: tuple[str, ...] = (
    "CC-BY-4.0",
    "CC0-1.0",
    "CC-BY-SA-4.0",
    "OGL-UK-3.0",
    "KOGL-1",
    "MIT",
    "public-domain",
    "other",
)


def topic_family(code: str) -> str:
    """Return the main topic of a topic code: ``1b`` belongs to ``1``, ``12`` is its own."""
    return code.rstrip("abcdefgh")
