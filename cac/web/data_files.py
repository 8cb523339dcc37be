"""Numbers as files for other programs: CSV that spreadsheets open without harm, and JSON; with an ETag for caches."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from flask import Response, json, request

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins like this is a formula to spreadsheets (OWASP, CSV injection)."""

Cell = str | int | float | None


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a CSV file (RFC 4180, UTF-8) called ``name`` (RFC 6266, with an ASCII name beside any other)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    answer = Response(text.getvalue(), mimetype="text/csv")
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in name)
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    if plain != name:
        answer.headers["Content-Disposition"] += f"; filename*=UTF-8''{quote(name, safe='')}.csv"
    return answer


def json_answer(content: Mapping[str, object]) -> Response:
    """Return a JSON document."""
    return Response(json.dumps(content, indent=1, sort_keys=False) + "\n", mimetype="application/json")


def let_caches_keep(answer: Response, seconds: int) -> Response:
    """Allow any cache to keep a public answer for so long, and answer 304 to those who have it already."""
    answer.cache_control.public = True
    answer.cache_control.max_age = seconds
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
