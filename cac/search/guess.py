"""In which language a query is asked: as a weight for each language, which orders results and filters none, or as one language.

Three witnesses: the script, letters that only some languages have, and how often the words occur in the documents of each
language. The language of the interface counts as a prior.
"""

import math
from collections.abc import Mapping, Sequence

from cac.search.scripts import Writing, runs, script_of
from cac.search.words import LANGUAGE_SCRIPTS, base_language

# Letters that point to languages; others with the same letters are not listed where they are rarer on the web.
_LETTERS_OF = {
    "ığşİ": ("tr", "az"), "ñ¿¡": ("es",), "ß": ("de",), "äö": ("de", "sv", "fi", "et"), "ü": ("de", "tr", "es", "et", "hu"),
    "ãõ": ("pt",), "ç": ("fr", "pt", "tr", "ca", "az"), "ęłśźż": ("pl",), "ąčėįųū": ("lt", "pl"), "ășțţ": ("ro",),
    "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ": ("vi",), "åæø": ("da", "nb", "no", "sv"), "őű": ("hu",),
    "řěů": ("cs",), "ľĺŕ": ("sk",), "êèàùûîœ": ("fr", "pt", "it", "vi"), "éá": ("es", "fr", "pt", "hu", "cs", "vi"),
    "íóú": ("es", "pt", "hu", "cs", "is"), "іїєґ": ("uk",), "ыэё": ("ru", "be"), "ў": ("be",), "ъ": ("bg", "ru"),
    "پچژگ": ("fa", "ur", "ps", "ckb"), "ٹڈڑںے": ("ur",), "ڕڵۆێ": ("ckb",), "ةىإأؤ": ("ar",),
}  # fmt: skip

_LETTERS = {frozenset(letters): languages for letters, languages in _LETTERS_OF.items()}
# How likely a second language may be at most, beside the likeliest, for this one to be certain.
CLEAR = 0.4
_LETTER_EVIDENCE, _PRIOR, _UNSEEN = 3.0, 2.5, 1e-3
_UNSPACED = (
    ("th", "\u0e01", "\u0e5b"),
    ("lo", "\u0e81", "\u0edf"),
    ("my", "\u1000", "\u109f"),
    ("km", "\u1780", "\u17ff"),
)


def weigh_languages(
    text: str, locale: str, bases: Sequence[str], shares: Mapping[str, Sequence[float]]
) -> dict[str, float]:
    """Return for each base language of ``bases`` how likely ``text`` is in it, relative to the likeliest (1.0).

    ``shares`` tells for each word in which share of the documents of each base language it occurs.
    """
    own = base_language(locale)
    candidates = _by_script(text, own)
    letters = set(text)
    pointed_to = [
        language for marks, languages in _LETTERS.items() if not letters.isdisjoint(marks) for language in languages
    ]
    evidence = dict.fromkeys(bases, 0.0)
    for number, base in enumerate(bases):
        evidence[base] += sum(math.log(found[number] + _UNSEEN) for found in shares.values())
        evidence[base] += _LETTER_EVIDENCE * pointed_to.count(base)
        if base == own:
            evidence[base] += _PRIOR
        if candidates and base not in candidates:
            evidence[base] -= 20.0
    best = max(evidence.values(), default=0.0)
    return {base: math.exp(max(value - best, -50.0)) for base, value in evidence.items()}


def certain_language(text: str, shares: Mapping[str, Mapping[str, float]]) -> str:
    """Return the base language that ``text`` is in whoever asks, empty if more than one might be.

    ``shares`` tells for each word in which share of the documents of which base languages it occurs. Words say it where most
    of them are of the language; a word or two in common, such as "bus", say nothing.
    """
    by_script = _by_script(text, "")
    if len(by_script) == 1:
        return by_script[0]
    known = {base for found in shares.values() for base, share in found.items() if share}
    bases = sorted({*known, *by_script, *(language for languages in _LETTERS.values() for language in languages)})
    weights = weigh_languages(
        text, "", bases, {word: [of.get(base, 0) for base in bases] for word, of in shares.items()}
    )
    best, *others = sorted(bases, key=lambda base: -weights[base])
    is_pointed_to = any(not marks.isdisjoint(text) and best in languages for marks, languages in _LETTERS.items())
    has_most_words = sum(bool(found.get(best)) for found in shares.values()) * 2 > len(shares)
    is_clear = all(weights[other] < CLEAR for other in others)
    return best if is_clear and (is_pointed_to or has_most_words) else ""


def come_after(text: str, locale: str) -> list[tuple[str, str]]:
    """Return pairs of base languages of which the first must not be lifted above the second for being a small one.

    Readers of Chinese who type Han characters mean Chinese: a handful of Japanese texts with the same characters comes after.
    """
    return [("ja", "zh")] if base_language(locale) == "zh" and _by_script(text, "zh") == ("zh",) else []


def _by_script(text: str, locale: str) -> tuple[str, ...]:
    """Return the base languages that the script of ``text`` leaves possible, empty for all that are written in Latin."""
    counts: dict[str, int] = {}
    for writing, start, end in runs(text):
        name = script_of(text[start:end]) if writing is Writing.WORD else writing.value
        counts[name] = counts.get(name, 0) + end - start
    counts.pop("number", None)
    if "hangul" in counts:
        return ("ko",)
    if "unspaced" in counts:
        return tuple(base for base, first, last in _UNSPACED if any(first <= letter <= last for letter in text))
    if "han" in counts:
        kana = any("\u3041" <= letter <= "\u30ff" for letter in text)
        return ("ja",) if kana else (("ja", "zh") if locale == "ja" else ("zh",))
    script = max(counts, key=lambda name: counts[name], default="")
    if script in ("", "latin", "other"):
        return ()
    return tuple(language for language, own in LANGUAGE_SCRIPTS.items() if own == script)
