"""Dates as officials type them: year, year and month, or a whole day, with the separators of several languages."""

import re
import unicodedata

SEPARATORS = re.compile(r"[\s./\-‐‑–—年月日년월일]+")


def tidy_date(value: str) -> str:
    """Return ``2020``, ``2020-03`` or ``2020-03-24`` for what was typed, or the text as it is if it is no such date.

    The year comes first; a month before a year (``3/2020``) is understood too. Days before months are left alone,
    since 3/4/2020 means two days: the checks of practices/content then ask for another form.
    """
    text = value.strip()
    numbers = [_ascii_digits(part) for part in SEPARATORS.split(text) if part]
    if not numbers or not all(part.isascii() and part.isdigit() for part in numbers):
        return text
    if len(numbers) == 2 and len(numbers[1]) == 4:
        numbers.reverse()
    if len(numbers) > 3 or len(numbers[0]) != 4 or any(len(part) > 2 for part in numbers[1:]):
        return text
    return "-".join([numbers[0], *(part.zfill(2) for part in numbers[1:])])


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char, char)) for char in text)
