"""What visitors read: the home page, a practice, also as a file to take away, the topics, and what this site is."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from cac.cities import queries as cities
from cac.clock import day_in, now
from cac.errors import NotFoundError
from cac.languages import normalise_tag
from cac.practices import queries as practices
from cac.practices.models import Edition, Practice
from cac.practices.vocabulary import topic_family
from cac.search.related import related_practices
from cac.serving.access import public
from cac.serving.beacons import token_of_page
from cac.serving.counting import mark_for_counting
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.page_cache import KeptPage
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.stats.definition import DEFINITION_VERSION
from cac.stats.models import SITE_ID, Measure, Scope
from cac.stats.queries import PageState
from cac.stats.reports import first_day
from cac.stats.robots import RULES_VERSION
from cac.stats.spool import CountedPractice
from cac.text import slugify
from cac.web import vocabulary
from cac.web.cards import canonical_address, list_published, make_cards, practice_address
from cac.web.cities import draw_cities
from cac.web.data_files import save_as
from cac.web.practice_files import write_practice
from cac.web.reads import reads_of
from cac.web.showing import ShownPractice, is_overdue, show_published

blueprint = Blueprint("reading", __name__)

NEWEST, MOST_READ, OTHERS, RELATED = 6, 5, 3, 3


@blueprint.get("/")
@public
def home() -> str:
    """Show what the site is for, the search box, the member cities, and what is new and most read."""
    session = db_session()
    counts = practices.count_by_facet(session)
    members = [(city, counts.by_city.get(city.id, 0)) for city in cities.list_cities(session)]
    ranking = dict(stats.most_viewed(session, MOST_READ))
    newest = practices.list_newest_ids(session, NEWEST)
    found = {practice.id: practice for practice in practices.list_public_by_ids(session, [*newest, *ranking])}
    return render_template(
        "reading/home.html",
        markers=draw_cities(members),
        practice_count=sum(counts.by_city.values()),
        city_count=sum(city.level == "city" for city, _count in members),
        language_count=len(counts.by_language),
        view_count=stats.total_views(session),
        counted_since=first_day(session, Scope.SITE, SITE_ID),
        topic_counts=counts.by_topic,
        newest=make_cards(found[id_] for id_ in newest if id_ in found),
        most_read=make_cards((found[id_] for id_ in ranking if id_ in found), ranking),
        main_topics=vocabulary.topic_parents(),
        disinfection_topics=vocabulary.topic_children("1"),
    )


@blueprint.get("/practices/<reference:reference>")
@blueprint.get("/practices/<reference:reference>-<slug>")
@public
def practice(reference: str, slug: str = "") -> Response | BaseResponse:
    """Show a published practice in one language; a withdrawn one says since when and why (410)."""
    with current_services().engine.connect() as connection:
        state = stats.find_page_state(connection, reference)
    if state is None:
        raise NotFoundError(reference)
    if not state.is_public:
        return _draw_withdrawn(reference)
    address, pages = _kept_address(), current_services().pages
    if address is None:
        return _draw_public(state, None)
    kept = pages.find(address, _moment_of(state))
    if kept is None:
        with pages.one_draws(address):
            kept = pages.find(address, _moment_of(state))
            if kept is None:
                return _draw_public(state, address)
    return _answer_with(kept)


def _answer_with(page: KeptPage) -> Response:
    """The page, or that it has not changed (304) since the browser was sent it: a reading as well."""
    if page.shows is not None:
        mark_for_counting(page.shows)
    answer = Response(page.body)
    answer.set_etag(page.etag)
    if "HTTP_IF_NONE_MATCH" in request.environ:
        answer.make_conditional(request)
    return answer


@blueprint.get("/practices/<reference:reference>.md")
@public
def practice_file(reference: str) -> Response:
    """A published practice as a Markdown file, in the language that ``?in=`` names or the reader's; counted as a download."""
    found = practices.find_public(db_session(), reference)
    if found is None:
        return _draw_withdrawn(reference)
    edition = _chosen_edition(found)
    shown = show_published(found, edition)
    answer = Response(write_practice(shown, is_overdue=_is_overdue(found)), mimetype="text/markdown")
    name = "-".join(part for part in (found.reference, slugify(shown.text.title)) if part)
    answer.headers["Content-Disposition"] = save_as(name, "md")
    answer.headers["X-Robots-Tag"] = "noindex"
    mark_for_counting(CountedPractice(found.id, found.city_id, edition.language, Measure.DOWNLOAD))
    return answer


def _draw_public(state: PageState, address: tuple[str, ...] | None) -> Response | BaseResponse:
    session = db_session()
    near = related_practices(session, current_services().index, state.practice_id, current_locale(), limit=RELATED)
    others = practices.list_newest_ids_of_city(session, state.city_id, OTHERS + 1 + RELATED)
    loaded = practices.list_public_by_ids(session, [state.practice_id, *near, *others])
    if not loaded or loaded[0].id != state.practice_id:
        raise NotFoundError(str(state.practice_id))
    found, rest = loaded[0], loaded[1:]
    edition = _chosen_edition(found)
    shown = show_published(found, edition)
    right = practice_address(found, edition, title=shown.text.title)
    if request.path != right.partition("?")[0]:
        return redirect(_with_query(right), 301)
    counted = CountedPractice(found.id, found.city_id, edition.language)
    related = [each for each in rest if each.id in near]
    of_city = [each for each in rest if each.id not in near]
    body = _render_practice(shown, related, of_city[:OTHERS], state.views).encode()
    if address is None:
        mark_for_counting(counted)
        return Response(body)
    page = KeptPage(_moment_of(state), body, counted)
    if request.query_string in (b"", f"in={edition.language}".encode()):
        current_services().pages.keep(address, page)
    return _answer_with(page)


def _draw_withdrawn(reference: str) -> Response:
    found = practices.get_practice_by_reference(db_session(), reference)
    if found.published_at is None or found.withdrawn_at is None:
        raise NotFoundError(reference)
    return make_response(render_template("reading/withdrawn.html", practice=found), 410)


def _kept_address() -> tuple[str, ...] | None:
    """Under which address the page may be kept: as it came, since links on the page repeat it; None with a cookie."""
    if request.cookies:
        return None
    return (request.host, request.path, request.query_string.decode("ascii", "replace"))


def _moment_of(state: PageState) -> tuple[object, ...]:
    """The state of the page in this hour of the site's time zone: names of cities and the day may change by themselves."""
    return (state, now().astimezone(ZoneInfo(current_services().settings.timezone)).strftime("%Y-%m-%dT%H"))


@blueprint.get("/topics")
@public
def topics() -> str:
    """Show the topics with their sub-topics and how many practices each has."""
    return render_template(
        "reading/topics.html",
        counts=practices.count_by_topic(db_session()),
        parents=vocabulary.topic_parents(),
        children_of=vocabulary.topic_children,
    )


@blueprint.get("/about")
@public
def about() -> str:
    """Say who runs the site, how practices are reviewed, what a view is, what is kept of visitors, and what is open."""
    return render_template("reading/about.html", definition_version=DEFINITION_VERSION, rules_version=RULES_VERSION)


def _is_overdue(found: Practice) -> bool:
    return is_overdue(found, day_in(current_services().settings.timezone, now()))


def _file_address(found: Practice, edition: Edition) -> str:
    """Where the edition is a file, in the words of its own language where the interface has them."""
    locales = current_services().settings.locales
    locale = edition.language if edition.language in locales else current_locale()
    return url_for("reading.practice_file", locale=locale, reference=found.reference, **{"in": edition.language})  # type: ignore[arg-type]


def _chosen_edition(found: Practice) -> Edition:
    """The edition that ``?in=`` names, if it is published; else the reader's language, else the original."""
    wanted = normalise_tag(request.args.get("in", "")[:20]) or current_locale()
    published = [edition for edition in found.editions if edition.published_revision_id is not None]
    chosen = next((edition for edition in published if edition.language == wanted), None)
    return chosen or practices.get_public_edition(found, current_locale())


def _with_query(address: str) -> str:
    """The address with the query string that the reader came with, without a second ``in``."""
    query = re.sub(r"(^|&)in=[^&]*", "", request.query_string.decode("ascii", "ignore")).strip("&")
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def _render_practice(shown: ShownPractice, related: Sequence[Practice], others: Sequence[Practice], views: int) -> str:
    found = shown.practice
    topic = shown.facts.topics[0] if shown.facts.topics else ""
    return render_template(
        "reading/practice.html",
        shown=shown,
        practice=found,
        views=views,
        reads=reads_of(found, views),
        view_token=token_of_page(found.id, found.city_id, shown.language),
        related=make_cards(related),
        others=make_cards(others),
        is_overdue=_is_overdue(found),
        file_address=_file_address(found, shown.edition),
        permanent=url_for("reading.practice", reference=found.reference),
        canonical=canonical_address(found, shown.edition),
        alternates=[(each.language, canonical_address(found, each)) for each in list_published(found)],
        topic=topic,
        main_topic=topic_family(topic),
    )
