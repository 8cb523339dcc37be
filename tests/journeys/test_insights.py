"""The pages of statistics in a real browser: what screen readers are told of charts, their direction, and colours in the dark."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

OpenPage = Callable[..., Page]
SignIn = Callable[[Page, str], None]
COUNTED_WITHIN = 10.0
WORDS_OF_OPERATORS = ("h1", "h2", "dt", "dd", "dd small", ".note", ".tag", ".muted", ".legend span", "a", "code")
# WCAG 2.2: 1.4.11 for what is drawn, 1.4.3 for text.
CONTRAST_OF_SHAPES, CONTRAST_OF_TEXT = 3.0, 4.5
CONTRAST = """(element, property) => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  let behind = element.parentElement;
  while (behind.parentElement && channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pair = [light(getComputedStyle(element)[property]), light(getComputedStyle(behind).backgroundColor)];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""
TOO_WIDE = """() => [...document.querySelectorAll('main table')]
  .filter((table) => !table.closest('details') && table.getBoundingClientRect().width > table.parentElement.clientWidth + 1)
  .map((table) => table.className)"""
ROWS = """(parent) => {
  const rows = {};
  for (const child of parent.children) {
    const {top, left, right} = child.getBoundingClientRect();
    const row = rows[Math.round(top)] ||= {count: 0, left: Infinity, right: 0};
    Object.assign(row, {count: row.count + 1, left: Math.min(row.left, left), right: Math.max(row.right, right)});
  }
  const whole = parent.getBoundingClientRect();
  const isFull = ({left, right}) => Math.abs(left - whole.left) < 2 && Math.abs(right - whole.right) < 2;
  return Object.values(rows).map((row) => isFull(row) ? row.count : -row.count);
}"""
MIRRORED = "element => new DOMMatrix(getComputedStyle(element).transform).a"


@pytest.fixture(scope="module")
def searched() -> set[str]:
    """The practices that were read in this module so far."""
    return set()


@pytest.fixture
def practice(open_page: OpenPage, searched: set[str]) -> str:
    """The reference of a practice of Seoul that three readers found by one search, read and took away as a file."""
    if not searched:
        for number in range(3):
            page = open_page(locale=("en-GB", "en-US", "en-CA")[number], java_script_enabled=number > 0)
            page.goto("/en/search?q=bus+disinfection&city=seoul")
            page.locator("article a").first.click()
            found = re.search(r"CAC-\d{4}-\d{4}", page.url)
            assert found
            with page.expect_download() as download:
                page.get_by_role("link", name="Save as a file").click()
            assert download.value.suggested_filename.startswith(found[0])
            searched.add(found[0])
        _wait_until(lambda: page.request.get(f"/stats/practices/{found[0]}.json").json()["downloads"] == 3)
    (reference,) = searched
    return reference


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + COUNTED_WITHIN
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)


def _check_chart(chart: Locator, *, is_rtl: bool) -> None:
    name, description = chart.locator("> title").text_content(), chart.locator("> desc").text_content()
    assert name
    assert description
    assert re.search(r"\d", description), "the description says numbers"
    expect(chart).to_have_accessible_name(f"{name} {description}")
    assert chart.evaluate(MIRRORED) == (-1 if is_rtl else 1), "a chart runs as its page does"
    for shape in chart.locator("rect, polyline").all():
        is_line = shape.evaluate("element => element.tagName === 'polyline'")
        drawn = "stroke" if is_line or "part" in (shape.get_attribute("class") or "") else "fill"
        assert shape.evaluate(CONTRAST, drawn) >= CONTRAST_OF_SHAPES


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_charts_can_be_read_by_everybody(
    open_page: OpenPage, sign_in: SignIn, practice: str, locale: str, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    complaints = _listen(page)
    sign_in(page, "author@seoul.example")
    for path, charts in (
        ("/statistics", 1),
        ("/desk/insights", 2),
        (f"/desk/insights/{practice}", 2),
        (f"/practices/{practice}", 1),
    ):
        page.goto(f"/{locale}{path}")
        _check_charts(page, charts, is_rtl=locale == "ar")
    assert complaints == []


@pytest.mark.usefixtures("practice")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "ko", "ar"])
def test_how_counting_is_doing_can_be_read_by_every_operator(
    open_page: OpenPage, sign_in: SignIn, locale: str, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    complaints = _listen(page)
    sign_in(page, "operator@host.example")
    page.goto(f"/{locale}/operate/insights")
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "ar" else "ltr")
    _check_charts(page, 2, is_rtl=locale == "ar")
    for words in page.locator(f"main :is({', '.join(WORDS_OF_OPERATORS)}):visible").all()[:60]:
        assert words.evaluate(CONTRAST, "color") >= CONTRAST_OF_TEXT, words.text_content()
    for key in page.locator(".legend .key rect").all():
        assert key.evaluate(CONTRAST, "fill") >= CONTRAST_OF_SHAPES
    for table in page.locator("main table").all():
        name = table.locator("caption").or_(page.locator(f"[id='{table.get_attribute('aria-labelledby')}']")).first
        assert name.text_content(), "each table has a name"
    assert complaints == []


def _listen(page: Page) -> list[str]:
    """Return a list into which come errors and warnings of the page from now on."""
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def _check_charts(page: Page, charts: int, *, is_rtl: bool) -> None:
    drawn = page.locator("svg[role=img][aria-labelledby]").all()
    assert len(drawn) == charts, page.url
    for chart in drawn:
        _check_chart(chart, is_rtl=is_rtl)
    assert page.locator(".numbers details table").count() == charts, "each chart has its table"
    assert page.locator(".numbers a[href*=csv]").count() == charts, "each chart has its file"
    page.locator(".numbers summary").first.click()
    for words in page.locator(".axis:visible, .numbers summary, .figures :is(th, td), .note-below").all()[:40]:
        assert words.evaluate(CONTRAST, "color") >= CONTRAST_OF_TEXT
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("locale", ["en", "ko", "ar"])
def test_the_table_of_a_chart_is_whole_on_a_small_telephone(
    open_page: OpenPage, sign_in: SignIn, practice: str, locale: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 700})
    sign_in(page, "author@seoul.example")
    for path in ("/statistics", "/desk/insights", "/desk/insights?by=day", f"/practices/{practice}"):
        page.goto(f"/{locale}{path}")
        numbers = page.locator(".numbers").first
        numbers.locator("summary").click()
        assert numbers.locator(".scroll").evaluate("element => element.scrollWidth <= element.clientWidth"), path
        summary, link = numbers.locator("summary").bounding_box(), numbers.locator("> a").bounding_box()
        assert summary
        assert link
        assert abs(summary["y"] - link["y"]) < summary["height"] / 2, "the file is on the line of the table's name"
        assert numbers.locator("thead th").first.evaluate("head => getComputedStyle(head).position") == "sticky"
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_table_of_a_chart_is_narrow_on_a_wide_screen(open_page: OpenPage, practice: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto("/en/statistics")
    page.locator(".numbers summary").click()
    table = page.locator(".numbers table").bounding_box()
    assert table
    assert table["width"] <= 30 * 16


def test_an_official_reads_which_search_led_to_a_practice(open_page: OpenPage, sign_in: SignIn, practice: str) -> None:
    page = open_page(viewport={"width": 390, "height": 800})
    sign_in(page, "lead@seoul.example")
    page.goto("/en/desk/insights?by=week")
    page.locator(f"tr:has-text('{practice}') a").click()
    expect(page).to_have_url(re.compile(rf"/desk/insights/{practice}\?by=week"))
    row = page.locator("table", has_text="Searched for").locator("tbody tr")
    expect(row).to_have_text(re.compile(r"bus disinfection\s*English\s*3"))
    expect(page.locator(".stats")).to_contain_text("3 downloads")


@pytest.mark.parametrize("locale", ["en", "ko", "ar"])
def test_no_word_or_host_however_long_pushes_a_page_sideways(
    open_page: OpenPage, sign_in: SignIn, practice: str, locale: str
) -> None:
    word, host = "disinfection" * 6, f"{'w' * 60}.{'x' * 30}.example"
    reader = open_page(locale="fr-FR")
    reader.goto(f"/{locale}/search?q={word}")
    reader.goto(f"/{locale}/practices/{practice}", referer=f"http://{host}/")
    official, operator = open_page(), open_page()
    sign_in(official, "lead@seoul.example")
    sign_in(operator, "operator@host.example")
    for page, path, words in (
        (official, "/desk/insights?by=day", host),
        (official, f"/desk/insights/{practice}?by=day", host),
        (operator, "/operate/insights", word),
        (operator, "/review/missing", word),
    ):
        page.goto(f"/{locale}{path}")
        _wait_until(lambda page=page, words=words: words in page.content() or not page.reload())  # type: ignore[misc]
        for width in (320, 390, 700, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert page.evaluate(TOO_WIDE) == [], (path, width)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_cards_and_tables_of_readers_fill_their_rows(open_page: OpenPage, sign_in: SignIn, locale: str) -> None:
    page = open_page()
    sign_in(page, "lead@seoul.example")
    page.goto(f"/{locale}/desk/insights?by=day")
    for width, cards, tables in ((390, [2, 1], [1, 1, 1, 1]), (1280, [3], [2, 2])):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(".stats").evaluate(ROWS) == cards
        assert page.locator(".halves").evaluate(ROWS) == tables


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_no_name_of_a_city_however_long_pushes_a_page_sideways(
    open_page: OpenPage, sign_in: SignIn, locale: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 800})
    sign_in(page, "lead@seoul.example")
    for path in ("/cities/seoul", "/desk", "/desk/insights"):
        page.goto(f"/{locale}{path}")
        named = page.locator(".who a, h1 bdi, .crumbs li:last-child > *")
        named.evaluate_all(f"all => all.forEach(each => each.textContent = '{'Llanfairpwll' * 5}')")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_printed_page_of_statistics_has_its_lists_whole_and_nothing_to_press(
    open_page: OpenPage, practice: str
) -> None:
    page = open_page(viewport={"width": 794, "height": 1100})
    page.goto("/en/statistics")
    page.emulate_media(media="print")
    assert page.locator(".numbers a:visible, .numbers summary:visible, .fold summary:visible").count() == 0
    assert page.locator(".halves").evaluate(ROWS) == [1, 1]
