"""Member cities have names in many languages and are found by any of them."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cac.cities import queries, service
from cac.cities.naming import fold_name, slug_of
from cac.errors import InvalidError, NotFoundError

FORM_1 = """slug,country,latitude,longitude,timezone,language,population,names
seoul,KR,37.566,126.9784,Asia/Seoul,ko,10349312,en=Seoul|ko=서울
sao-paulo,BR,-23.5475,-46.6361,America/Sao_Paulo,pt,,en=São Paulo|pt=São Paulo
"""
FORM_2 = """name_en,name_native,name_ko,country_iso2,lat,lon,population,languages,timezone,licence
Birmingham,,버밍엄,GB,52.48,-1.9,984333,en,Europe/London,CC
Birmingham,,,US,33.52,-86.8,212237,en;es,America/Chicago,CC
Taipei,臺北,,TW,25.05,121.53,7871900,zh,Asia/Taipei,CC
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cities.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["Sao Paulo", "SÃO  PAULO", "são-paulo", "Sa\u0303o Paulo"])
def test_a_city_is_found_whatever_the_case_and_the_accents(
    session: Session, tmp_path: Path, at: datetime, name: str
) -> None:
    service.import_csv(session, write(tmp_path, FORM_1), at=at)
    found = queries.find_city_by_name(session, name)
    assert found is not None
    assert found.slug == "sao-paulo"


def test_a_city_is_found_by_its_name_in_any_language(session: Session, tmp_path: Path, at: datetime) -> None:
    service.import_csv(session, write(tmp_path, FORM_1), at=at)
    assert queries.find_city_by_name(session, "서울") == queries.get_city(session, "seoul")
    assert queries.find_city_by_name(session, "Seoul", "JP") is None


def test_a_name_of_two_cities_needs_its_country(session: Session, tmp_path: Path, at: datetime) -> None:
    service.import_csv(session, write(tmp_path, FORM_2), at=at)
    assert queries.find_city_by_name(session, "Birmingham") is None
    assert queries.find_city_by_name(session, "Birmingham", "US") == queries.get_city(session, "birmingham-us")
    assert queries.get_city(session, "taipei").language == "zh-Hant"


@pytest.mark.parametrize("text", [FORM_1, FORM_2])
def test_the_same_file_twice_changes_nothing(session: Session, tmp_path: Path, at: datetime, text: str) -> None:
    path = write(tmp_path, text)
    first = service.import_csv(session, path, at=at)
    assert first.created == len(text.splitlines()) - 1
    second = service.import_csv(session, path, at=at)
    assert (second.created, second.changed, second.unchanged, second.problems) == (0, 0, first.created, ())


def test_a_changed_name_is_taken_over_and_other_names_stay(session: Session, tmp_path: Path, at: datetime) -> None:
    service.import_csv(session, write(tmp_path, FORM_1), at=at)
    report = service.import_csv(session, write(tmp_path, FORM_1.replace("en=Seoul|ko=서울", "en=Seoul City")), at=at)
    assert (report.created, report.changed, report.unchanged) == (0, 1, 1)
    seoul = queries.get_city(session, "seoul")
    assert (seoul.name_in("en"), seoul.name_in("ko")) == ("Seoul City", "서울")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Bad Slug,KR,,,,,,en=X", "line 4: slug: invalid"),
        ("x,QQ,,,,,,en=X", "line 4: country: invalid"),
        ("x,KR,91,,,,,en=X", "line 4: latitude: invalid"),
        ("x,KR,nan,,,,,en=X", "line 4: latitude: invalid"),
        ("x,KR,north,,,,,en=X", "line 4: latitude: 'north' is no number"),
        ("x,KR,,,Mars/Olympus,,,en=X", "line 4: timezone: invalid"),
        ("x,KR,,,,,2.5,en=X", "line 4: population: '2.5' is no whole number"),
        ("x,KR,,,,xx-nope,,en=X", "line 4: language: 'xx-nope' is no known language"),
        ("x,KR,,,,,,Seoul", "line 4: names: 'Seoul' has no language; write en=Seoul|ko=서울"),
        ("x,KR,,,,,,", "line 4: names: invalid"),
        ("seoul,KR,,,,,,en=X", "line 4: slug: seoul is in line 2 already"),
    ],
)
def test_one_bad_line_is_named_and_nothing_is_taken(
    session: Session, tmp_path: Path, at: datetime, row: str, problem: str
) -> None:
    report = service.import_csv(session, write(tmp_path, FORM_1 + row + "\n"), at=at)
    assert report.problems == (problem,)
    assert queries.count_cities(session) == 0


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01"])
def test_a_file_of_another_form_is_refused(session: Session, tmp_path: Path, at: datetime, text: str) -> None:
    assert service.import_csv(session, write(tmp_path, text), at=at).problems[0].startswith("line 1: ")


def test_a_city_is_added_once(session: Session, at: datetime) -> None:
    service.add_city(session, slug="seoul", country="kr", names={"en": "Seoul"}, at=at)
    with pytest.raises(InvalidError) as caught:
        service.add_city(session, slug="seoul", country="KR", names={}, at=at)
    assert caught.value.problems == {"slug": "taken", "names": "invalid"}
    with pytest.raises(NotFoundError):
        queries.get_city(session, "busan")


def test_a_name_close_to_a_known_one_is_suggested(session: Session, tmp_path: Path, at: datetime) -> None:
    service.import_csv(session, write(tmp_path, FORM_1), at=at)
    finder = queries.CityFinder(queries.list_cities(session))
    assert finder.suggest("Sol") in {"Seoul"}
    assert finder.suggest("Reykjavik") is None


def test_names_are_folded_into_ascii_slugs() -> None:
    assert slug_of("Łódź") == "lodz"
    assert slug_of("Hồ Chí Minh") == "ho-chi-minh"
    assert slug_of("서울") == ""
    assert fold_name("ガンダム") != fold_name("カンタム")
