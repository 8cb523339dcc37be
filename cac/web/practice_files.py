"""A practice as a file to take away: Markdown with the facts, where it comes from, under which licence, and the whole text.

Says what the page says, in the language of the interface, for a reader who has only the file. Markdown, because it reads as
plain text, opens in any editor and goes into a city's own documents with its headings and tables.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from flask import get_template_attribute, url_for
from flask_babel import gettext
from markupsafe import escape

from cac import markdown
from cac.practices.content import Source
from cac.serving.locale import current_locale
from cac.serving.services import current_services
from cac.web import vocabulary
from cac.web.addresses import absolute_url
from cac.web.presenting import country, day, language, partial_date
from cac.web.showing import Section, ShownPractice

APART = " · "
"""Between words of which some have commas of their own."""
HEADING = re.compile(r"^(?=#{2,3} )", re.MULTILINE)


def write_practice(shown: ShownPractice, *, is_overdue: bool) -> str:
    """Return the Markdown (CommonMark with tables) of a published edition; ends with a newline."""
    parts = [
        # The last number signs of a heading are taken for its end.
        f"# {re.sub(r'(?=#+$)', lambda _: chr(92), _plain(shown.text.title), count=1)}",
        *(
            markdown.write(f"<blockquote><p>{note}</p></blockquote>")
            for note in _notes(shown, is_overdue=is_overdue)
            if note
        ),
        _plain(shown.text.summary),
        "\n".join(f"- {label}: {words}" for label, words in _facts(shown) if words),
        *_section(shown, gettext("Why it was done"), shown.why),
        *_section(shown, gettext("How it was done"), shown.how),
        *_sources(shown),
        f"## {gettext('Cite and reuse')}",
        _citation(shown),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _notes(shown: ShownPractice, *, is_overdue: bool) -> Iterator[str]:
    """What is honest to say before anything else, as HTML."""
    if current_services().settings.demonstration:
        yield gettext(
            "<b>Demonstration:</b> these texts were written for this demonstration from public sources. "
            "The cities did not write or check them."
        ).replace("b>", "strong>")
    # Without choices there is no link to the original, which would lead nowhere from a file.
    yield str(get_template_attribute("components/reading.html", "translation_note")(replace(shown, choices=()))).strip()
    city, as_of = escape(_city(shown)), shown.practice.as_of
    if is_overdue and as_of:
        yield gettext(
            "%(city)s has not confirmed this since %(day)s. It may no longer be done this way.",
            city=city,
            day=day(as_of),
        )
    elif is_overdue:
        yield gettext("%(city)s has not confirmed this for a long time. It may no longer be done this way.", city=city)


def _facts(shown: ShownPractice) -> Iterator[tuple[str, str]]:
    facts, practice, comma = shown.facts, shown.practice, gettext(", ")
    yield gettext("City"), f"{_plain(_city(shown))}{comma}{country(practice.city.country)}"
    yield gettext("Office that did it"), _plain(shown.text.office or facts.office)
    yield gettext("Kind"), vocabulary.label(vocabulary.KINDS, facts.kind or "")
    yield gettext("Stage"), vocabulary.label(vocabulary.STAGES, facts.stage or "")
    yield gettext("Topics"), APART.join(vocabulary.label(vocabulary.TOPICS, code) for code in facts.topics)
    yield gettext("Where"), APART.join(vocabulary.label(vocabulary.PLACES, code) for code in facts.places)
    yield gettext("Started"), partial_date(facts.started_on)
    if facts.ended_on:
        yield gettext("Ended"), partial_date(facts.ended_on)
    else:
        yield gettext("In use"), vocabulary.label(vocabulary.ENDINGS, facts.ending or "")
    yield gettext("True as of"), partial_date(facts.as_of)
    yield gettext("Published"), day(practice.published_at) if practice.published_at else ""
    yield gettext("Last change"), day(practice.republished_at) if practice.republished_at else ""
    yield gettext("Original"), language(practice.original_language)
    yield gettext("Licence"), _licence(facts.licence)
    yield gettext("Reference"), practice.reference
    yield gettext("Address"), f"<{_permanent(shown)}>"


def _section(shown: ShownPractice, heading: str, section: Section) -> Iterator[str]:
    """A heading and its text, whose own headings go one level below; nothing where nothing was written."""
    if not section.html:
        return
    yield f"## {heading}"
    if section.language != shown.language:
        yield gettext(
            "This part has not been translated; it is shown in %(language)s.", language=language(section.language)
        )
    yield HEADING.sub("#", markdown.write(section.html))


def _sources(shown: ShownPractice) -> Iterator[str]:
    lines = [f"- {_source(source)}" for source in shown.facts.sources]
    if shown.facts.own_records:
        lines.append("- " + gettext("The city's own records"))
    if lines:
        yield f"## {gettext('Sources')}"
        yield "\n".join(lines)


def _source(source: Source) -> str:
    link = f'<a href="{escape(source.url)}">{escape(source.title or source.url)}</a>'
    parts = [markdown.write(f"<p>{link}</p>"), _plain(source.publisher), partial_date(source.date)]
    return str(gettext(", ")).join(part for part in parts if part)


def _citation(shown: ShownPractice) -> str:
    practice, comma = shown.practice, gettext(", ")
    who = comma.join(part for part in (_plain(_city(shown)), _plain(shown.text.office)) if part)
    how = str(get_template_attribute("components/reading.html", "translation_in_citation")(shown)).strip()
    title = f"*{_plain(shown.text.title)}*{f' {how}' if how else ''}"
    year = practice.published_at.year if practice.published_at else ""
    version = gettext("version %(number)s", number=practice.public_version)
    site = _plain(current_services().settings.site_name)
    return f"{who} ({year}). {title}. {site}, {practice.reference}, {version}. <{_permanent(shown)}>"


def _licence(code: str) -> str:
    words = vocabulary.label(vocabulary.LICENCES, code)
    address = vocabulary.LICENCE_ADDRESSES.get(code, "")
    return f"[{words}]({address})" if address else words


def _permanent(shown: ShownPractice) -> str:
    return absolute_url(url_for("reading.practice", reference=shown.practice.reference))


def _city(shown: ShownPractice) -> str:
    return shown.practice.city.name_in(current_locale())


def _plain(text: str) -> str:
    """Text of people in one line, with what Markdown would take for its own escaped."""
    return " ".join(markdown.write(f"<p>{escape(text)}</p>").split())
