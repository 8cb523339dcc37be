"""Imports a file of practices in two passes: the first checks every line, the second writes all of them or nothing.

The format of a line is in records, that of maps in mapping. Checked lines wait in a temporary file between the passes, so
that a file of any length needs little memory and the transaction is as short as the writing.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from cac import clock
from cac.cities.csv_files import CityFacts
from cac.cities.models import City
from cac.cities.queries import list_cities
from cac.cities.service import add_city
from cac.db import SessionFactory, transaction
from cac.exchange.mapping import Map, load_map
from cac.exchange.members import MemberError, Members
from cac.exchange.reading import Line, LineProblem, read_lines
from cac.exchange.records import Record, RecordError, Rules, digest_of, id_of, read_record
from cac.exchange.translating import Translator
from cac.exchange.writing import Draft, Writer, map_city_ids
from cac.practices.models import Practice
from cac.practices.workflow import WRITABLE, Status
from cac.settings import Settings

BATCH = 500
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class ImportOptions:
    """What the operator asked for; ``source`` names the source where there is no map, ``limit`` counts lines."""

    dry_run: bool = False
    publish: bool = False
    create_cities: bool = False
    keep_going: bool = False
    map_path: Path | None = None
    limit: int | None = None
    source: str = "import"


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or in a dry run would do. ``seconds`` is the time it took, of which ``writing_seconds`` in the
    transaction; ``left_out`` counts values and words that the map allows to let go.
    """

    lines: int
    created: int
    changed: int
    unchanged: int
    problems: tuple[LineProblem, ...]
    seconds: float
    new_cities: int = 0
    left_out: int = 0
    writing_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Lines a second, checking and writing together."""
        return self.lines / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Known:
    """What the database has of a line that was imported before."""

    practice_id: int
    digest: str | None
    status: Status
    was_published: bool
    language: str
    reference: str
    city: str


def import_file(
    session_factory: SessionFactory,
    settings: Settings,
    path: Path,
    options: ImportOptions,
    progress: Progress | None = None,
    *,
    at: datetime | None = None,
) -> ImportReport:
    """Import the file at ``path`` and return what happened; with problems nothing is loaded, unless ``keep_going``.

    ``progress`` is called with the lines done, and with their number in all once it is known. Raises MappingError.
    """
    rules = load_map(options.map_path) if options.map_path else Map(source=options.source)
    started = time.perf_counter()
    moment = at or clock.now()
    tell = progress or (lambda _done, _total: None)
    with session_factory() as session, tempfile.TemporaryFile("w+", encoding="utf-8", dir=settings.home) as waiting:
        check = _Check(session, settings, rules, options, moment)
        check.run(path, waiting, tell)
        is_refused = bool(check.problems) and not options.keep_going
        writing = time.perf_counter()
        if not (options.dry_run or is_refused):
            with transaction(session):
                writer = _prepare(session, settings, check, options, moment)
                _write(writer, waiting, check.created + check.changed, tell)
                writer.stamp(at or clock.now())
        ended = time.perf_counter()
    report = ImportReport(
        lines=check.lines,
        created=check.created,
        changed=check.changed,
        unchanged=check.unchanged,
        problems=tuple(check.problems),
        seconds=ended - started,
        new_cities=len(check.new_members),
        left_out=check.left_out + check.translator.dropped,
        writing_seconds=ended - writing,
    )
    return replace(report, created=0, changed=0, new_cities=0) if is_refused else report


class _Check:
    """The first pass: checks each line and puts those that have to be written into a file."""

    def __init__(self, session: Session, settings: Settings, rules: Map, options: ImportOptions, at: datetime) -> None:
        self.translator = Translator(rules)
        self.members = Members(
            list_cities(session), rules.bodies, locales=settings.locales, creates_cities=options.create_cities, at=at
        )
        self.source = rules.source
        self.problems: list[LineProblem] = []
        self.lines = self.created = self.changed = self.unchanged = self.left_out = 0
        self._known = _read_known(session, rules.source)
        self._seen: dict[str, int] = {}
        self._used: set[str] = set()
        self._options = options
        self._rules = Rules(rules.text_form, rules.left_out_if_wrong, needs_text=options.publish)

    def run(self, path: Path, waiting: IO[str], tell: Progress) -> None:
        """Check the lines of the file and write the drafts of new and changed ones into ``waiting``."""
        for line in read_lines(path, self._options.limit):
            self.lines += 1
            if isinstance(line, LineProblem):
                self.problems.append(line)
            elif (draft := self._check(line)) is not None:
                waiting.write(draft.to_line())
            if self.lines % BATCH == 0:
                tell(self.lines, None)
        waiting.seek(0)
        tell(self.lines, None)

    @property
    def new_members(self) -> list[CityFacts]:
        """The members that have to be added for the lines that can be written."""
        return [facts for slug, facts in self.members.planned.items() if slug in self._used]

    def _check(self, line: Line) -> Draft | None:
        values, problems = self.translator.translate(line.values)
        try:
            external_id = id_of(values)
            problems += self._problems_of_id(external_id, line.number)
            city = self.members.slug_of(values)
        except (RecordError, MemberError) as error:
            problems += error.problems if isinstance(error, RecordError) else [str(error)]
            self._report(line.number, problems + self._other_problems(values))
            return None
        digest = digest_of(values)
        known = self._known.get(external_id)
        if known is not None and not problems and not self._is_to_write(known, digest):
            self.unchanged += 1
            return None
        today = self.members.today_of(city)
        try:
            record = read_record(values, self._rules, today=today)
        except RecordError as error:
            problems += error.problems
        else:
            problems += _conflicts(known, record, city)
        if problems:
            self._report(line.number, problems)
            return None
        self._used.add(city)
        self.left_out += record.left_out
        self.created, self.changed = self.created + (known is None), self.changed + (known is not None)
        practice_id = None if known is None else known.practice_id
        return Draft.of(record, digest=digest, city=city, today=today, practice_id=practice_id)

    def _is_to_write(self, known: Known, digest: str) -> bool:
        """Whether the line says something new, or is to be published and has never been more than a draft."""
        waits = known.status is Status.DRAFT and not known.was_published
        return known.digest != digest or (self._options.publish and waits)

    def _problems_of_id(self, external_id: str, number: int) -> list[str]:
        first = self._seen.setdefault(external_id, number)
        return [] if first == number else [f'external_id: "{external_id[:80]}" is in line {first} already']

    def _other_problems(self, values: dict[str, object]) -> list[str]:
        """Return what else is wrong with a line whose id or city is, so that one run names everything."""
        try:
            read_record({"external_id": "-"} | values, self._rules, today=clock.now().date())
        except RecordError as error:
            return [problem for problem in error.problems if not problem.startswith("external_id")]
        return []

    def _report(self, number: int, problems: list[str]) -> None:
        self.problems += [LineProblem(number, words) for words in dict.fromkeys(problems)]


def _conflicts(known: Known | None, record: Record, city: str) -> list[str]:
    if known is None:
        return []
    problems = []
    if known.status not in WRITABLE:
        problems.append(
            f"external_id: {known.reference} is {known.status.replace('_', ' ')} here and cannot be changed now"
        )
    if known.language != record.language:
        problems.append(f"language: {known.reference} was written in {known.language}, not in {record.language}")
    if known.was_published and known.city != city:
        problems.append(
            f"city: {known.reference} was published by {known.city}, whose readers are counted; under another external_id it can "
            f"be published by {city}"
        )
    return problems


def _read_known(session: Session, source: str) -> dict[str, Known]:
    columns = (
        Practice.external_id,
        Practice.id,
        Practice.external_digest,
        Practice.status,
        Practice.published_at,
        Practice.original_language,
        Practice.reference,
        City.slug,
    )
    rows = session.execute(select(*columns).join(Practice.city).where(Practice.external_source == source))
    return {
        external_id: Known(practice_id, digest, Status(status), published_at is not None, *rest)
        for external_id, practice_id, digest, status, published_at, *rest in rows
        if external_id is not None
    }


def _prepare(session: Session, settings: Settings, check: _Check, options: ImportOptions, at: datetime) -> Writer:
    """Add the members that the lines need and return what writes them."""
    for facts in check.new_members:
        add_city(session, **facts.__dict__, at=at)
    return Writer(
        session=session,
        source=check.source,
        prefix=settings.reference_prefix,
        publish=options.publish,
        review_after_days=settings.review_after_days,
        at=at,
        cities=map_city_ids(session),
    )


def _write(writer: Writer, waiting: IO[str], total: int, tell: Progress) -> None:
    """The second pass: write the drafts in batches."""
    done = 0
    for batch in _batches(waiting):
        writer.create([draft for draft in batch if draft.practice_id is None])
        for draft in batch:
            if draft.practice_id is not None:
                writer.change(draft)
        writer.session.expunge_all()
        done += len(batch)
        tell(done, total)


def _batches(waiting: IO[str]) -> Iterator[list[Draft]]:
    while batch := [Draft.from_line(line) for line in islice(waiting, BATCH)]:
        yield batch
