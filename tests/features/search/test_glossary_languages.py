"""Every language that the search serves reaches the others by the first glossary, with or without its marks."""

import pytest
from sqlalchemy.orm import Session

from cac.db import transaction
from cac.search import glossary
from tests.factories import AT
from tests.features.search.conftest import Publish, Search, references

# The word for disinfection and the one for a mask as people of each language type them.
ASKED = {
    "en": ("disinfection", "mask"), "es": ("desinfección", "mascarilla"), "fr": ("désinfection", "masque"),
    "pt": ("desinfecção", "máscara"), "de": ("Desinfektion", "Maske"), "it": ("disinfezione", "mascherina"),
    "nl": ("ontsmetting", "mondkapje"), "ro": ("dezinfecție", "mască"), "ru": ("дезинфекция", "маска"),
    "uk": ("дезінфекція", "маска"), "el": ("απολύμανση", "μάσκα"), "tr": ("dezenfeksiyon", "maske"),
    "ar": ("تعقيم", "كمامة"), "fa": ("ضدعفونی", "ماسک"), "he": ("חיטוי", "מסכה"), "hi": ("कीटाणुशोधन", "मास्क"),
    "bn": ("জীবাণুমুক্তকরণ", "মাস্ক"), "th": ("ฆ่าเชื้อ", "หน้ากากอนามัย"), "vi": ("khử khuẩn", "khẩu trang"),
    "id": ("disinfeksi", "masker"), "ko": ("소독", "마스크"), "ja": ("消毒", "マスク"), "zh-Hans": ("消毒", "口罩"),
    "zh-Hant": ("消毒", "口罩"), "pl": ("dezynfekcja", "maseczka"),
}  # fmt: skip

# Practices of which none holds a word that means the other thing.
PRACTICES = (
    (("en", "Disinfection of town halls"), ("ko", "시청 건물 소독"), ("es", "Desinfección del ayuntamiento")),
    (("en", "Face masks for everybody"), ("ko", "모든 시민에게 마스크 보급"), ("es", "Mascarillas para todos")),
)


@pytest.fixture
def first_glossary(session: Session) -> None:
    with transaction(session):
        glossary.load_first_glossary(session, at=AT)


@pytest.mark.usefixtures("first_glossary")
def test_each_language_finds_english_korean_and_spanish_practices_by_its_own_word(
    publish: Publish, search: Search
) -> None:
    meant = [
        {publish(language=tag, title=title, summary=title, why="", how="").reference for tag, title in group}
        for group in PRACTICES
    ]
    missed = {
        (language, word): expected - set(references(search(word, locale=language)))
        for language, words in ASKED.items()
        for word, expected in zip(words, meant, strict=True)
    }
    assert {asked: lost for asked, lost in missed.items() if lost} == {}


# Terms as people type them who have no marks on their keyboard or leave them out.
UNMARKED = (
    "khu khuan", "khu trung", "khau trang", "rua tay", "desinfeccion", "desinfeccao", "dezinfectie", "απολυμανση", "μασκα"
)  # fmt: skip


@pytest.mark.usefixtures("first_glossary")
def test_a_term_typed_without_its_marks_is_the_same_term(publish: Publish, search: Search) -> None:
    for title in ("시청 건물 소독", "마스크 보급", "손 씻기 안내"):
        publish(language="ko", title=title, summary=title, why="", how="")
    found = {(word, locale): search(word, locale=locale).total for word in UNMARKED for locale in ("en", "vi")}
    assert {asked: total for asked, total in found.items() if total == 0} == {}


@pytest.mark.usefixtures("first_glossary")
def test_a_short_word_is_no_vietnamese_term_without_its_marks(publish: Publish, search: Search) -> None:
    publish(language="ko", title="알코올 사용", summary="알코올 사용", why="", how="")
    assert references(search("cồn", locale="en"))
    assert references(search("con", locale="vi"))
    assert not references(search("con", locale="es"))
