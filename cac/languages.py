"""Languages as BCP 47 tags: which are known, their own names, their direction and their script.

Leaves the words of the interface to Flask-Babel's catalogues and text analysis to search/analysis.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ku", "dv", "yi", "sd"})

LONGEST_TAG = 35
"""RFC 5646, section 4.4.1: longer tags need not be taken."""

CHINESE_REGIONS = {
    "cn": "zh-Hans",
    "sg": "zh-Hans",
    "my": "zh-Hans",
    "tw": "zh-Hant",
    "hk": "zh-Hant",
    "mo": "zh-Hant",
}


@dataclass(frozen=True)
class Language:
    """One language in which a practice can be written: its tag, its own name and its direction."""

    tag: str
    own_name: str
    direction: str


def normalise_tag(tag: str) -> str | None:
    """Return the canonical form of a language tag (``ZH_tw`` becomes ``zh-Hant``), or None if it is no known language.

    Regions are dropped except where they decide the script of Chinese (BCP 47, RFC 5646; names from CLDR).
    """
    if len(tag) > LONGEST_TAG:
        return None
    parts = tag.strip().replace("_", "-").split("-")
    base = parts[0].lower()
    if base == "zh":
        return _normalise_chinese(parts[1:])
    if not (2 <= len(base) <= 3 and base.isascii() and base.isalpha()):
        return None
    return base if _locale(base) is not None else None


def _normalise_chinese(rest: list[str]) -> str:
    subtags = [part.lower() for part in rest]
    if "hant" in subtags:
        return "zh-Hant"
    if "hans" in subtags:
        return "zh-Hans"
    return next((CHINESE_REGIONS[part] for part in subtags if part in CHINESE_REGIONS), "zh-Hans")


def tags_meant(tag: str) -> tuple[str, ...]:
    """Return the tags that a tag stands for: ``zh`` alone is Chinese in both scripts; none if it is no known language."""
    if tag.strip().lower() == "zh":
        return ("zh-Hans", "zh-Hant")
    known = normalise_tag(tag)
    return (known,) if known else ()


def tags_named(name: str, locale_tag: str, used: Iterable[str]) -> tuple[str, ...]:
    """Return the tags of the languages called ``name`` in English, in ``locale_tag`` or (those in ``used``) in themselves.

    Case does not count, and the name of a language without its script means each script of it.
    """
    wanted = name.strip().casefold()
    for reader in filter(None, (_locale("en"), _locale(locale_tag))):
        for code, known in reader.languages.items():
            if known.casefold() == wanted:
                return tags_meant(code)
    own = {tag: own_name(tag).casefold() for tag in used}
    return tuple(tag for tag, known in own.items() if wanted in (known, known.partition(" (")[0]))


_WIDELY_READ = ("ko", "ar", "es", "fr", "pt", "ru", "zh", "ja", "de")
_ALSO_CALLED = {
    "korea": "KR", "republic of korea": "KR", "\ud55c\uad6d": "KR", "usa": "US", "america": "US", "\ubbf8\uad6d": "US",
    "uk": "GB", "britain": "GB", "great britain": "GB", "hong kong": "HK", "\ud64d\ucf69": "HK", "\u9999\u6e2f": "HK",
    "macau": "MO", "macao": "MO", "\ub9c8\uce74\uc624": "MO", "\u6fb3\u9580": "MO", "\u6fb3\u95e8": "MO", "turkey": "TR",
    "czech republic": "CZ", "ivory coast": "CI", "uae": "AE",
}  # fmt: skip


def countries_named(name: str, locale_tag: str) -> tuple[str, ...]:
    """Return the codes (ISO 3166-1 alpha-2) of the countries called ``name`` in a widely read language or in ``locale_tag``, or
    so coded. CLDR has one name of each country in a language; a few more that people use stand in _ALSO_CALLED.
    """
    wanted = name.strip().casefold()
    if wanted in _ALSO_CALLED:
        return (_ALSO_CALLED[wanted],)
    for reader in filter(None, map(_locale, dict.fromkeys(("en", locale_tag, *_WIDELY_READ)))):
        names = {str(code): str(known) for code, known in reader.territories.items() if len(str(code)) == 2}
        found = tuple(code for code, known in names.items() if wanted in (code.casefold(), known.casefold()))
        if found:
            return found
    return ()


def own_name(tag: str) -> str:
    """Return the name of a language in that language itself (``ko`` gives ``한국어``); the tag if CLDR has none."""
    locale = _locale(tag)
    name = locale.get_display_name(locale) if locale is not None else None
    return _with_capital(name) if name else tag


def _with_capital(name: str) -> str:
    """Capitalise the first letter where that is how a list is written: not Georgian, not names such as isiZulu."""
    is_plain = name[:1].islower() and not any(letter.isupper() for letter in name)
    return name[:1].upper() + name[1:] if is_plain and not "\u10a0" <= name[0] <= "\u10ff" else name


def name_in(tag: str, locale_tag: str) -> str:
    """Return the name of the language ``tag`` in the language ``locale_tag``, or its own name where CLDR has none."""
    locale, reader = _locale(tag), _locale(locale_tag)
    name = locale.get_display_name(reader) if locale is not None and reader is not None else None
    return name or own_name(tag)


def direction(tag: str) -> str:
    """Return ``rtl`` or ``ltr``, the direction in which the language is written."""
    return "rtl" if tag.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"


def describe(tag: str) -> Language:
    """Return the language of a canonical tag."""
    return Language(tag, own_name(tag), direction(tag))


@lru_cache(1024)
def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
