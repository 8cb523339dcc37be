"""What one line of an import file says. This is the format; other formats are brought into it by a map (mapping).

One JSON object a line, UTF-8, the file plain or compressed by gzip. Keys that are unknown or null may be left out.

==============  =====================================================================================================
external_id     text or number, required: what the line is called at its source; a second import finds it again by this
language        required: language of the texts, BCP 47 (``ko``, ``pt-BR``, ``zh-Hant``)
city            name of the member city in any language, or its slug; required unless a map names a body
country         ISO 3166-1 alpha-2 (``KR``): tells two cities of one name apart
office          the office that did it
kind            policy, protocol, know-how, service, campaign, tool, lesson
title           20 words, 200 characters at most; made from the first sentence of ``text`` if there is none
summary         600 characters at most; made from the first sentences of ``text`` if there is none
why, text       problem and setting; how it was done, step by step: Markdown (headings, lists, emphasis, links, tables)
topics          codes of topics, three at most (``["1b", "3"]``)
places          codes of places, five at most (``["public-transport"]``)
stage           planned, pilot, in_force, scaled_up, paused, ended, replaced, evaluated
started_on      ``2020``, ``2020-03`` or ``2020-03-24``
ended_on        the same; or ``still_in_use``: true. With neither, the end is not known
as_of           ``2020-04-09``: the day on which this was true
licence         CC-BY-4.0 (the default), CC0-1.0, CC-BY-SA-4.0, OGL-UK-3.0, KOGL-1, MIT, public-domain, other
sources         list of addresses, or of objects ``{"url", "title", "publisher", "date"}``
translations    list of ``{"language", "method", "title", "summary", "office", "why", "text"}``;
                method: human, machine, machine_checked
latitude, longitude, timezone   of a city that is not a member yet (``--create-cities``); not a part of the practice
==============  =====================================================================================================
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from html import escape
from typing import Any

from cac.errors import InvalidError
from cac.exchange.titles import make_summary, make_title
from cac.exchange.words import THEIR_NAMES, describe_problems
from cac.languages import normalise_tag
from cac.practices.checks import check_original, check_translation
from cac.practices.content import Content, Source
from cac.practices.models import TranslationMethod
from cac.practices.vocabulary import Ending
from cac.text import clean_line, clean_text, plain_text, render_markdown, sanitise

CITY_FACTS = frozenset({"latitude", "longitude", "timezone"})
FIELDS = frozenset({
    "external_id", "language", "city", "country", "office", "kind", "title", "summary", "why", "text", "topics", "places",
    "stage", "started_on", "ended_on", "still_in_use", "as_of", "licence", "sources", "translations",
}) | CITY_FACTS  # fmt: skip
TRANSLATED = frozenset({"language", "method", "title", "summary", "office", "why", "text"})
STRAIGHT = (
    "title",
    "summary",
    "office",
    "kind",
    "topics",
    "places",
    "stage",
    "started_on",
    "ended_on",
    "as_of",
    "licence",
)
MARKUP = re.compile(r"[*_#`|<>&\\\[\]]|^\s*(?:[-+=]|\d+[.)]\s)|\w://|@", re.MULTILINE)


class TextForm(StrEnum):
    """How the long texts of a file are written."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    HTML = "html"


class RecordError(Exception):
    """A line that cannot be taken; ``problems`` are words that begin with the field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Translation:
    """A checked translation of a record."""

    language: str
    method: TranslationMethod
    content: Content


@dataclass(frozen=True)
class Record:
    """A checked line. ``left_out`` counts wrong values that the map allows to leave out."""

    external_id: str
    language: str
    content: Content
    translations: tuple[Translation, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Rules:
    """How strictly a line is read: the form of its texts, what may be left out when wrong, and whether it is published."""

    text_form: TextForm = TextForm.MARKDOWN
    left_out_if_wrong: frozenset[str] = field(default_factory=frozenset)
    needs_text: bool = False


def digest_of(values: Mapping[str, Any]) -> str:
    """Return a hash over what a line says after mapping, without what is only said of a new city and what is empty."""
    kept = {key: value for key, value in values.items() if key not in CITY_FACTS and value not in (None, "", [])}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def id_of(values: Mapping[str, Any]) -> str:
    """Return the external id of a line as text; raises RecordError if it has none that can be kept."""
    value = values.get("external_id")
    text = clean_line(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > 200:
        raise RecordError(["external_id: missing" if not text else "external_id: longer than 200 characters"])
    return text


def read_record(values: Mapping[str, Any], rules: Rules, *, today: date) -> Record:
    """Return the checked record of a mapped line; ``today`` is the day in its city. Raises RecordError with every problem."""
    problems = [f"{key}: there is no such field" for key in values if key not in FIELDS]
    language = _language(values.get("language"), problems)
    content, left_out = _content(values, rules, today, problems)
    if not problems and (not content.title or (rules.needs_text and not content.how)):
        problems.append(f"{'text' if content.title else 'title'}: missing")
    translations: tuple[Translation, ...] = ()
    try:
        translations = _translations(values.get("translations"), language, rules)
    except RecordError as error:
        problems += error.problems
    if problems:
        raise RecordError(list(dict.fromkeys(problems)))
    return Record(id_of(values), language, content, translations, left_out)


def _content(values: Mapping[str, Any], rules: Rules, today: date, problems: list[str]) -> tuple[Content, int]:
    """Return the checked content and how much was left out; what is wrong is noted, and the rest is looked at without it."""
    try:
        return _checked(_draft(values, rules, problems), values.get("text"), rules, today)
    except InvalidError as error:
        problems += describe_problems(error.problems, values)
        wrong = {THEIR_NAMES.get(name.partition(".")[0], name.partition(".")[0]) for name in error.problems}
        rest = {key: value for key, value in values.items() if key not in wrong}
        if len(rest) < len(values):
            _content(rest, rules, today, problems)
        return Content(), 0


def _draft(values: Mapping[str, Any], rules: Rules, problems: list[str]) -> Content:
    straight = {key: values[key] for key in STRAIGHT if values.get(key) not in (None, "", [])}
    sources = _sources(values.get("sources"), problems)
    texts = {key: _rich(values.get(key), rules.text_form, key, problems) for key in ("why", "text")}
    drafted = Content.from_json({
        **straight, "ending": _ending(values, problems), "sources": sources, "why": texts["why"], "how": texts["text"],
    })  # fmt: skip
    return _with_title(drafted, values.get("text"), rules.text_form)


def _with_title(content: Content, text: object, form: TextForm) -> Content:
    """Return the content with a title and a summary made from its text where it has none."""
    if content.title and content.summary:
        return content
    plain = clean_text(text) if form is TextForm.PLAIN and isinstance(text, str) else plain_text(content.how)
    summary = content.summary or make_summary(plain)
    return replace(content, title=content.title or make_title(plain or summary), summary=summary)


def _checked(content: Content, text: object, rules: Rules, today: date) -> tuple[Content, int]:
    try:
        return check_original(content, today=today), 0
    except InvalidError as error:
        fields = {problem.partition(".")[0] for problem in error.problems}
        if not fields <= rules.left_out_if_wrong:
            raise
        rest = _with_title(_without(content, fields), text, rules.text_form)
        return check_original(rest, today=today), len(fields)


def _without(content: Content, fields: set[str]) -> Content:
    emptied = replace(content, **{name: type(getattr(content, name))() for name in fields})
    if "ended_on" in fields and content.ending is Ending.ENDED:
        return replace(emptied, ending=Ending.NOT_KNOWN)
    return emptied


def _language(value: object, problems: list[str]) -> str:
    tag = normalise_tag(value) if isinstance(value, str) else None
    if tag is None:
        problems.append(f"language: {value!r} is no known language" if value else "language: missing")
    return tag or ""


def _ending(values: Mapping[str, Any], problems: list[str]) -> str:
    still = values.get("still_in_use")
    if still not in (None, True, False):
        problems.append(f"still_in_use: true or false, not {still!r}")
    if still is True and values.get("ended_on"):
        problems.append("still_in_use: true, but ended_on is given")
    if still is True:
        return Ending.STILL_IN_USE
    return Ending.ENDED if still is False or values.get("ended_on") else Ending.NOT_KNOWN


def _sources(value: object, problems: list[str]) -> list[Source]:
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        problems.append("sources: not a list")
        return []
    return [source for item in value if (source := _source(item, problems)) is not None]


def _source(value: object, problems: list[str]) -> Source | None:
    if isinstance(value, str):
        return Source(url=value)
    if not isinstance(value, dict):
        problems.append("sources: neither an address nor an object with url, title, publisher and date")
        return None
    given = {key: text for key, text in value.items() if text is not None}
    if unknown := sorted(set(given) - {"url", "title", "publisher", "date"}):
        problems.append(f"sources: there is no field {unknown[0]!r} in a source")
    elif not all(isinstance(text, str) for text in given.values()):
        problems.append("sources: url, title, publisher and date are texts")
    else:
        return Source(**given)
    return None


def _translations(value: object, original: str, rules: Rules) -> tuple[Translation, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RecordError(["translations: not a list of objects"])
    translations = [_translation(item, f"translations[{number}]", rules) for number, item in enumerate(value)]
    languages = [original, *(translation.language for translation in translations)]
    if len(set(languages)) < len(languages):
        raise RecordError(["translations: one language twice"])
    return tuple(translations)


def _translation(values: dict[str, Any], name: str, rules: Rules) -> Translation:
    problems = [f"{key}: there is no such field in a translation" for key in values if key not in TRANSLATED]
    language = _language(values.get("language"), problems)
    method = values.get("method") or TranslationMethod.HUMAN
    if method not in set(TranslationMethod):
        problems.append(f"method: {method!r} is none of {', '.join(TranslationMethod)}")
    texts = {key: values[key] for key in ("title", "summary", "office") if values.get(key)}
    rich = {key: _rich(values.get(key), rules.text_form, key, problems) for key in ("why", "text")}
    try:
        drafted = Content.from_json({**texts, "why": rich["why"], "how": rich["text"]})
        content = check_translation(_with_title(drafted, values.get("text"), rules.text_form))
    except InvalidError as error:
        problems += describe_problems(error.problems, values)
    if not problems and not content.title:
        problems.append("title: missing")
    if problems:
        raise RecordError([f"{name}.{problem}" for problem in problems])
    return Translation(language, TranslationMethod(method), content)


def _rich(value: object, form: TextForm, key: str, problems: list[str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(f"{key}: not a text")
        return ""
    if form is TextForm.HTML:
        return sanitise(value)
    # Most texts of most sources hold no markup at all: they are spared the parser.
    if form is TextForm.PLAIN or not MARKUP.search(value):
        return _paragraphs(value)
    return render_markdown(value)


def _paragraphs(text: str) -> str:
    blocks = re.split(r"\n\s*\n", clean_text(text).strip())
    lines = ("<br>\n".join(escape(line.strip(), quote=False) for line in block.splitlines()) for block in blocks)
    return "\n".join(f"<p>{block}</p>" for block in lines if block)
