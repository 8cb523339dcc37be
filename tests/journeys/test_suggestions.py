"""Suggestions while somebody types, as the keyboard, a screen reader and a Korean keyboard meet them in a real browser.

The pattern is the editable combobox with a list of the ARIA Authoring Practices Guide (W3C).
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

OpenPage = Callable[..., Page]
# Longer than the pause after which the box asks.
LONG_ENOUGH = 600

# Letter by letter without a pause, however busy the machine is.
TYPE_AT_ONCE = """(box, words) => {
    for (const letter of words) {
        box.value += letter;
        box.dispatchEvent(new InputEvent("input"));
    }
}"""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The search page in English, with the box in focus."""
    page = open_page(locale="en-GB")
    page.goto("/en/search")
    page.locator("#q").focus()
    return page


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The addresses that the box has asked for suggestions."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url) if "/search/suggest" in request.url else None)
    return addresses


def _box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search in any language")


def _options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def _cities(page: Page) -> Locator:
    return _options(page).filter(has=page.get_by_text("City", exact=True))


def _type_and_see(page: Page, words: str) -> int:
    page.keyboard.type(words)
    expect(_options(page).first).to_be_visible()
    return _options(page).count()


def test_typing_shows_suggestions_and_says_how_many(page: Page) -> None:
    expect(_box(page)).to_have_attribute("aria-expanded", "false")
    count = _type_and_see(page, "disinf")
    box = _box(page)
    assert count > 1
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-autocomplete", "list")
    expect(page.locator(f"#{box.get_attribute('aria-controls')}")).to_have_role("listbox")
    announced = page.get_by_role("status").filter(has_text=f"{count} suggestions")
    expect(announced).to_have_count(1)
    assert announced.get_attribute("aria-live") in (None, "polite"), "it waits for its turn"
    page.keyboard.type("qqq")
    expect(page.get_by_role("status").filter(has_text="No suggestions")).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "false")


def test_the_arrows_walk_through_the_list_and_enter_follows(page: Page) -> None:
    count = _type_and_see(page, "disinf")
    box = _box(page)

    def active() -> str | None:
        return box.get_attribute("aria-activedescendant")

    ids = [_options(page).nth(place).get_attribute("id") for place in range(count)]
    page.keyboard.press("ArrowDown")
    assert active() == ids[0]
    page.keyboard.press("ArrowDown")
    assert active() == ids[1]
    expect(page.locator(f"#{ids[1]}")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert not active(), "above the first is the box itself"
    page.keyboard.press("ArrowUp")
    assert active() == ids[-1]
    expect(box).to_be_focused()
    address = page.locator(f"#{ids[-1]}").evaluate("link => link.href")
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def test_enter_without_a_choice_searches_for_the_words(page: Page) -> None:
    _type_and_see(page, "disinf")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=disinf*")


def test_escape_closes_and_keeps_the_text(page: Page) -> None:
    _type_and_see(page, "disinf")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(_options(page)).to_have_count(0)
    box = _box(page)
    expect(box).to_have_value("disinf")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert not box.get_attribute("aria-activedescendant")
    expect(box).to_be_focused()


def test_tab_leaves_the_box_for_its_button_and_nothing_opens_behind(page: Page) -> None:
    _type_and_see(page, "disinf")
    page.keyboard.type("e")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_focused()
    page.wait_for_timeout(LONG_ENOUGH)
    expect(_options(page)).to_have_count(0)
    expect(_box(page)).to_have_attribute("aria-expanded", "false")


def test_a_suggestion_is_followed_by_the_mouse(page: Page) -> None:
    _type_and_see(page, "seo")
    _cities(page).first.click()
    page.wait_for_url("**/cities/seoul")


def test_nothing_happens_while_a_korean_syllable_is_composed(page: Page, asked: list[str]) -> None:
    keyboard = page.context.new_cdp_session(page)
    for composed in ("ㅅ", "소", "솓"):
        keyboard.send("Input.imeSetComposition", {"text": composed, "selectionStart": 1, "selectionEnd": 1})
        page.wait_for_timeout(LONG_ENOUGH / 2)
    assert asked == []
    expect(_options(page)).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "소독"})
    expect(_options(page).first).to_be_visible()
    assert len(asked) == 1
    page.keyboard.press("ArrowDown")
    assert _box(page).get_attribute("aria-activedescendant")


def test_fast_typing_asks_once(page: Page, asked: list[str]) -> None:
    page.locator("#q").evaluate(TYPE_AT_ONCE, "disinfection of buses")
    page.wait_for_timeout(LONG_ENOUGH)
    assert [address.split("q=")[1] for address in asked] == ["disinfection%20of%20buses"]
    page.locator("#q").fill("d")
    page.wait_for_timeout(LONG_ENOUGH)
    assert len(asked) == 1, "one Latin letter says nothing"


def test_an_older_question_is_given_up_and_its_answer_never_shown(page: Page) -> None:
    def hold(_: Route) -> None:
        """Answer never."""

    page.route("**/search/suggest?q=seo", hold)
    with page.expect_request("**/search/suggest?q=seo"):
        page.keyboard.type("seo")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("q=seo")):
        page.locator("#q").fill("disinf")
    expect(_options(page).first).to_be_visible()
    expect(_cities(page)).to_have_count(0)


def test_the_box_of_the_home_page_suggests_too(open_page: OpenPage) -> None:
    page = open_page(locale="ar")
    page.goto("/ar/")
    page.locator("#q").focus()
    page.keyboard.type("소독")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.get_by_role("option").first.locator("bdi").get_attribute("lang") == "ko"


def test_without_javascript_a_button_leads_to_the_suggestions(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False, locale="en-GB")
    page.goto("/en/")
    page.fill("#q", "disinf")
    page.get_by_role("button", name="Suggest words and titles").click()
    page.wait_for_url("**/search/suggest?q=disinf")
    page.locator(".ways a").first.click()
    expect(page.locator("article").first).to_be_visible()
