"""Where a reader goes after signing in: a path of this site, rebuilt from its parsed parts, or the fallback.

Checking how a string begins is not enough (browsers drop tabs and line breaks, and read a backslash as a slash), so
nothing of the value that was sent survives but decoded segments and pairs, which are encoded anew.
"""

import unicodedata
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

LONGEST = 2000
REFUSED_CATEGORIES = ("C", "Z")


def safe_next_path(value: str | None, fallback: str) -> str:
    """Return a path with its query below this site's root that ``value`` stands for, or ``fallback``."""
    if not value or len(value) > LONGEST or not _is_plain(value) or not value.startswith("/") or value.startswith("//"):
        return fallback
    try:
        parts = urlsplit(value)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return fallback
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or not _is_plain(path):
        return fallback
    return _rebuild(path, pairs)


def _rebuild(path: str, pairs: list[tuple[str, str]]) -> str:
    segments = [segment for segment in path.split("/") if segment not in ("", ".", "..")]
    if not segments:
        return "/"
    rebuilt = "/" + "/".join(quote(segment, safe="") for segment in segments)
    if path.endswith("/"):
        rebuilt += "/"
    return f"{rebuilt}?{urlencode(pairs)}" if pairs else rebuilt


def _is_plain(value: str) -> bool:
    """Whether there is no backslash, control, format, surrogate or space character in ``value``."""
    return "\\" not in value and not any(unicodedata.category(char)[0] in REFUSED_CATEGORIES for char in value)
