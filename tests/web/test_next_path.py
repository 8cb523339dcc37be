"""Where signing in leads: only to paths of this site, however the address was dressed up."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cac.web.next_path import safe_next_path

FALLBACK = "/en/desk"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/en/desk/practices/CAC-2020-0001", "/en/desk/practices/CAC-2020-0001"),
        ("/ko/review?page=2&lang=ko", "/ko/review?page=2&lang=ko"),
        ("/en/", "/en/"),
        ("/", "/"),
        ("/en/search?q=소독", "/en/search?q=%EC%86%8C%EB%8F%85"),
        ("/en/../../etc", "/en/etc"),
        ("/en//desk", "/en/desk"),
        ("/en/desk#top", "/en/desk"),
    ],
)
def test_a_path_of_this_site_is_rebuilt(value, expected):
    assert safe_next_path(value, FALLBACK) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\n/evil.example",
        "/\t/evil.example",
        "/%0a/evil.example",
        "/%5cevil.example",
        " /evil",
        "javascript:alert(1)",
        "evil.example",
        "/\u2028/evil.example",
        "/\u202e/evil.example",
        "/" + "a" * 2001,
        "http:/evil.example",
    ],
)
def test_anything_else_leads_to_the_fallback(value):
    assert safe_next_path(value, FALLBACK) == FALLBACK


@given(st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet="/\\%09afd:.?#@\n\t evil", max_size=60))
def test_no_text_leads_to_another_site(value):
    target = safe_next_path("/" + value, FALLBACK)
    parts = urlsplit(target)
    assert not parts.scheme
    assert not parts.netloc
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert target.isascii()
    assert all(32 < ord(char) < 127 for char in target)
    assert safe_next_path(target, FALLBACK).split("?")[0] == target.split("?")[0]
