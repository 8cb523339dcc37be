"""The checks of a revision's fields: what is cleaned, what is refused and under which message key.

Problems are named by field (``title``, ``sources.0.url``). Keys: missing, too_long, too_many_words, too_many, unknown,
unknown_field, wrong_type, not_a_date, not_a_day, in_the_future, before_start, not_ended,
not_a_link, not_for_translations.
Nothing here is required of a draft, and its title, summary and topics may be more than readers get: what is asked before
review is in problems_for_review.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from cac.errors import InvalidError
from cac.practices.content import FIELDS, TEXT_FIELDS, Content, Source, missing_for_review
from cac.practices.partial_dates import first_day, is_day, is_partial_date, last_day
from cac.practices.vocabulary import DEFAULT_LICENCE, LICENCES, PLACES, TOPICS, Ending
from cac.text import clean_line, plain_text, sanitise

TITLE_WORDS = 20
TITLE_LENGTH = 200
UNSPACED_TITLE_LENGTH = 60
SUMMARY_LENGTH = 600
# What a draft may hold until it is sent, so that no words are lost on saving.
DRAFT_TITLE_LENGTH = 500
DRAFT_SUMMARY_LENGTH = 5_000
OFFICE_LENGTH = 200
RICH_TEXT_LENGTH = 50_000
RICH_TEXT_HTML_LENGTH = 400_000
MOST_TOPICS = 3
MOST_PLACES = 5
MOST_SOURCES = 20
SOURCE_URL_LENGTH = 2_000
SOURCE_TEXT_LENGTH = 300

# Scripts that put no space between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def parse_original(values: Mapping[str, Any], *, today: date) -> Content:
    """Return the cleaned content of an original from ``values`` in the shape of its JSON; raises InvalidError."""
    return check_original(Content.from_json(values), today=today)


def parse_translation(values: Mapping[str, Any]) -> Content:
    """Return the cleaned content of a translation from ``values`` in the shape of its JSON; raises InvalidError."""
    return check_translation(Content.from_json(values))


def check_original(content: Content, *, today: date) -> Content:
    """Return ``content`` as readers may get it, cleaned, with a licence; raises InvalidError with every problem at once.

    ``today`` is the day in the city, after which nothing can be true yet.
    """
    cleaned = _clean(content)
    return _accepted(cleaned, too_much_for_review(cleaned) | _problems_of_draft(cleaned, today))


def check_draft(content: Content, *, today: date) -> Content:
    """Return ``content`` as it can be kept while it is written: like check_original, but see too_much_for_review."""
    cleaned = _clean(content)
    return _accepted(cleaned, _problems_of_draft(cleaned, today))


def problems_for_review(content: Content) -> dict[str, str]:
    """Return what keeps a draft from review: required fields that are empty, and those that hold too much."""
    return missing_for_review(content) | too_much_for_review(content)


def too_much_for_review(content: Content) -> dict[str, str]:
    """Return the fields that must be shortened before readers get them, though a draft may keep them: title, summary, topics."""
    problems = {}
    if problem := _problem_of_title(content.title):
        problems["title"] = problem
    if len(content.summary) > SUMMARY_LENGTH:
        problems["summary"] = "too_long"
    if len(content.topics) > MOST_TOPICS:
        problems["topics"] = "too_many"
    return problems


def check_translation(content: Content) -> Content:
    """Return ``content`` cleaned and sanitised; raises InvalidError, also for facts: they belong to the original."""
    cleaned = _clean(content)
    problems = too_much_for_review(cleaned) | _problems_of_texts(cleaned)
    problems |= {name: "not_for_translations" for name in FIELDS if name not in TEXT_FIELDS and getattr(cleaned, name)}
    if problems:
        raise InvalidError(problems)
    return cleaned


def _accepted(cleaned: Content, problems: dict[str, str]) -> Content:
    if problems:
        raise InvalidError(problems)
    return replace(cleaned, licence=cleaned.licence or DEFAULT_LICENCE)


def _problems_of_draft(content: Content, today: date) -> dict[str, str]:
    problems = _problems_of_texts(content) | _problems_of_codes(content)
    return problems | _problems_of_dates(content, today) | _problems_of_sources(content)


def _clean(content: Content) -> Content:
    says_when_it_ended = content.ending is None and content.ended_on.strip()
    return replace(
        content,
        ending=Ending.ENDED if says_when_it_ended else content.ending,
        title=clean_line(content.title),
        summary=clean_line(content.summary),
        office=clean_line(content.office),
        why=_clean_rich_text(content.why),
        how=_clean_rich_text(content.how),
        started_on=content.started_on.strip(),
        ended_on=content.ended_on.strip(),
        as_of=content.as_of.strip(),
        licence=content.licence.strip(),
        topics=tuple(dict.fromkeys(content.topics)),
        places=tuple(dict.fromkeys(content.places)),
        sources=tuple(source for source in map(_clean_source, content.sources) if source != Source()),
    )


def _clean_rich_text(html: str) -> str:
    if len(html) > RICH_TEXT_HTML_LENGTH:
        return html[: RICH_TEXT_HTML_LENGTH + 1]
    clean = sanitise(html)
    return clean if plain_text(clean) else ""


def _clean_source(source: Source) -> Source:
    return Source(
        clean_line(source.url), clean_line(source.title), clean_line(source.publisher), clean_line(source.date)
    )


def _problems_of_texts(content: Content) -> dict[str, str]:
    problems = {}
    limits = (("title", DRAFT_TITLE_LENGTH), ("summary", DRAFT_SUMMARY_LENGTH), ("office", OFFICE_LENGTH))
    for name, limit in limits:
        if len(getattr(content, name)) > limit:
            problems[name] = "too_long"
    for name in ("why", "how"):
        html = getattr(content, name)
        if len(html) > RICH_TEXT_HTML_LENGTH or len(plain_text(html)) > RICH_TEXT_LENGTH:
            problems[name] = "too_long"
    return problems


def _problem_of_title(title: str) -> str | None:
    """Twenty words, 200 characters; 60 characters where more than half are of a script without spaces (three a word)."""
    if len(title) > TITLE_LENGTH:
        return "too_long"
    if is_unspaced(title):
        return "too_many_words" if len(title) > UNSPACED_TITLE_LENGTH else None
    return "too_many_words" if len(title.split()) > TITLE_WORDS else None


def is_unspaced(text: str) -> bool:
    """Whether more than half of ``text`` is of a script that puts no space between words."""
    return len(_UNSPACED.findall(text)) * 2 > len(text)


def _problems_of_codes(content: Content) -> dict[str, str]:
    problems = {}
    for name, known in (("topics", TOPICS), ("places", PLACES)):
        if not set(getattr(content, name)) <= set(known):
            problems[name] = "unknown"
    if len(content.places) > MOST_PLACES:
        problems.setdefault("places", "too_many")
    if content.licence and content.licence not in LICENCES:
        problems["licence"] = "unknown"
    return problems


def _problems_of_dates(content: Content, today: date) -> dict[str, str]:
    problems = {
        name: "not_a_date"
        for name in ("started_on", "ended_on")
        if getattr(content, name) and not is_partial_date(getattr(content, name))
    }
    if content.as_of and not is_day(content.as_of):
        problems["as_of"] = "not_a_day"
    elif content.as_of and first_day(content.as_of) > today:
        problems["as_of"] = "in_the_future"
    if content.ended_on and content.ending is not Ending.ENDED:
        problems.setdefault("ended_on", "not_ended")
    both_known = content.started_on and content.ended_on and not {"started_on", "ended_on"} & problems.keys()
    if both_known and last_day(content.ended_on) < first_day(content.started_on):
        problems["ended_on"] = "before_start"
    return problems


def _problems_of_sources(content: Content) -> dict[str, str]:
    if len(content.sources) > MOST_SOURCES:
        return {"sources": "too_many"}
    problems = {}
    for number, source in enumerate(content.sources):
        for name, problem in _problems_of_source(source).items():
            problems[f"sources.{number}.{name}"] = problem
    return problems


def _problems_of_source(source: Source) -> dict[str, str]:
    problems = {}
    if not source.url:
        problems["url"] = "missing"
    elif len(source.url) > SOURCE_URL_LENGTH:
        problems["url"] = "too_long"
    elif not _is_link(source.url):
        problems["url"] = "not_a_link"
    for name in ("title", "publisher"):
        if len(getattr(source, name)) > SOURCE_TEXT_LENGTH:
            problems[name] = "too_long"
    if source.date and not is_partial_date(source.date):
        problems["date"] = "not_a_date"
    return problems


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username and " " not in url
