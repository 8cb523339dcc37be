"""What the writer of an index does while nothing has changed: verify and compare once a day, merge small segments, tidy up."""

import logging
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from cac.clock import now
from cac.search.building import WHOLE_TEXT_UP_TO, described
from cac.search.index import SegmentSize, merge_some, open_index, segment_sizes
from cac.search.index_reading import Snapshot
from cac.search.manifest import (
    Manifest,
    Mark,
    find_damage,
    remove_stale,
    report_broken,
    write_manifest,
)
from cac.search.marks import find_differences

log = logging.getLogger(__name__)

VERIFY_EVERY = 86_400.0
STALE_AFTER = 30.0
# Merging begins when nothing has changed for so many seconds, and takes about 6 ms a document.
MERGE_AFTER, MERGE_FROM, MERGE_AT_ONCE = 5.0, 8, 300
# So many segments, or so large a share of documents that were taken out, and a new index is cheaper than merging.
MOST_SEGMENTS, MOST_DELETED, DELETED_FROM = 40, 0.4, 1000


class RebuildNeededError(Exception):
    """The index has to be built anew; the message says why."""


def tend(session: Session, folder: Path, manifest: Manifest) -> None:
    """Do one of the things that can wait; raises RebuildNeededError where that is the best thing to do."""
    moment = now().timestamp()
    if moment - manifest.verified_at > VERIFY_EVERY:
        verify(session, folder, manifest)
        return
    if moment - manifest.built_at > STALE_AFTER:
        remove_stale(folder, manifest.folder)
    if moment - manifest.changed_at > MERGE_AFTER and not manifest.is_settled:
        _settle(folder, manifest)


def verify(session: Session, folder: Path, manifest: Manifest) -> None:
    """Compare the files of the index with their digests, and its practices with the database.

    Damage is reported, which has the index rebuilt; a difference clears the mark, which has it caught up with.
    """
    damaged = find_damage(folder, manifest)
    mark = manifest.mark
    if damaged is not None:
        log.error("the file %s of the search index is not what was written", damaged)
        report_broken(folder, manifest.folder)
    elif changed := find_differences(session, Snapshot(folder / manifest.folder)).changed:
        log.warning("the search index differs from the database in %s practices", len(changed))
        mark = Mark()
    write_manifest(folder, replace(manifest, mark=mark, verified_at=now().timestamp()))


def _settle(folder: Path, manifest: Manifest) -> None:
    """Merge some small segments, or find that there is nothing left to merge and remember it."""
    index = open_index(folder / manifest.folder)
    try:
        sizes = segment_sizes(index)
        if reason := _reason_to_rebuild(sizes, manifest):
            raise RebuildNeededError(reason)
        chosen = _worth_merging(sizes)
        if chosen:
            merge_some(index, chosen)
    finally:
        index.storage.close_all()
    settled = replace(manifest, is_settled=not chosen)
    write_manifest(folder, described(folder / manifest.folder, settled) if chosen else settled)


def _reason_to_rebuild(sizes: list[SegmentSize], manifest: Manifest) -> str:
    documents, deleted = sum(size.documents for size in sizes), sum(size.deleted for size in sizes)
    if len(sizes) > MOST_SEGMENTS:
        return f"it has {len(sizes)} segments"
    if documents > DELETED_FROM and deleted > MOST_DELETED * documents:
        return f"{deleted} of its {documents} documents were taken out"
    if manifest.is_whole and manifest.practices > 1.5 * WHOLE_TEXT_UP_TO:
        return "it has grown beyond what is indexed whole"
    return ""


def _worth_merging(sizes: list[SegmentSize]) -> list[str]:
    """Return the names of the smallest segments that together are few enough documents to be merged at once."""
    if len(sizes) <= MERGE_FROM:
        return []
    chosen: list[str] = []
    room = MERGE_AT_ONCE
    for size in sorted(sizes, key=lambda size: size.documents):
        room -= size.documents
        if room < 0:
            break
        chosen.append(size.name)
    return chosen if len(chosen) > 1 else []
