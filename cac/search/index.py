"""The index on disk as Whoosh keeps it: its fields, opening it and writing it. No text of people ever meets Whoosh's parser.

What a document holds is said in search/document, reading and ranking are in search/index_reading and search/executor.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from whoosh import columns, fields, formats
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex, clean_files
from whoosh.writing import OPTIMIZE, SegmentWriter

from cac.search.document import IndexDocument
from cac.search.facet_table import FACETS
from cac.search.posting_files import BLOCK, PostingsByTerm, TermPool

# Written into the manifest: an index of another format is rebuilt. Raise it whenever fields or analysis change.
FORMAT = 3


class BrokenIndexError(Exception):
    """The index cannot be read: its files are missing or not what was written."""


INDEX_NAME = "MAIN"
TEXT_FIELDS = ("body", "title", "names", "pairs", "grams")
FACET_FIELDS = tuple(facet.column for facet in FACETS)
NUMBER_FIELDS = ("practice_id", "edition_id", "version", "published", "checked", "is_original", "is_whole")


class CountedTerms(fields.FieldType):  # type: ignore[misc]
    """A field of Whoosh that takes terms already counted by search/analysis; it keeps no positions."""

    __inittypes__: dict[str, object] = {}

    def __init__(self) -> None:
        self.format = formats.Existence()
        self.analyzer = None
        self.scorable = True
        self.stored = False
        self.unique = False
        self.vector = None
        self.column_type = None

    def index(self, value: Counter[str], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each term with how often it occurs, in the form that Whoosh's writer takes."""
        for term, count in value.items():
            yield term.encode(), count, float(count), b""


def schema() -> fields.Schema:
    """Return the fields of the index: terms, columns of codes to filter and count by, columns of numbers."""
    described: dict[str, object] = {name: CountedTerms() for name in TEXT_FIELDS}
    described |= {name: fields.COLUMN(columns.RefBytesColumn()) for name in FACET_FIELDS}
    described |= {name: fields.COLUMN(columns.NumericColumn("q")) for name in NUMBER_FIELDS}
    described["key"] = fields.ID()
    return fields.Schema(**described)


class PlainCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's own format in larger blocks, uncompressed and without the lengths that only its own evaluator needs.

    We read whole lists: a block costs more to open than to decode, and most lists are too short to be worth compressing.
    """

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> PostingsByTerm:
        """Return the writer of terms and postings."""
        return PostingsByTerm(self, storage, segment)

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)


class TrackedStorage(FileStorage):  # type: ignore[misc]
    """A folder of index files that knows what it has opened: Whoosh leaves files open when it fails half way."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._opened: list[Any] = []
        self._temporary: list[TrackedStorage] = []

    def open_file(self, name: str, **options: Any) -> Any:
        """Open a file of the index, as Whoosh asks."""
        opened = super().open_file(name, **options)
        self._opened.append(opened)
        return opened

    def create_file(self, name: str, **options: Any) -> Any:
        """Make a file of the index, as Whoosh asks."""
        made = super().create_file(name, **options)
        self._opened.append(made)
        return made

    def temp_storage(self, name: str | None = None) -> "TrackedStorage":
        """Make a folder for what is needed until a commit, as Whoosh asks."""
        made = TrackedStorage(Path(self.folder) / (name or "waiting"))
        made.create()
        self._temporary.append(made)
        return made

    def close_all(self) -> None:
        """Close every file opened so far, whatever state it is in."""
        for opened in self._opened:
            if not opened.is_closed:
                with suppress(Exception):
                    opened.close()
        self._opened.clear()
        for storage in self._temporary:
            storage.close_all()
        self._temporary.clear()


def create(folder: Path) -> FileIndex:
    """Make an empty index in ``folder``, which is made too, and return it."""
    folder.mkdir(parents=True)
    return FileIndex.create(TrackedStorage(folder), schema(), INDEX_NAME)


def open_index(folder: Path) -> FileIndex:
    """Return the index in ``folder``; raises BrokenIndexError if there is none that can be read."""
    storage = TrackedStorage(folder)
    try:
        return FileIndex(storage, schema=schema(), indexname=INDEX_NAME)
    except Exception as error:  # Whoosh checks nothing: what is wrong with a file shows in any way.
        storage.close_all()
        raise BrokenIndexError(str(folder)) from error


class Batch:
    """Changes to the index that are committed together."""

    def __init__(self, writer: SegmentWriter) -> None:
        self._writer = writer

    def add(self, document: IndexDocument) -> None:
        """Put one document in; documents of the same practice that are in already stay until ``remove``."""
        self._writer.add_document(**_fields(document))

    def remove(self, practice_id: int) -> None:
        """Take all documents of a practice out."""
        self._writer.delete_by_term("key", str(practice_id))


@contextmanager
def write(index: FileIndex, *, memory_mb: int = 128) -> Iterator[Batch]:
    """Open a batch of changes and commit it; if the block or the commit raises, the index is as it was.

    Only one process may write at a time: search/sync sees to it.
    """
    with _writer(index, _merge_tiny, memory_mb) as writer:
        yield Batch(writer)


class SegmentSize(NamedTuple):
    """One segment of an index: its name, how many documents it has, and how many of them were taken out."""

    name: str
    documents: int
    deleted: int


def segment_sizes(index: FileIndex) -> list[SegmentSize]:
    """Return the segments of an index."""
    segments = index._read_toc().segments
    return [SegmentSize(str(each.segment_id()), each.doc_count_all(), each.deleted_count()) for each in segments]


def merge_some(index: FileIndex, names: Collection[str]) -> None:
    """Merge the segments with these names into one."""

    def choose(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
        OPTIMIZE(writer, [segment for segment in segments if str(segment.segment_id()) in names])
        return [segment for segment in segments if str(segment.segment_id()) not in names]

    with _writer(index, choose):
        pass


@contextmanager
def _writer(
    index: FileIndex, merge: Callable[[SegmentWriter, list[Any]], list[Any]], memory_mb: int = 128
) -> Iterator[SegmentWriter]:
    writer = SegmentWriter(index, codec=PlainCodec(), compound=False)
    writer.pool = TermPool(Path(writer._tempstorage.folder), memory_mb)
    try:
        yield writer
        writer.commit(mergetype=merge)
    except BaseException:
        _abandon(index, writer)
        raise


def _abandon(index: FileIndex, writer: SegmentWriter) -> None:
    """Leave nothing of a batch that failed: where a disk is full, half a segment would keep it full."""
    for step in (writer.cancel, writer.pool.cleanup, writer._finish):
        with suppress(Exception):
            step()
    index.storage.close_all()
    known = index._read_toc()
    clean_files(index.storage, INDEX_NAME, known.generation, known.segments)


def _merge_tiny(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
    """Merge segments of a few documents when there are many of them, which takes a fraction of a second."""
    tiny = [segment for segment in segments if segment.doc_count_all() <= 16]
    if len(tiny) < 8:
        return segments
    OPTIMIZE(writer, tiny)
    return [segment for segment in segments if segment not in tiny]


def _fields(document: IndexDocument) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(document, name) for name in TEXT_FIELDS}
    values |= {name: " ".join(document.facets.get(name, ())).encode() for name in FACET_FIELDS}
    values |= {
        "key": str(document.practice),
        "practice_id": document.practice,
        "edition_id": document.edition,
        "version": document.version,
        "published": document.published,
        "checked": document.checked,
        "is_original": int(document.is_original),
        "is_whole": int(document.is_whole),
    }
    return values
