"""A practice as a reader sees it: the facts of the original, the text of one edition, and what is honest to say about both."""

from dataclasses import dataclass
from datetime import date

from cac.practices.content import Content
from cac.practices.models import Edition, Practice, Revision
from cac.web.cards import list_published, practice_address, published_content


@dataclass(frozen=True)
class Section:
    """A text of a practice as sanitised HTML, and its language: the original's where it was not translated."""

    html: str
    language: str


@dataclass(frozen=True)
class Choice:
    """One language in which a practice can be read."""

    language: str
    address: str
    is_current: bool


@dataclass(frozen=True)
class ShownPractice:
    """One edition of a practice: ``facts`` come from the original, ``text`` from the edition."""

    practice: Practice
    edition: Edition
    facts: Content
    text: Content
    choices: tuple[Choice, ...] = ()
    is_behind: bool = False

    @property
    def language(self) -> str:
        """The language of the text."""
        return self.edition.language

    @property
    def why(self) -> Section:
        """Why the city did it."""
        return self._section("why")

    @property
    def how(self) -> Section:
        """How it was done."""
        return self._section("how")

    @property
    def original_address(self) -> str:
        """Where the original is read."""
        return next(
            (choice.address for choice in self.choices if choice.language == self.practice.original_language), ""
        )

    def _section(self, name: str) -> Section:
        own: str = getattr(self.text, name)
        if own:
            return Section(own, self.edition.language)
        return Section(getattr(self.facts, name), self.practice.original_language)


def show_published(practice: Practice, edition: Edition) -> ShownPractice:
    """Return what the public reads of ``edition``."""
    choices = (
        Choice(each.language, practice_address(practice, each), each is edition) for each in list_published(practice)
    )
    return ShownPractice(
        practice=practice,
        edition=edition,
        facts=published_content(practice.original),
        text=published_content(edition),
        choices=tuple(choices),
        is_behind=_is_behind(practice, edition),
    )


def show_working(practice: Practice, edition: Edition) -> ShownPractice:
    """Return the state that is being written, for previews and reviewers."""
    return ShownPractice(
        practice, edition, _content(practice.original.working_revision), _content(edition.working_revision)
    )


def is_overdue(practice: Practice, today: date) -> bool:
    """Whether the city has not said for longer than the site's period that the practice is still true."""
    return practice.review_by is not None and practice.review_by < today


def _content(revision: Revision | None) -> Content:
    return Content.from_json(revision.content) if revision is not None else Content()


def _is_behind(practice: Practice, edition: Edition) -> bool:
    """Whether the original was published again since the translation was made from it."""
    revision = edition.published_revision
    if edition.is_original or revision is None or revision.based_on_id is None:
        return False
    return revision.based_on_id != practice.original.published_revision_id
