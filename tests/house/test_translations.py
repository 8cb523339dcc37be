"""Every word of the pages has its Korean and Arabic, with the same placeholders; the .mo files are those of the .po files."""

import re
import tomllib
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "cac"
TRANSLATIONS = CODE / "web/translations"
LANGUAGES = ("ko", "ar")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
ELEMENT = re.compile(r"</?[a-z]+>")
# The forms for none, one and two things; Arabic says these numbers in words.
FORMS_WITHOUT_NUMBER = {"ko": 0, "ar": 3}
COUNTS = ("count", "shown", "num", "days")
EXTRACT = (
    "pybabel extract -F pyproject.toml -k lazy_gettext -k lazy_ngettext:1,2 --add-location=file --no-wrap "
    "-o messages.pot cac && pybabel update -i messages.pot -d cac/web/translations -N --no-wrap --ignore-obsolete "
    "--ignore-pot-creation-date && rm messages.pot"
)
COMPILE = "pybabel compile -d cac/web/translations"
HOW = f"\nRun `{EXTRACT}`, translate what is empty in the .po files, then `{COMPILE}`."

TEMPLATES = sorted((CODE / "web/templates").rglob("*.html"))
OUTSIDE_GETTEXT = re.compile(r"{#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}|{%.*?%}|{{.*?}}", re.DOTALL)
NOT_FOR_READERS = re.compile(r"<(code|svg|style)\b.*?</\1>|<([a-z]+)\b[^>]*\blang=\"[a-z]+\"[^>]*>.*?</\2>", re.DOTALL)
READ_ALOUD = re.compile(r"\b(?:aria-label|alt|title|placeholder|data-l)=\"([^\"]*)\"")
# Words that are the same in every language.
NAMES = {"CSV", "JSON"}


def words_of_the_pages() -> Catalog:
    """Return everything that code and templates give to gettext, as babel extracts it with the mapping of pyproject.toml."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {mapping["pattern"]: {"silent": "false"} for mapping in mappings}
    found = Catalog()
    for name, line, words, _comments, context in extract_from_dir(CODE, methods, options, KEYWORDS):
        found.add(words, None, [(name, line)], context=context)
    return found


def catalogue(language: str) -> Catalog:
    """Return the .po file of a language."""
    with (TRANSLATIONS / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language)


def placeholders(text: str) -> set[str]:
    """Return what is filled into a text, and whether it has a doubled percent sign."""
    return {match[1] or match[0] for match in PLACEHOLDER.finditer(text)}


def as_forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return the forms of a message: one, or one for each kind of number."""
    return (words,) if isinstance(words, str) else tuple(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_pages_is_translated(language: str) -> None:
    translated = catalogue(language)
    missing = []
    for message in words_of_the_pages():
        found = translated.get(message.id, message.context) if message.id else message
        if message.id and (found is None or found.fuzzy or not all(as_forms(found.string or ""))):
            missing.append(f"{message.locations[0][0]}: {message.id!r}")
    assert not missing, "\n".join(missing) + HOW


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_outlives_its_word(language: str) -> None:
    wanted = words_of_the_pages()
    left = [message.id for message in catalogue(language) if message.id and wanted.get(message.id) is None]
    assert not left, f"{left}{HOW}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_elements_and_forms(language: str) -> None:
    translated = catalogue(language)
    done = [message for message in translated if message.id and any(as_forms(message.string))]
    wrong = [str(message.id) for message in done if not _keeps_all(message, translated, language)]
    assert not wrong


def _keeps_all(message: Message, translated: Catalog, language: str) -> bool:
    source, forms = as_forms(message.id)[-1], as_forms(message.string)
    if len(forms) != (translated.num_plurals if message.pluralizable else 1):
        return False
    return all(
        placeholders(source) - placeholders(form) <= _may_be_left_out(message, number, language)
        and placeholders(form) <= placeholders(source)
        and sorted(ELEMENT.findall(form)) == sorted(ELEMENT.findall(source))
        for number, form in enumerate(forms)
    )


def _may_be_left_out(message: Message, form: int, language: str) -> set[str]:
    return set(COUNTS) if message.pluralizable and form < FORMS_WITHOUT_NUMBER[language] else set()


@pytest.mark.parametrize(
    ("number", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (103, 3), (1000, 5)]
)
def test_arabic_numbers_choose_the_form_that_is_written_for_them(number: int, form: int) -> None:
    from gettext import GNUTranslations

    views = catalogue("ar").get(("%(shown)s view", "%(shown)s views"))
    with (TRANSLATIONS / "ar/LC_MESSAGES/messages.mo").open("rb") as file:
        chosen = GNUTranslations(file).ngettext("%(shown)s view", "%(shown)s views", number)
    assert views is not None
    assert chosen == views.string[form]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mo_file_is_made_from_the_po_file(language: str) -> None:
    made = BytesIO()
    write_mo(made, catalogue(language))
    stored = (TRANSLATIONS / language / "LC_MESSAGES/messages.mo").read_bytes()
    assert stored == made.getvalue(), f"run `{COMPILE}`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_that_speakers_have_not_reviewed_it(language: str) -> None:
    found = catalogue(language)
    assert "Machine translation, to be reviewed by speakers." in found.header_comment
    assert not found.fuzzy


def test_code_calls_gettext_by_names_that_are_extracted() -> None:
    imports = [
        (path.name, name.strip())
        for path in CODE.rglob("*.py")
        for line in re.findall(r"^\s*from flask_babel import ([^\n]+)$", path.read_text(), re.MULTILINE)
        for name in line.strip("()").split(",")
    ]
    known = {*KEYWORDS, "Babel", "LazyString", "force_locale"}
    assert imports
    assert not [found for found in imports if found[1] not in known]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(CODE / "web/templates").as_posix())
def test_a_template_shows_no_english_outside_gettext(path: Path) -> None:
    text = OUTSIDE_GETTEXT.sub(" ", path.read_text())
    text = NOT_FOR_READERS.sub(" ", text)
    spoken = " ".join(READ_ALOUD.findall(text))
    shown = re.sub(r"<[^>]*>| [a-z-]+=\"[^\"]*\"", " ", text)
    words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;", " ", f"{shown} {spoken}"))) - NAMES
    assert not words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(CODE / "web/templates").as_posix())
def test_a_template_chooses_the_form_by_a_whole_number(path: Path) -> None:
    """The first value of a ``trans`` block chooses the form; other languages than English fail at anything but a number."""
    blocks = re.findall(r"{%-?\s*trans\s+(\w+)=(?:(?!endtrans).)*?{%-?\s*pluralize\s*-?%}", path.read_text(), re.DOTALL)
    assert not [name for name in blocks if name not in COUNTS]
