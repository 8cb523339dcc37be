"""What a page that shared caches may keep says about itself: a signed token, sent back by each browser that shows the page.

A token names practice, city, language of the edition and day, with a keyed hash of them: it cannot be made up for a page that
was never shown, nor kept for later. It says nothing about the reader, who is counted by the rules of counting.
"""

import hashlib
import hmac
from datetime import date, datetime, timedelta

from cac.clock import day_in, now
from cac.serving.counting import reports_itself
from cac.serving.services import current_services
from cac.stats.spool import CountedPractice

DIGITS = 32
LONGEST_TOKEN = 120


def token_of_page(practice_id: int, city_id: int, language: str) -> str:
    """Return the token that the present page must carry; nothing for a page that the server counts itself."""
    counted = CountedPractice(practice_id, city_id, language)
    settings = current_services().settings
    if not reports_itself(counted, settings):
        return ""
    return make_token(settings.secret_key, counted, day_in(settings.timezone, now()))


def make_token(secret: str, counted: CountedPractice, day: date) -> str:
    """Return the token of a page on a day."""
    words = f"{counted.practice_id}.{counted.city_id}.{counted.language}.{day.isoformat()}"
    return f"{words}.{_signature(secret, words)}"


def read_token(secret: str, token: str, *, zone: str, at: datetime) -> CountedPractice | None:
    """Return what a token names, or None if it was not made here today or yesterday (a page kept over midnight)."""
    words, _, signature = token.rpartition(".")
    if len(token) > LONGEST_TOKEN or not hmac.compare_digest(_signature(secret, words).encode(), signature.encode()):
        return None
    practice_id, city_id, language, day = words.split(".")
    today = day_in(zone, at)
    if date.fromisoformat(day) not in (today, today - timedelta(days=1)):
        return None
    return CountedPractice(int(practice_id), int(city_id), language)


def _signature(secret: str, words: str) -> str:
    return hmac.new(secret.encode(), b"view beacon\0" + words.encode(), hashlib.sha256).hexdigest()[:DIGITS]
