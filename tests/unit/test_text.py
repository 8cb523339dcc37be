"""People's text: what is kept of it, what is thrown away, and that an edit box gives back what was written."""

import re
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cac.text import (
    clean_line,
    clean_text,
    excerpt,
    plain_text,
    render_markdown,
    sanitise,
    slugify,
    to_markdown,
)

DANGEROUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><p>x</p></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="  jAvAsCrIpT:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="https://example.org" onclick="alert(1)" style="position:fixed">x</a>',
    '<p style="background:url(javascript:alert(1))" class="x" id="main">x</p>',
    "<math><mtext></p><style><img src onerror=alert(1)></style></mtext></math>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<form action=/en/desk><button>x</button></form>",
    "<h1><script>alert(1)</script></h1>",
    "<<h1>script>alert(1)<</h1>/script>",
    '<ol start="1 onclick=alert(1)"><li>x</li></ol>',
]


@pytest.mark.parametrize("html", DANGEROUS)
def test_nothing_that_runs_survives_sanitising(html: str) -> None:
    clean = sanitise(html).lower()
    for forbidden in (
        "<script",
        "onerror",
        "onclick=",
        "onload",
        "javascript:",
        "data:",
        "style=",
        "class=",
        " id=",
        "<form",
        "<iframe",
    ):
        assert forbidden not in clean.replace("&lt;", "").replace("alert(1)", "")


@pytest.mark.parametrize(
    "markdown", [*DANGEROUS, "[x](javascript:alert(1))", "<javascript:alert(1)>", "![x](javascript:a)"]
)
def test_markdown_is_no_way_around_the_sanitiser(markdown: str) -> None:
    html = render_markdown(markdown)
    assert html == sanitise(html)
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "a"}
    assert set(re.findall(r'<a href="(\w+):', html)) <= {"https"}


def test_headings_of_other_levels_become_second_and_third() -> None:
    assert sanitise("<h1>a</h1><H2 class=x>b</H2><h4>c</h4>") == "<h2>a</h2><h2>b</h2><h3>c</h3>"


def test_what_word_processors_write_becomes_plain_structure() -> None:
    pasted = '<div class="MsoNormal"><b>one</b> <i>two</i></div><div>three</div><p>&nbsp;</p>'
    assert sanitise(pasted) == "<p><strong>one</strong> <em>two</em></p><p>three</p>"


def test_links_to_the_web_carry_no_weight_and_other_links_are_text() -> None:
    html = sanitise('<a href="https://example.org/a">a</a> <a href="/en/desk">b</a> <a href="//example.org">c</a>')
    assert html == '<a href="https://example.org/a" rel="nofollow noopener ugc">a</a> b c'


def test_text_nested_deeper_than_anybody_writes_becomes_paragraphs() -> None:
    assert sanitise("<blockquote>" * 3000 + "one<br>two &lt;b&gt;") == "<p>one</p>\n<p>two &lt;b&gt;</p>"


def test_a_written_line_break_is_shown_as_one() -> None:
    assert render_markdown("one\ntwo") == "<p>one<br>\ntwo</p>"


def test_a_date_at_the_start_of_a_line_is_no_list() -> None:
    assert render_markdown("2020. 3. 24. 시행") == "<p>2020. 3. 24. 시행</p>"


@pytest.mark.parametrize(
    "markdown",
    [
        "## Why\n\nText with **strong** and *emphasis*.\n\n### Then",
        "- one\n- two\n  - two a\n  - two b\n- three",
        "1. one\n\n2. two\n\n   - inside\n\n   more\n\n3. three",
        "3. three\n4. four",
        "- one\n\n- two",
        "- one\n\n* another list",
        "[words](https://example.org/a?b=1&c=2) and <https://example.org>",
        "[brackets](<https://example.org/a_(b)>)",
        "| surface | minutes |\n| --- | --- |\n| handles \\| rails | **10** |\n| floor |  |",
        "> quoted\n> again\n>\n> - item",
        "one\ntwo",
        "***both*** and **strong with *emphasis* inside**",
        "5 * 3 = 15, a_b, [1], R&D, 1 < 2",
        "1\\. no list\n\n\\# no heading\n\n\\- no list\n\n\\> no quotation",
        "**소독**을 매일 **두 번** 한다",
        "فتح النوافذ **يوميا**",
    ],
)
def test_an_edit_box_gives_back_what_was_written(markdown: str) -> None:
    assert to_markdown(render_markdown(markdown)) == markdown


def test_emphasis_that_markdown_cannot_say_is_dropped_and_no_star_is_shown() -> None:
    assert to_markdown("<p><strong>“소독”</strong>을</p>") == "“소독”을"


def test_spaces_at_the_edge_of_emphasis_move_outside() -> None:
    assert to_markdown("<p>a<strong> b </strong>c</p>") == "a **b** c"


def test_text_that_looks_like_markdown_stays_text() -> None:
    html = (
        "<p># 1</p><p>1. a</p><p>- a</p><p>**a** _b_ [c](https://example.org) &lt;https://example.org&gt; &amp;amp;</p>"
    )
    assert render_markdown(to_markdown(html)).replace("\n", "") == html


WORDS = [
    "a", "소독", "한다.", "**b**", "*c*", "**“d”**", "e*f", "g_h_i", "_j_", "|", "[k](https://example.org/k)", "&", "&amp;",
    "<https://example.org>", "<b>", "#", "1.", "-", "\\", "[", "](x)", "**", "*", "***m*n**",
]  # fmt: skip
MARKS = ["", "", "- ", "* ", "1. ", "7) ", "# ", "## ", "### ", "> ", "| ", "**", "--- | ---", "\\"]
LINES = st.lists(
    st.builds(
        lambda indent, mark, words: " " * indent + mark + " ".join(words),
        st.sampled_from([0, 0, 0, 2, 3, 4]),
        st.sampled_from(MARKS),
        st.lists(st.sampled_from(WORDS), max_size=5),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(LINES.map("\n".join))
@example("**a***b*")
def test_editing_without_a_change_changes_nothing(markdown: str) -> None:
    once = to_markdown(render_markdown(markdown))
    again = to_markdown(render_markdown(once))
    assert plain_text(render_markdown(again)) == plain_text(render_markdown(once))
    assert again == once


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_rendered_and_is_clean(source: str) -> None:
    html = render_markdown(source)
    assert sanitise(html) == html
    to_markdown(html)
    plain_text(html)


def test_plain_text_puts_each_block_on_a_line() -> None:
    html = "<h2>a</h2><p>b <em>c</em><br>d</p><ul><li>e<ul><li>f</li></ul></li></ul><table><tr><td>g</td><td>h</td></tr></table>"
    assert plain_text(html) == "a\nb c\nd\ne\nf\ng h"
    assert plain_text("<p>R&amp;D &lt;b&gt;</p>") == "R&D <b>"


def test_a_line_has_no_control_and_no_bidi_control_characters() -> None:
    assert clean_line("Bus\u202e disin\u0000fection\r\n\u2066now\u2069\ufeff ") == "Bus disinfection now"


def test_a_line_is_composed_and_keeps_joiners() -> None:
    assert clean_line(unicodedata.normalize("NFD", "소독 é")) == "소독 é"
    assert clean_line("می\u200cشود") == "می\u200cشود"


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert clean_text("a\ud800b").encode() == "a\ufffdb".encode()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Bus disinfection: every 2 hours!", "bus-disinfection-every-2-hours"),
        ("대중교통 방역소독", "대중교통-방역소독"),
        ("公共交通消毒指南", "公共交通消毒指南"),
        ("Désinfection à l’école", "désinfection-à-l-école"),
        ("हिन्दी में", "हिन्दी-में"),
        ("../../<script>?#%2f", "script-2f"),
        ("…!", ""),
    ],
)
def test_a_slug_keeps_the_words_of_any_script(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_a_slug_ends_after_a_whole_word_within_80_characters() -> None:
    assert slugify("word " * 40) == "-".join(["word"] * 16)
    assert len(slugify("消" * 200)) == 80


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_slug_is_safe_in_an_address(title: str) -> None:
    slug = slugify(title)
    assert len(slug) <= 80
    assert not set(slug) & set("/?#%&\\<>\"' .\n\t")
    assert slugify(slug) == slug


def test_an_excerpt_ends_after_a_whole_word() -> None:
    assert excerpt("hello world this is long", 12) == "hello world…"
    assert excerpt("short", 12) == "short"


def test_an_excerpt_of_unspaced_text_is_cut_between_characters() -> None:
    assert excerpt("公共交通消毒指南", 5) == "公共交通…"


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(1, 60))
def test_an_excerpt_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= limit


@pytest.mark.parametrize("row", ["\u0301\u0323" * 500_000, ("\u0301" * 30 + "\u200e") * 30_000, "\u0301\x00" * 500_000])
@pytest.mark.parametrize("clean", [clean_text, clean_line, slugify])
def test_a_million_combining_marks_are_cut_before_they_are_sorted(clean: Callable[[str], str], row: str) -> None:
    started = time.perf_counter()
    assert len(clean("a" + row)) <= 31
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("words", ["พี่น้อง", "הַשֵּׁם", "Z̃a̐l̂", "e" + "\u0301" * 30, "\U00010330" * 80])
def test_marks_that_people_write_stay(words: str) -> None:
    assert clean_text(words) == unicodedata.normalize("NFC", words)
