"""The form under which a word between spaces is kept in the index: normalised, stemmed by its language, accents folded.

Stems come from Snowball (PyStemmer) where it knows the language, from search/endings for a few more; any other language
goes without a stem, which the four-letter grams of search/analysis make up for.
"""

import re
import threading
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import Stemmer

from cac.search import endings
from cac.search.scripts import script_of
from cac.search.short_words import remember_short

# ISO 639-1 codes and Snowball's names for their algorithms. Slovak takes that of Czech, Croatian and Bosnian that of Serbian.
SNOWBALL = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "bs": "serbian", "ca": "catalan", "hr": "serbian",
    "cs": "czech", "sk": "czech", "da": "danish", "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ms": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nb": "norwegian", "nn": "norwegian", "no": "norwegian", "fa": "persian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# The script in which a language is written, where that is not Latin.
LANGUAGE_SCRIPTS = {
    "el": "greek", "ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic", "bg": "cyrillic", "mk": "cyrillic",
    "sr": "cyrillic", "kk": "cyrillic", "ky": "cyrillic", "mn": "cyrillic", "tg": "cyrillic", "hy": "armenian",
    "he": "hebrew", "yi": "hebrew", "ar": "arabic", "fa": "arabic", "ur": "arabic", "ps": "arabic", "ckb": "arabic",
    "prs": "arabic", "sd": "arabic", "ug": "arabic", "hi": "devanagari", "mr": "devanagari", "ne": "devanagari",
    "bn": "bengali", "as": "bengali", "ta": "tamil", "am": "ethiopic", "ti": "ethiopic",
    "te": "indic", "kn": "indic", "ml": "indic", "gu": "indic", "pa": "indic", "or": "indic", "si": "indic",
    "zh": "han", "ja": "han", "ko": "hangul", "th": "unspaced", "lo": "unspaced", "km": "unspaced", "my": "unspaced",
    "ka": "other",
}  # fmt: skip

# How a word in another script than its text's is stemmed: an English name in a Korean text is English.
_SCRIPT_DEFAULTS = {"latin": "en", "cyrillic": "ru", "greek": "el", "arabic": "ar", "hebrew": "he", "devanagari": "hi"}


class WordForms(NamedTuple):
    """``term`` is what is searched for, ``plain`` the folded word before stemming, ``also`` are further terms."""

    term: str
    plain: str
    also: tuple[str, ...] = ()


def base_language(tag: str) -> str:
    """Return the part of a language tag that decides the analysis: ``zh`` for ``zh-Hant``."""
    return tag.partition("-")[0].lower()


def language_script(language: str) -> str:
    """Return the script of a language, Latin unless known otherwise."""
    return LANGUAGE_SCRIPTS.get(base_language(language), "latin")


def analyser(script: str, language: str) -> str:
    """Return the language by whose rules a word in ``script`` inside a text in ``language`` is stemmed."""
    language = base_language(language)
    if language_script(language) == script:
        return language
    if language == "sr" and script == "latin":
        return language
    return _SCRIPT_DEFAULTS.get(script, "")


@remember_short(40_000)
def word_forms(word: str, language: str) -> WordForms:
    """Return the forms of one run of a spaced script inside a text in ``language`` (a base tag); empty for no term."""
    rules = analyser(script_of(word), language)
    cleaned = _clean(word, rules)
    if not cleaned:
        return WordForms("", "")
    plain = _fold(cleaned, rules)
    if rules == "vi":
        bare = fold_accents(cleaned)
        return WordForms(cleaned, bare, (bare,) if bare != cleaned else ())
    term = _stemmed(_IRREGULAR.get(cleaned, cleaned) if rules == "en" else cleaned, rules) or plain
    shorter = (_stemmed(word, rules) for word in endings.without_clitics(cleaned, rules))
    return WordForms(term, plain, tuple(dict.fromkeys(form for form in shorter if form != term)))


def _stemmed(word: str, rules: str) -> str:
    return endings.level(_fold(stemmer(rules)(word), rules), rules)


# English forms whose stem would not meet that of the word they belong to.
_IRREGULAR = {
    "buses": "bus", "busses": "bus", "minibuses": "minibus", "gases": "gas", "children": "child", "men": "man",
    "women": "woman", "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "lice": "louse",
    "crises": "crisis", "analyses": "analysis", "diagnoses": "diagnosis", "hypotheses": "hypothesis",
    "sought": "seek", "taught": "teach", "bought": "buy", "brought": "bring", "gave": "give", "given": "give",
    "won": "win", "held": "hold", "built": "build", "led": "lead", "kept": "keep", "sent": "send", "spent": "spend",
    "met": "meet", "left": "leave", "lost": "lose", "made": "make", "paid": "pay", "sold": "sell", "found": "find",
    "took": "take", "taken": "take", "wrote": "write", "written": "write", "chose": "choose", "chosen": "choose",
    "began": "begin", "begun": "begin", "grew": "grow", "grown": "grow", "spoke": "speak", "spoken": "speak",
    "ran": "run", "fell": "fall", "fallen": "fall", "broke": "break", "broken": "break", "worn": "wear", "wore": "wear",
}  # fmt: skip


def normalise(text: str) -> str:
    """Return ``text`` in compatibility form and without case, as all terms are (UAX 15, NFKC; then case folding).

    The vowel sign am of Thai and Lao stays one character, so that offsets do.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|un|all|dall|dell|nell|sull|quest|sant)'(?=\w)")
_TASHKEEL = re.compile("[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
# "And" and "so" before an article, where they are no letter of the word.
_ARABIC_AND = re.compile("^[\u0648\u0641](?=(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644)...)")
_POINTS = re.compile("[\u0591-\u05c7]")
_INDIC = str.maketrans({"\u093c": None, "\u09bc": None, "\u0901": "\u0902", "\u200c": None, "\u200d": None})
_ARABIC_KEYBOARDS = str.maketrans({"\u06a9": "\u0643", "\u06cc": "\u064a", "\u06c1": "\u0647", "\u06be": "\u0647"})


def _clean(word: str, rules: str) -> str:
    if rules in ("tr", "az"):
        word = word.replace("I", "\u0131").replace("\u0130", "i")
    word = normalise(word).replace("\u2019", "'").replace("\u02bc", "'")
    if "'" in word:
        word = _cut_apostrophe(word, rules)
    if "." in word or "," in word:
        word = word.replace(".", "") if word[0].isalpha() else word.replace(",", "")
    first = word[:1]
    if "\u0590" <= first <= "\u05ff":
        word = _POINTS.sub("", word)
    elif "\u0600" <= first <= "\u08ff":
        word = _TASHKEEL.sub("", word)
        if rules == "ar":
            word = _ARABIC_AND.sub("", word)
        word = word.translate(_PERSIAN_KEYBOARDS if rules == "fa" else _ARABIC_KEYBOARDS)
    elif "\u0900" <= first <= "\u0dff":
        word = word.translate(_INDIC)
    return word


_PERSIAN_KEYBOARDS = str.maketrans({"\u0643": "\u06a9", "\u064a": "\u06cc", "\u0649": "\u06cc"})


def _cut_apostrophe(word: str, rules: str) -> str:
    if rules in ("fr", "it", "ca"):
        return _ELISION.sub("", word).replace("'", "")
    if rules == "tr":
        return word.split("'", 1)[0]
    if word.endswith("'s"):
        return word[:-2].replace("'", "")
    return word.replace("'", "")


_ARABIC_LETTERS = str.maketrans(
    {"\u0623": "\u0627", "\u0625": "\u0627", "\u0622": "\u0627", "\u0671": "\u0627", "\u0649": "\u064a",
     "\u0629": "\u0647", "\u06a9": "\u0643", "\u06cc": "\u064a", "\u06c0": "\u0647", "\u0624": "\u0648", "\u0626": "\u064a"}
)  # fmt: skip


def _fold(word: str, rules: str) -> str:
    first = word[:1]
    if "\u0600" <= first <= "\u08ff":
        return word.translate(_ARABIC_LETTERS)
    if rules == "vi" or "\u0900" <= first <= "\u0dff":
        return word
    return fold_accents(word)


_STROKES = str.maketrans({"\u0111": "d", "\u0142": "l", "\u00f8": "o", "\u0131": "i", "\u00e6": "ae", "\u0153": "oe"})


@remember_short(4_000)
def fold_accents(word: str) -> str:
    """Return a word without the combining marks of Latin, Greek and Cyrillic, and without strokes (đ, ł, ø, ı)."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    bare = "".join(character for character in parts if not "\u0300" <= character <= "\u036f")
    return unicodedata.normalize("NFC", bare).translate(_STROKES)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that stems a normalised word of ``language`` (a base tag); it may be shared by threads."""
    name = SNOWBALL.get(language)
    if name is None:
        return endings.stemmer(language)
    snowball, lock = Stemmer.Stemmer(name, 0), threading.Lock()

    def stem(word: str) -> str:
        with lock:
            return str(snowball.stemWord(word))

    return stem


# Stems of English words of which a form begins otherwise: "sought" is found by "seek".
IRREGULAR_STEMS = frozenset(word_forms(base, "en").term for base in _IRREGULAR.values())
