"""A test client that checks every HTML page it fetches against the habits of the house, and says what to mend."""

import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import html5lib
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

STATEMENTS_PER_PAGE = 12
HTML = "{http://www.w3.org/1999/xhtml}"
NEEDS_A_LABEL = ("input", "select", "textarea")
UNLABELLED_TYPES = {"hidden", "submit", "button", "image", "reset"}


class CheckedClient(FlaskClient):
    """Fetches pages like any client and raises AssertionError for a page that breaks a rule."""

    engine: Engine

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch, then check what came back if it is a page."""
        with watch_session() as unsaved, count_statements(self.engine) as statements:
            response = super().open(*args, **kwargs)
        assert not unsaved, f"the request left unsaved changes: {unsaved}"
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            check_page(response)
            if response.request.method == "GET":
                path = response.request.path
                assert len(statements) <= STATEMENTS_PER_PAGE, (
                    f"{path} took {len(statements)} SQL statements, at most {STATEMENTS_PER_PAGE}:\n"
                    + "\n".join(statements)
                )
        return response


class count_statements:
    """Collects the SQL statements that run inside the block."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.statements: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.statements.append(statement)


class watch_session:
    """Collects what was flushed and then neither committed nor rolled back, inside the block."""

    def __init__(self) -> None:
        self.flushed: dict[int, list[str]] = {}
        self.unsaved: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(Session, "after_flush", self._note)
        event.listen(Session, "after_commit", self._settle)
        event.listen(Session, "after_rollback", self._settle)
        return self.unsaved

    def __exit__(self, *_error: object) -> None:
        self.unsaved.extend(name for names in self.flushed.values() for name in names)
        event.remove(Session, "after_flush", self._note)
        event.remove(Session, "after_commit", self._settle)
        event.remove(Session, "after_rollback", self._settle)

    def _note(self, session: Session, _context: object) -> None:
        changed = [*session.new, *session.dirty, *session.deleted]
        self.flushed.setdefault(id(session), []).extend(type(thing).__name__ for thing in changed)

    def _settle(self, session: Session) -> None:
        self.flushed.pop(id(session), None)


def check_page(response: TestResponse) -> None:
    """Raise AssertionError unless the page parses strictly and keeps the rules of STYLE: heading, title, ids, labels, CSP."""
    text = response.get_data(as_text=True)
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=True).parse(text)
    assert len(list(page.iter(f"{HTML}h1"))) == 1, "a page has exactly one h1"
    title = page.find(f".//{HTML}title")
    assert title is not None, "a page has a title"
    assert (title.text or "").strip(), "the title of a page says something"
    root = page if page.tag == f"{HTML}html" else page.find(f".//{HTML}html")
    assert root is not None, "a page is an HTML document"
    assert root.get("lang"), "html says its language"
    _check_ids(page)
    _check_labels(page)
    _check_inline(page, text)
    policy = response.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in policy, "every page carries the content security policy"
    assert "unsafe-inline" not in policy, "the policy never allows inline code"


def _check_ids(page: ElementTree.Element) -> None:
    ids = Counter(element.get("id") for element in page.iter() if element.get("id"))
    repeated = [name for name, count in ids.items() if count > 1]
    assert not repeated, f"ids occur once: {repeated}"
    for element in page.iter():
        for attribute in ("aria-describedby", "aria-labelledby", "for", "popovertarget"):
            for name in (element.get(attribute) or "").split():
                assert name in ids, f"{attribute}={name!r} points at nothing"


def _check_labels(page: ElementTree.Element) -> None:
    labelled = {label.get("for") for label in page.iter(f"{HTML}label")}
    inside = {field for label in page.iter(f"{HTML}label") for field in label.iter()}
    for name in NEEDS_A_LABEL:
        for field in page.iter(f"{HTML}{name}"):
            if field.get("type") in UNLABELLED_TYPES:
                continue
            has_label = field.get("id") in labelled or field in inside or field.get("aria-label")
            assert has_label, f"the field {field.get('name')!r} has a label"


def _check_inline(page: ElementTree.Element, text: str) -> None:
    for element in page.iter():
        assert element.get("style") is None, f"no style= on {element.tag}"
        handlers = [name for name in element.attrib if name.startswith("on")]
        assert not handlers, f"no {handlers} on {element.tag}"
    for script in page.iter(f"{HTML}script"):
        assert script.get("src"), "no inline script"
    assert not re.search(r"(?:src|href)=[\"']javascript:", text), "no javascript: address"
