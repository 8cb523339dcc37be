"""Light stemming for languages that Snowball does not know: the commonest endings and prefixes are taken off.

The lists hold case, number and person endings as grammars give them; they only have to bring the forms of one word
together, not to find its dictionary form. What changes inside of a stem is levelled, for some languages of Snowball too.
"""

import re
from collections.abc import Callable

_UKRAINIAN = (
    "ями", "ами", "ові", "еві", "єві", "ого", "його", "ього", "ому", "йому", "ьому", "ими", "іми", "ують", "юють", "ість",
    "істю", "ості", "ости", "ати", "яти", "ити", "іти", "ється", "ються", "тися", "ах", "ях", "ам", "ям", "ом", "ем", "єм",
    "ою", "ею", "єю", "ів", "їв", "ей", "их", "іх", "им", "ім", "ий", "ій", "ої", "єї", "ає", "ує", "ить", "ать", "ять",
    "а", "я", "о", "е", "є", "у", "ю", "и", "і", "ї", "ь", "й",
)  # fmt: skip
_BENGALI = (
    "গুলিকে", "গুলিতে", "গুলোতে", "গুলির", "গুলোকে", "গুলোর", "দেরকে", "গুলি", "গুলো", "দের", "টির", "টিকে", "টার", "টাকে", "য়ের", "খানা",
    "টি", "টা", "কে", "তে", "রা", "ের", "য়", "র", "ে",
)  # fmt: skip
_BULGARIAN = (
    "ищата", "ищите", "ията", "ието", "иите", "ите", "ият", "ове", "еве", "ища", "ище", "ищ", "ата", "ята", "ото", "ето", "ът",
    "ят", "та", "то", "те", "ия", "ие", "ии", "ам", "ен", "на", "но", "ни", "а", "я", "о", "е", "и", "у", "ъ",
)  # fmt: skip
_LATVIAN = (
    "ajiem", "ajam", "ajai", "iem", "ām", "ēm", "īm", "ās", "ēs", "īs", "am", "em", "im", "ai", "ei", "as", "es", "is", "us",
    "os", "a", "ā", "e", "ē", "i", "ī", "u", "ū", "o", "s", "š",
)  # fmt: skip
_GEORGIAN = (
    "ებისთვის", "ებიდან", "ებთან", "ებში", "ებზე", "ების", "ებით", "ებად", "ებმა", "ებს", "ები", "ებო", "ისთვის", "იდან",
    "თან", "ში", "ზე", "ის", "ით", "ად", "მა", "ი", "ა", "ს", "ო",
)  # fmt: skip
_URDU = ("یوں", "وں", "یں", "ات", "ہ", "ے", "ی", "ا")
_MARATHI = (
    "ांमध्ये", "ांसाठी", "ामध्ये", "ासाठी", "ांच्या", "ाच्या", "ांना", "ांचा", "ांची", "ांचे", "ाला", "ाने", "ाचा", "ाची",
    "ाचे", "ात", "ून", "ीत", "ां", "ा", "ी", "े", "ो", "ू",
)  # fmt: skip
_SWAHILI = ("ni",)
_HEBREW = ("ותיהם", "יהם", "ותיו", "ותיה", "ים", "ות", "יים", "יו", "יה", "ית", "ה", "ת", "י")

_ENDINGS = {
    "uk": (_UKRAINIAN, 3), "bn": (_BENGALI, 2), "bg": (_BULGARIAN, 3), "mk": (_BULGARIAN, 3), "ur": (_URDU, 2),
    "mr": (_MARATHI, 2), "lv": (_LATVIAN, 3), "ka": (_GEORGIAN, 3), "sw": (_SWAHILI, 4), "he": (_HEBREW, 3),
}  # fmt: skip


def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that takes the endings of ``language`` off a word; one that changes nothing for others."""
    found = _ENDINGS.get(language)
    if found is None:
        return str
    ordered = tuple(sorted(set(found[0]), key=len, reverse=True))
    return lambda word: _without_ending(word, ordered, found[1])


def _without_ending(word: str, ordered: tuple[str, ...], shortest: int) -> str:
    for ending in ordered:
        if len(word) - len(ending) >= shortest and word.endswith(ending):
            return word[: -len(ending)]
    return word


# Words of one letter that are written as a part of the next word: and, that, in, to, from, as, the.
_HEBREW_CLITICS = (("ו",), ("כש", "ש"), ("ב", "ל", "מ", "כ"), ("ה",))
_ARABIC_CLITICS = (("و", "ف"), ("ل", "ب", "ك"))
_CLITICS = {"he": (_HEBREW_CLITICS, 3), "ar": (_ARABIC_CLITICS, 4)}


def without_clitics(word: str, language: str) -> list[str]:
    """Return what a word may be without the small words written before it, one by one; a letter may be its own, too."""
    slots, shortest = _CLITICS.get(language, ((), 0))
    found = []
    for slot in slots:
        clitic = next((each for each in slot if word.startswith(each) and len(word) - len(each) >= shortest), "")
        if clitic:
            word = word[len(clitic) :]
            found.append(word)
    return found


_FLEETING = {
    "uk": re.compile("(?<=[^аеиіоуюяє])[оеє](?=[кцн]$)"), "ru": re.compile("(?<=[^аеиоуыэюя])[ое](?=к$)"),
    "pl": re.compile("(?<=[^aeiouy])[eo](?=k$)"), "sk": re.compile("(?<=[^aeiouy])[eo](?=k$)"),
}  # fmt: skip
_HEBREW_FINALS = str.maketrans("ךםןףץ", "כמנפצ")


def level(stem: str, language: str) -> str:
    """Return a folded stem with what changes inside of it from form to form made one: масок and маска, școală and școli."""
    fleeting = _FLEETING.get(language)
    if fleeting is not None and len(stem) >= 5:
        stem = fleeting.sub("", stem)
    if language == "uk":
        return _level_ukrainian(stem)
    if language == "ro":
        return _level_romanian(stem)
    if language == "ar":  # What Snowball leaves of the plural in -at.
        return stem[:-1] if len(stem) > 3 and stem.endswith("ا") else stem
    return stem.translate(_HEBREW_FINALS) if language == "he" else stem


def _level_ukrainian(stem: str) -> str:
    """засіб and засобу, школа and шкіл; маска and масці; щеплення and щеплень."""
    if len(stem) > 3 and stem[-1] == stem[-2]:
        stem = stem[:-1]
    if stem.endswith("ц"):
        stem = stem[:-1] + "к"
    return re.sub("і(?=[^аеиіоуюяє]+$)", "о", stem)


def _level_romanian(stem: str) -> str:
    """școală and școli, piață and piețe; mască and măști, stradă and străzi."""
    stem = re.sub("[oe]a(?=[^aeiou]+$)", lambda vowels: vowels.group()[0], stem)
    stem = re.sub("ia(?=[^aeiou]+$)", "ie", stem)
    if stem.endswith("sc"):
        return stem[:-1] + "t"
    return stem[:-1] + "d" if stem.endswith("z") else stem
