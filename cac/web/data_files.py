"""Files to take away: CSV that spreadsheets open without harm, JSON for other programs, and the names they are saved under."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from flask import Response, json, request

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins like this is a formula to spreadsheets (OWASP, CSV injection)."""

MARK = "\ufeff"
"""Before the first letter of a CSV file for people: without it Excel reads UTF-8 as the letters of its country (RFC 3629, 6).

Programs read such files as ``utf-8-sig``; for them there are files without it, of figures and ASCII only.
"""

Cell = str | int | float | None


def csv_answer(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    header: Mapping[str, Cell] | None = None,
    is_for_programs: bool = False,
) -> Response:
    """Return a CSV file (RFC 4180, UTF-8) called ``name``; a ``header`` stands before the table, with an empty line between.

    One ``is_for_programs`` is without MARK, which many would take for a part of the first column's name.
    """
    text = io.StringIO()
    text.write("" if is_for_programs else MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerows([*((name, _harmless(cell)) for name, cell in header.items()), ()])
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = save_as(name, "csv")
    return answer


def save_as(name: str, ending: str) -> str:
    """Return the header that has an answer saved as a file (RFC 6266): an ASCII name, and beside it any other (RFC 8187)."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in name)
    exact = f"; filename*=UTF-8''{quote(name, safe='')}.{ending}" if plain != name else ""
    return f'attachment; filename="{plain}.{ending}"{exact}'


def json_answer(content: Mapping[str, object]) -> Response:
    """Return a JSON document."""
    return Response(json.dumps(content, indent=1, sort_keys=False) + "\n", mimetype="application/json")


def let_caches_keep(answer: Response, seconds: int, *, same_as: str = "") -> Response:
    """Allow any cache to keep a public answer for so long, and answer 304 to those who have it already.

    Two answers are the same if their bodies are, or what is given as ``same_as``.
    """
    answer.cache_control.public = True
    answer.cache_control.max_age = seconds
    if same_as:
        answer.set_etag(hashlib.sha256(same_as.encode()).hexdigest())
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
