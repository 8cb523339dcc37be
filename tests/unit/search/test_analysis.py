"""How text becomes terms, in every script: what is asked must meet what is indexed."""

import pytest

from cac.search.analysis import asked_units, grams_of, index_text, indexed_units, pairs_of, required_terms


def indexed(text: str, language: str) -> set[str]:
    return {term.text for unit in indexed_units(text, language) for term in unit.terms}


def asked(text: str, language: str) -> set[str]:
    return {term.text for unit in asked_units(text, language) for term in unit.terms}


@pytest.mark.parametrize(
    ("language", "query", "text"),
    [
        ("ko", "소독", "방역소독을"),
        ("ko", "방역", "생활방역"),
        ("zh-Hant", "消毒", "公共交通消毒指南"),
        ("zh-Hant", "消毒剂", "消毒劑的使用"),
        ("zh-Hans", "體溫", "测量体温"),
        ("ja", "消毒", "公共交通機関の消毒"),
        ("en", "disinfecting buses", "bus disinfection"),
        ("en", "bus", "Buses"),
        ("en", "city's", "the CITY"),
        ("en", "US", "U.S. guidance"),
        ("tr", "ışık", "IŞIK"),
        ("tr", "Istanbul", "İstanbul'da"),
        ("de", "Busse", "BUSSEN"),
        ("fr", "école", "l’ecole"),
        ("ar", "تعقيم", "التَّعْقِيم"),
        ("ar", "احمد", "أحمد"),
        ("fa", "کتاب", "كتاب‌ها"),
        ("he", "חיטוי", "הַחִטּוּי חיטוי"),
        ("hi", "हिंदी", "हिन्दी हिंदी"),
        ("vi", "khu trung", "khử trùng"),
        ("vi", "khử trùng", "Khử trùng"),
        ("th", "ฆ่าเชื้อ", "การฆ่าเชื้อโรคบนรถโดยสาร"),
        ("km", "មេរោគ", "ការសម្លាប់មេរោគ"),
        ("ru", "автобус", "дезинфекция автобусов"),
        ("uk", "автобус", "дезінфекція автобусів"),
        ("el", "λεωφορείο", "ΛΕΩΦΟΡΕΙΑ"),
        ("es", "desinfección", "DESINFECCION"),
        ("bn", "জীবাণুনাশক", "জীবাণুনাশক ছিটানো"),
    ],
)
def test_words_asked_for_meet_the_text(language: str, query: str, text: str) -> None:
    assert asked(query, language) <= indexed(text, language)


@pytest.mark.parametrize(
    ("language", "word", "forms"),
    [
        ("ar", "تعقيم", "لتعقيم والتعقيم بالتعقيم للتعقيم وتعقيم فالتعقيم"),
        ("ar", "كمامة", "الكمامات كمامات والكمامات بكمامة"),
        ("ar", "مدرسة", "المدرسة للمدرسة والمدرسة"),
        ("uk", "маска", "масок маски маску масками масках масці"),
        ("uk", "лікарня", "лікарень лікарні лікарнями"),
        ("uk", "школа", "шкіл школи школах школами"),
        ("uk", "засіб", "засоби засобів засобом"),
        ("uk", "рукавичка", "рукавичок рукавички"),
        ("ru", "маска", "масок маски"),
        ("pl", "maseczka", "maseczek maseczki"),
        ("sk", "rúško", "rúšok rúška"),
        ("ro", "școală", "școlilor școli școala şcolilor scolilor"),
        ("ro", "mască", "măștilor măști masca măşti"),
        ("ro", "stradă", "străzi străzilor"),
        ("he", "מסכה", "מסכות המסכות במסכה ומסכות שהמסכה"),
        ("he", "במסכה", "מסכות המסכה"),
        ("he", "תלמיד", "תלמידים לתלמידים"),
        ("he", "חיסון", "חיסונים החיסונים"),
        ("bn", "স্কুল", "স্কুলগুলোতে স্কুলে স্কুলের"),
        ("bn", "হাসপাতাল", "হাসপাতালগুলোতে হাসপাতালের"),
        ("hi", "अस्पताल", "अस्पतालों"),
        ("hr", "škola", "škole školama"),
        ("bg", "маска", "маски маските маската"),
        ("lv", "skola", "skolas skolu skolām"),
        ("ka", "სკოლა", "სკოლები სკოლის სკოლებში"),
        ("sw", "hospitali", "hospitalini"),
    ],
)
def test_the_forms_of_a_word_meet(language: str, word: str, forms: str) -> None:
    apart = [form for form in forms.split() if not asked(word, language) & indexed(form, language)]
    assert not apart


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("uk", "кошти", "кошик"),
        ("ro", "spital", "spațiu"),
        ("he", "מגן", "גן"),
        ("ar", "بلد", "ولد"),
        ("pl", "rok", "rak"),
    ],
)
def test_words_that_only_look_alike_do_not_meet(language: str, one: str, other: str) -> None:
    assert not asked(one, language) & indexed(other, language)


def test_a_word_must_be_there_without_what_may_be_a_part_of_it() -> None:
    assert required_terms("המסכה", "he") == ["המסכ"]


def test_a_korean_word_is_found_whatever_particle_it_has() -> None:
    assert asked("버스를", "ko") & indexed("버스에서", "ko") == {"버스"}


def test_a_traditional_and_a_simplified_text_have_the_same_terms() -> None:
    assert indexed("公共車輛消毒", "zh-Hant") == indexed("公共车辆消毒", "zh-Hans")


def test_only_pairs_of_characters_are_asked_for_in_han() -> None:
    assert asked("公共交通", "zh-Hans") == {"公共", "共交", "交通"}
    assert asked("车", "zh-Hans") == {"车"}


def test_an_english_name_in_a_korean_text_is_cut_as_english() -> None:
    assert "polici" in indexed("서울 policies 2020", "ko")


def test_the_dotless_i_does_not_part_words_typed_without_it() -> None:
    assert asked("isik", "tr") == indexed("ışık", "tr")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ko", "방역소독을 실시"),
        ("en", "The BUSES' doors"),
        ("zh-Hant", "消毒 ABC 指南"),
        ("th", "การฆ่าเชื้อ"),
        ("vi", "Khử trùng"),
    ],
)
def test_offsets_are_those_of_the_raw_text(language: str, text: str) -> None:
    for unit in indexed_units(text, language):
        for term in unit.terms:
            assert unit.start <= term.start < term.end <= unit.end
            assert text[term.start : term.end].strip()


def test_marks_stay_with_their_letters() -> None:
    assert indexed("कीटाणुशोधन", "hi") == {next(iter(indexed("कीटाणुशोधन", "hi")))}
    assert len(list(indexed_units("कीटाणुशोधन किया", "hi"))) == 2


def test_joined_letters_of_khmer_are_never_parted() -> None:
    assert all(not term.startswith("\u17d2") for term in indexed("ការសម្លាប់", "km"))


def test_pairs_are_neighbouring_words_and_do_not_cross_lines() -> None:
    assert pairs_of(list(indexed_units("bus disinfection daily", "en"))) == ["bus disinfect", "disinfect daili"]
    assert "disinfect bus" not in index_text(["disinfection", "bus"], "en").pairs


def test_grams_have_four_letters_of_the_word_before_stemming() -> None:
    assert grams_of("buses") == ["buse", "uses"]
    assert grams_of("bus") == []


def test_counts_say_how_often_a_term_occurs() -> None:
    assert index_text(["bus bus", "buses"], "en").terms["bus"] == 3
