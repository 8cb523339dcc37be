"""Light stemming for languages that Snowball does not know: the commonest endings and prefixes are taken off.

The lists hold case, number and person endings as grammars give them; they only have to bring the forms of one word
together, not to find its dictionary form.
"""

from collections.abc import Callable

_UKRAINIAN = (
    "ями", "ами", "ові", "еві", "єві", "ого", "його", "ому", "йому", "ими", "іми", "ують", "юють", "ення", "ання", "ість",
    "ости", "ості", "ати", "яти", "ити", "іти", "ється", "ються", "тися", "ах", "ях", "ам", "ям", "ом", "ем", "єм", "ою",
    "ею", "єю", "ів", "їв", "ей", "их", "іх", "им", "ім", "ий", "ій", "их", "ої", "єї", "ає", "ує", "ить", "ать", "ять",
    "ла", "ло", "ли", "ти", "а", "я", "о", "е", "є", "у", "ю", "и", "і", "ї", "ь", "й",
)  # fmt: skip
_BENGALI = (
    "গুলিকে", "গুলির", "গুলোকে", "গুলোর", "দেরকে", "গুলি", "গুলো", "দের", "টির", "টিকে", "টার", "টাকে", "য়ের", "খানা",
    "টি", "টা", "কে", "তে", "রা", "ের", "য়", "র", "ে",
)  # fmt: skip
_BULGARIAN = (
    "ията", "ието", "иите", "ите", "ият", "ията", "ове", "еве", "ища", "ове", "ът", "ят", "та", "то", "те", "ия", "ие",
    "ии", "ам", "ен", "на", "но", "ни", "а", "я", "о", "е", "и", "у", "ъ",
)  # fmt: skip
_URDU = ("یوں", "وں", "یں", "ات", "ہ", "ے", "ی", "ا")
_MARATHI = (
    "ांमध्ये", "ांसाठी", "ामध्ये", "ासाठी", "ांच्या", "ाच्या", "ांना", "ांचा", "ांची", "ांचे", "ाला", "ाने", "ाचा", "ाची",
    "ाचे", "ात", "ून", "ीत", "ां", "ा", "ी", "े", "ो", "ू",
)  # fmt: skip
_HEBREW_PREFIXES = ("וכש", "כש", "שה", "וה", "וב", "ול", "ומ", "מה", "ה", "ו", "ב", "ל", "מ", "ש", "כ")
_HEBREW_ENDINGS = ("ותיהם", "יהם", "ותיו", "ותיה", "ים", "ות", "יים", "יו", "יה", "ית", "ה", "ת", "י")

_ENDINGS = {"uk": _UKRAINIAN, "bn": _BENGALI, "bg": _BULGARIAN, "mk": _BULGARIAN, "ur": _URDU, "mr": _MARATHI}
_SHORTEST = {"uk": 3, "bg": 3, "mk": 3, "bn": 2, "ur": 2, "mr": 2}


def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that takes the endings of ``language`` off a word; one that changes nothing for others."""
    if language == "he":
        return _stem_hebrew
    found = _ENDINGS.get(language)
    if found is None:
        return str
    ordered = tuple(sorted(set(found), key=len, reverse=True))
    shortest = _SHORTEST[language]
    return lambda word: _without_ending(word, ordered, shortest)


def _without_ending(word: str, ordered: tuple[str, ...], shortest: int) -> str:
    for ending in ordered:
        if len(word) - len(ending) >= shortest and word.endswith(ending):
            return word[: -len(ending)]
    return word


def _stem_hebrew(word: str) -> str:
    for prefix in _HEBREW_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    return _without_ending(word, _HEBREW_ENDINGS, 3)
