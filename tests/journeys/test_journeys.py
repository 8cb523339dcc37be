"""Three stories of people, told by a real browser on a running demonstration."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

OpenPage = Callable[..., Page]
SignIn = Callable[[Page, str], None]
TITLE = "심야 버스 손잡이 방역소독 안내"
SEARCHABLE_WITHIN = 2.0
COUNTED_WITHIN = 10.0


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _write_practice(page: Page, title: str) -> str:
    """Fill in the whole form as an author does and save; returns the address of the editor."""
    page.goto("/en/desk/practices/new")
    page.fill("[name=title]", title)
    page.fill("[name=summary]", "심야 버스가 차고지에 들어올 때마다 손잡이와 기둥을 소독합니다.")
    page.fill("[name=office]", "서울특별시 교통실")
    page.select_option("[name=kind]", "protocol")
    page.check("[name=topics][value='1b']")
    page.select_option("[name=stage]", "in_force")
    page.fill("[name=started_on]", "2020-03")
    page.check("[name=ending][value=not_known]")
    page.fill("[name=as_of]", "2020-04-09")
    page.fill("[name=how]", "## 차고지에서\n\n- 창문을 연다\n- 손잡이를 닦는다")
    page.check("[name=own_records]")
    _press(page, "Save draft")
    page.wait_for_url(re.compile(r"/desk/practices/CAC-\d{4}-\d+"))
    return page.url


def _is_found(page: Page, words: str, title: str, locale: str) -> bool:
    page.goto(f"/{locale}/search?q={words}")
    return page.get_by_role("link", name=title).count() > 0


def _wait_until(is_so: Callable[[], bool], seconds: float) -> float:
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < seconds
        time.sleep(0.1)
    return time.monotonic() - started


def test_an_author_posts_a_reviewer_publishes_and_a_visitor_in_another_language_finds_it(
    open_page: OpenPage, sign_in: SignIn
) -> None:
    author, reviewer, visitor = open_page(), open_page(), open_page(locale="en-GB")
    sign_in(author, "author@seoul.example")
    editor = _write_practice(author, TITLE)
    reference = editor.rsplit("/", 1)[1].split("?")[0]
    _press(author, "Send for review")
    expect(author.locator("main")).to_contain_text("In review")

    sign_in(reviewer, "reviewer@host.example")
    reviewer.goto("/en/review")
    reviewer.get_by_role("link", name=TITLE).click()
    expect(reviewer.locator("main")).to_contain_text("손잡이를 닦는다")
    _press(reviewer, "Publish")
    reviewer.wait_for_url(re.compile(r"/review"))

    _wait_until(lambda: _is_found(visitor, "소독 손잡이", TITLE, "en"), SEARCHABLE_WITHIN + 1.0)
    visitor.get_by_role("link", name=TITLE).click()
    expect(visitor.locator("h1")).to_have_text(TITLE)
    assert visitor.locator("h1").evaluate("heading => heading.closest('[lang]').lang") == "ko"
    api = f"/api/v1/practices/{reference}"
    _wait_until(lambda: visitor.request.get(api).json()["views"] == 1, COUNTED_WITHIN)
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text(re.compile(r"\b1 view\b"))

    author.goto("/en/desk")
    row = author.locator("main").get_by_text(TITLE).first
    expect(row).to_be_visible()
    expect(author.locator("main")).to_contain_text("Published")


def test_of_two_editors_the_second_sees_both_texts_and_overwrites_nothing(open_page: OpenPage, sign_in: SignIn) -> None:
    first, second = open_page(), open_page()
    sign_in(first, "author@seoul.example")
    editor = _write_practice(first, "두 사람이 함께 고치는 소독 지침")
    sign_in(second, "lead@seoul.example")
    second.goto(editor)
    first.goto(editor)
    first.fill("[name=title]", "첫째 사람이 고친 제목")
    _press(first, "Save draft")
    second.fill("[name=title]", "둘째 사람이 고친 제목")
    with second.expect_response(lambda response: response.request.method == "POST") as answer:
        _press(second, "Save draft")
    assert answer.value.status == 409
    expect(second.locator("main")).to_contain_text("첫째 사람이 고친 제목")
    assert second.input_value("[name=title]") == "둘째 사람이 고친 제목"
    first.goto(editor)
    assert first.input_value("[name=title]") == "첫째 사람이 고친 제목"
    _press(second, "Save my text")
    first.goto(editor)
    assert first.input_value("[name=title]") == "둘째 사람이 고친 제목"


def test_a_visitor_without_javascript_searches_filters_and_reads_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 700}, locale="ko-KR")
    page.goto("/")
    assert page.url.endswith("/ko/")
    page.fill("input[name=q]", "消毒")
    page.locator("input[name=q]").press("Enter")
    expect(page.locator("article").first).to_be_visible()
    before = page.locator("article").count()
    page.locator("button[popovertarget=filters]:visible").first.click()
    language = page.locator("input[name=lang][value='zh-Hant']")
    if not language.is_visible():
        page.locator("#filters fieldset", has=language).locator("summary").click()
    language.check()
    page.locator("#filters button.btn").last.click()
    expect(page.locator("article").first).to_be_visible()
    assert 0 < page.locator("article").count() <= before
    assert "lang=zh-Hant" in page.url
    page.locator("article h2 a").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("mark, h1").first.is_visible()
    width = page.locator("html").evaluate("page => page.scrollWidth")
    assert width <= 360, "the page is no wider than the phone"
