"""What tests of the desk and of the reviewers' screens send: the editor's form, and strings that try to break out of a page."""

from cac.practices.content import Content
from cac.practices.models import Practice
from tests.factories import COMPLETE

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }}${7*7}",
    "[x](javascript:alert(1))",
)


def form_data(content: Content = COMPLETE, **changes: object) -> dict[str, object]:
    """Return what a browser sends for ``content``; ``changes`` replace fields as they are typed."""
    data: dict[str, object] = {
        "title": content.title,
        "summary": content.summary,
        "office": content.office,
        "language": "en",
        "kind": content.kind or "",
        "topics": list(content.topics),
        "places": list(content.places),
        "stage": content.stage or "",
        "started_on": content.started_on,
        "ending": content.ending or "",
        "ended_on": content.ended_on,
        "as_of": content.as_of,
        "why": "Crowded buses carried the virus.",
        "how": "## At the terminal\n\n- wipe the handles\n- open the windows",
        "licence": "CC-BY-4.0",
    }
    for index, source in enumerate(content.sources):
        for name in ("url", "title", "publisher", "date"):
            data[f"sources-{index}-{name}"] = getattr(source, name)
    return data | changes


def desk_path(practice: Practice, rest: str = "") -> str:
    """Return the address of a practice at the desk."""
    return f"/en/desk/practices/{practice.reference}{rest}"


def review_path(practice: Practice, rest: str = "") -> str:
    """Return the address of a practice on the reviewers' side."""
    return f"/en/review/{practice.reference}{rest}"
