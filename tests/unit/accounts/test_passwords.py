"""Passwords are long, not common, and known only by their argon2id hash."""

import statistics
import time
import unicodedata

import pytest

from cac.accounts import passwords


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_a_password_of_less_than_twelve_characters_is_refused(password: str) -> None:
    assert passwords.problems_of(password, "minji@example.org") == "too_short"


def test_a_password_that_nobody_could_type_is_refused() -> None:
    assert passwords.problems_of("ab1 " * 100, "minji@example.org") == "too_long"


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "P@ssw0rd2020!", "aaaaaaaaaaaaaaaa", "123456789012345", "qwertyuiop[]123", "abcabcabcabc",
        "Qwerty123456!", "letmeinletmein", "AdminAdmin2026", "welcome2welcome", "1q2w3e4r5t6y7u", "zyxwvutsrqponml",
        "minji@example.org", "minjipark-minjipark", "Covid-19-Covid-19", "iloveyou!!2020",
    ],
)  # fmt: skip
def test_a_common_password_is_refused(password: str) -> None:
    assert passwords.problems_of(password, "minji@example.org", "Minji Park") == "common"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "vuQ8-hotel-Rhein",
        "바다에서 본 초록 기차와 강",
        "Gq7#kLm2!xWz9",
        "demo-cities-2020-sign-in",
    ],
)
def test_a_password_that_is_long_and_its_own_is_accepted(password: str) -> None:
    assert passwords.problems_of(password, "minji@example.org", "Minji Park") is None


def test_a_hash_is_argon2id_and_fits_only_its_password() -> None:
    hashed = passwords.hash_password("correct horse battery staple")
    assert hashed.startswith("$argon2id$")
    assert passwords.verify_password(hashed, "correct horse battery staple")
    assert not passwords.verify_password(hashed, "correct horse battery stapl")
    assert not passwords.needs_rehash(hashed)


def test_letters_composed_by_another_keyboard_are_the_same_password() -> None:
    hashed = passwords.hash_password(unicodedata.normalize("NFC", "바다에서 본 초록 기차"))
    assert passwords.verify_password(hashed, unicodedata.normalize("NFD", "바다에서 본 초록 기차"))


def test_a_password_longer_than_any_is_refused_fast_and_fits_nothing() -> None:
    hashed = passwords.hash_password("x" * passwords.MAXIMUM_LENGTH)
    assert passwords.verify_password(hashed, "x" * passwords.MAXIMUM_LENGTH)
    started = time.perf_counter()
    assert not passwords.verify_password(hashed, "x" * (passwords.MAXIMUM_LENGTH + 1))
    assert not passwords.verify_password(hashed, "\u0301\u0323" * 50_000)
    assert passwords.problems_of("\u0301\u0323" * 50_000, "minji@example.org") == "too_long"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("hashed", [None, "", "not a hash"])
def test_nothing_fits_an_account_without_a_hash(hashed: str | None) -> None:
    assert not passwords.verify_password(hashed, "correct horse battery staple")


def test_the_hash_that_stands_in_for_unknown_accounts_costs_what_a_real_one_costs() -> None:
    assert not passwords.needs_rehash(passwords.NOBODYS_HASH)
    hashed = passwords.hash_password("correct horse battery staple")
    assert statistics.median(_times(None)) == pytest.approx(statistics.median(_times(hashed)), rel=0.5)


def _times(hashed: str | None) -> list[float]:
    times = []
    for _ in range(9):
        started = time.thread_time()
        passwords.verify_password(hashed, "a wrong password")
        times.append(time.thread_time() - started)
    return times
