"""Kept pages are shown only in the state that they were drawn for, and never take more memory than they may."""

from cac.serving.page_cache import KeptPage, PageCache


def test_a_page_is_found_only_in_its_own_state() -> None:
    cache = PageCache()
    cache.keep("/en/a", KeptPage(1, b"first"))
    assert cache.find("/en/a", 1) == KeptPage(1, b"first")
    assert cache.find("/en/a", 2) is None
    assert cache.find("/en/b", 1) is None


def test_a_new_state_takes_the_place_of_the_old_one() -> None:
    cache = PageCache()
    cache.keep("/en/a", KeptPage(1, b"first"))
    cache.keep("/en/a", KeptPage(2, b"second one"))
    assert cache.find("/en/a", 1) is None
    assert cache.size == len(b"second one")


def test_the_page_asked_for_longest_ago_goes_first() -> None:
    cache = PageCache(max_bytes=20)
    for name in ("a", "b"):
        cache.keep(name, KeptPage(1, b"0123456789"))
    cache.find("a", 1)
    cache.keep("c", KeptPage(1, b"0123456789"))
    assert cache.find("b", 1) is None
    assert cache.find("a", 1)
    assert cache.find("c", 1)
    assert cache.size == 20
