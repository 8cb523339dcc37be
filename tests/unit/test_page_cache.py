"""Kept pages are shown only in the state that they were drawn for, and never take more memory than they may."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cac.serving import page_cache
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


def test_one_thread_at_a_time_draws_a_page_and_the_others_find_it_kept():
    cache, drawn = PageCache(), []

    def ask():
        with cache.one_draws("/en/a"):
            if cache.find("/en/a", 1) is None:
                time.sleep(0.02)
                drawn.append(1)
                cache.keep("/en/a", KeptPage(1, b"first"))

    with ThreadPoolExecutor(8) as threads:
        for asked in [threads.submit(ask) for _ in range(8)]:
            asked.result()
    assert drawn == [1]
    assert cache._drawings == {}


def test_a_page_is_not_waited_for_behind_another_nor_behind_one_that_could_not_be_drawn():
    cache = PageCache()
    with cache.one_draws("/en/a"), cache.one_draws("/en/b"):
        pass
    with pytest.raises(ValueError, match="no such page"), cache.one_draws("/en/a"):
        raise ValueError("no such page")
    with cache.one_draws("/en/a"):
        pass
    assert cache._drawings == {}


def test_who_has_waited_too_long_draws_the_page_as_well(monkeypatch):
    monkeypatch.setattr(page_cache, "LONGEST_WAIT", 0.01)
    cache = PageCache()
    with cache.one_draws("/en/a"), cache.one_draws("/en/a"):
        pass
    with cache.one_draws("/en/a"):
        assert list(cache._drawings) == ["/en/a"]
    assert cache._drawings == {}
