"""What is read most, as the page of statistics shows it: of all practices ever, and in a month by topic and by country."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template
from markupsafe import Markup

from cac.clock import now
from cac.practices import queries as practices
from cac.serving.database import db_session
from cac.serving.locale import current_locale
from cac.serving.page_cache import KeptPage
from cac.serving.services import current_services
from cac.stats import queries as stats
from cac.stats import reports
from cac.stats.periods import Grain, Period
from cac.web.cards import PracticeCard, make_cards
from cac.web.period_words import period_words
from cac.web.presenting import country

IN_ALL, BEST_OF_EACH = 10, 1
OPEN_IN_ALL, OPEN_OF_EACH = 5, 3
"""How many of a list are shown before the rest is folded."""
Places = Sequence[tuple[int, int]]
"""Practice ids with their views, the most read first."""


@dataclass(frozen=True)
class Span:
    """Of which time the lists are: all of it ``since`` a day, and a month, which may be running."""

    since: date
    month: Period
    is_running: bool


def show_most_read(span: Span) -> Markup:
    """The lists of what is read most: drawn once a minute, or when something was published or withdrawn."""
    session, pages = db_session(), current_services().pages
    address = ("most read", current_locale())
    state = (now().strftime("%Y-%m-%dT%H:%M"), span, reports.newest_change(session))
    kept = pages.find(address, state)
    if kept is None:
        with pages.one_draws(address):
            kept = pages.find(address, state)
            if kept is None:
                kept = KeptPage(state, _draw(span).encode())
                pages.keep(address, kept)
    return Markup(kept.body.decode())  # noqa: S704 (drawn by our own template)


def _draw(span: Span) -> str:
    session = db_session()
    overall = stats.most_viewed(session, IN_ALL)
    of_month = reports.most_read_in(session, span.month, BEST_OF_EACH)
    lists = (overall, *of_month.by_topic.values(), *of_month.by_country.values())
    ids = [id_ for best in lists for id_, _views in best]
    found = {practice.id: practice for practice in practices.list_public_by_ids(session, ids)}

    def cards_of(places: Places) -> list[PracticeCard]:
        return make_cards((found[id_] for id_, _views in places if id_ in found), dict(places))

    def most_first(code: str) -> tuple[int, str]:
        return -of_month.by_country[code][0][1], country(code)

    return render_template(
        "insights/_most_read.html",
        span=span,
        month=period_words(Grain.MONTH, span.month),
        overall=cards_of(overall),
        by_topic=_in_order(of_month.by_topic, int, cards_of),
        by_country=_in_order(of_month.by_country, most_first, cards_of),
        open_in_all=OPEN_IN_ALL,
        open_of_each=OPEN_OF_EACH,
    )


def _in_order(
    ranking: dict[str, list[tuple[int, int]]],
    order: Callable[[str], int | tuple[int, str]],
    cards_of: Callable[[Places], list[PracticeCard]],
) -> list[tuple[str, list[PracticeCard]]]:
    shown = ((name, cards_of(ranking[name])) for name in sorted(ranking, key=order))
    return [(name, best) for name, best in shown if best]
