"""What a browser sent in a form, without the characters that no page can show again."""

import re

from flask import request
from werkzeug.datastructures import MultiDict

# Controls other than tab and line breaks, lone surrogates, and noncharacters: parse errors in HTML (section 13.2.2).
PLANES = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
UNSHOWABLE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{PLANES}]")
PASSWORDS = ("password", "current", "new")


def sent_values() -> MultiDict[str, str]:
    """Return the values of the present request's form; passwords are never shown again and stay as they were typed."""
    pairs = request.form.items(multi=True)
    return MultiDict((name, value if name in PASSWORDS else UNSHOWABLE.sub("", value)) for name, value in pairs)
