"""People's text: slugs, clean lines, sanitised HTML, Markdown in, plain text and excerpts out.

Everything that people write passes through here before it is kept. Leaves lengths and required fields to
practices/checks, and the writing of Markdown to markdown.
"""

import re
import unicodedata
from html import escape
from html.parser import HTMLParser

import nh3
from markdown_it import MarkdownIt

from cac import markdown

TAGS = frozenset(
    {
        "h2", "h3", "p", "br", "ul", "ol", "li", "strong", "em", "a", "blockquote",
        "table", "thead", "tbody", "tr", "th", "td",
    }
)  # fmt: skip
BLOCK_TAGS = TAGS - {"strong", "em", "a", "th", "td"}
CELL_TAGS = frozenset({"th", "td"})
URL_SCHEMES = frozenset({"http", "https", "mailto"})
SLUG_LENGTH = 80
DEEPEST_NESTING = 40

# What word processors and other sites write, and what it becomes here. A page has one h1: the title.
RENAMED_TAGS = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "b": "strong", "i": "em", "div": "p"}

# More combining marks in a row than any script writes (UAX 15, Stream-Safe Text Format): normalising sorts each such row.
MOST_MARKS = 30
_marks = [chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))]
MARKS_IN_A_ROW = re.compile(f"[{''.join(_marks)}]{{{MOST_MARKS + 1},}}")
# Tells fast that there is no such row: every letter beyond the first plane counts as a mark.
MAYBE_MARKS_IN_A_ROW = re.compile(
    f"[{''.join(mark for mark in _marks if mark < chr(0x10000))}\U00010000-\U0001efff]{{{MOST_MARKS + 1}}}"
)

# Marks, embeddings, overrides and isolates of direction (UAX 9), and the byte order mark: they hide what a text says.
INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SURROGATE = re.compile(r"[\ud800-\udfff]")

_RENAMED = re.compile(rf"<(/?)({'|'.join(RENAMED_TAGS)})(?=[\s/>])", re.IGNORECASE)
_DEAD_LINK = re.compile(r'<a rel="[^"]*">(.*?)</a>', re.DOTALL)
_EMPTY_BLOCK = re.compile(r"<(p|h2|h3)>(?:\s|&nbsp;|<br>)*</\1>\n?")
_YEAR_AT_LINE_START = re.compile(r"^([ \t>]*\d{4,9})([.)])(?=\s)", re.MULTILINE)
_NESTING_TAG = re.compile(r"<(?!/|br|p>|tr|td|th)[a-z]")


def _is_allowed(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("ol", "start") and not re.fullmatch(r"[0-9]{1,4}", value):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "ol": {"start"}},
    attribute_filter=_is_allowed,
    link_rel="nofollow noopener ugc",
    url_schemes=set(URL_SCHEMES),
    url_relative="deny",
)

# Paragraphs, headings, lists, emphasis, links, quotations and tables. A line break is a line break, as in any other box
# in which people write. What only programmers mean (code, rules of dashes, HTML, link definitions) is plain text.
_reader = (
    MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False})
    .enable("table")
    .disable(["code", "fence", "hr", "html_block", "html_inline", "lheading", "reference", "image", "backticks"])
)


def clean_line(value: str) -> str:
    """Return ``value`` as one line: NFC, without control and bidi control characters, spaces collapsed.

    Joiners (U+200C, U+200D) stay: Persian and the scripts of India need them.
    """
    return " ".join(CONTROL.sub(" ", clean_text(value)).split())


def clean_text(value: str) -> str:
    """Return ``value`` in NFC without control characters other than line breaks and tabs, and without bidi controls.

    Of more than 30 combining marks in a row the first 30 stay.
    """
    value = SURROGATE.sub("\ufffd", value).replace("\r\n", "\n").replace("\r", "\n")
    value = INVISIBLE.sub("", re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", value))
    if MAYBE_MARKS_IN_A_ROW.search(value):
        value = MARKS_IN_A_ROW.sub(lambda row: row[0][:MOST_MARKS], value)
    return unicodedata.normalize("NFC", value)


def slugify(title: str) -> str:
    """Return the words of ``title`` in any script, small and joined by hyphens, 80 characters at most; may be empty."""
    folded = unicodedata.normalize("NFKC", clean_line(title[: 100 * SLUG_LENGTH])).lower()
    words = "".join(character if _is_of_a_word(character) else " " for character in folded).split()
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:SLUG_LENGTH]
        if len(longer) > SLUG_LENGTH:
            break
        slug = longer
    return slug


def _is_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def render_markdown(source: str) -> str:
    """Return the sanitised HTML of Markdown: # and ## make h2, more of them h3; line breaks stay line breaks.

    A year at the start of a line ("2020. 3. 24.") is a date and not item 2020 of a list.
    """
    source = _YEAR_AT_LINE_START.sub(r"\1\\\2", clean_text(source))
    return sanitise(_reader.render(source))


def sanitise(html: str) -> str:
    """Return ``html`` with nothing but the tags of TAGS, links to http, https and mail, and lists that start elsewhere.

    Headings h1 become h2, h4 to h6 become h3. Nested deeper than anybody writes by hand, it becomes plain paragraphs.
    """
    renamed = _RENAMED.sub(lambda match: f"<{match[1]}{RENAMED_TAGS[match[2].lower()]}", clean_text(html))
    clean = _EMPTY_BLOCK.sub("", _DEAD_LINK.sub(r"\1", _cleaner.clean(renamed))).strip()
    if len(_NESTING_TAG.findall(clean)) > DEEPEST_NESTING and _depth(clean) > DEEPEST_NESTING:
        return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in plain_text(clean).splitlines())
    return clean


def _depth(html: str) -> int:
    measure = _Depth()
    measure.feed(html)
    return measure.deepest


class _Depth(HTMLParser):
    """Measures how deeply elements are nested in well-formed HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.deepest = self.now = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.now += 1
            self.deepest = max(self.deepest, self.now)

    def handle_endtag(self, tag: str) -> None:
        self.now -= 1


def plain_text(html: str) -> str:
    """Return the words of sanitised HTML, one line a block (paragraph, heading, list item, table row)."""
    reader = _PlainText()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _PlainText(HTMLParser):
    """Collects the text of HTML with a line break at each border of a block."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append(_border(tag))

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append(_border(tag))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data.replace("\n", " "))


def _border(tag: str) -> str:
    if tag in CELL_TAGS:
        return " "
    return "\n" if tag in BLOCK_TAGS else ""


def excerpt(text: str, limit: int) -> str:
    """Return at most ``limit`` characters from the start of plain ``text``, on one line, cut after a whole word.

    Text without spaces (Chinese, Japanese, Thai) is cut between characters, never before a combining mark.
    """
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    room = max(limit - 1, 0)
    space = line.rfind(" ", limit // 2, room + 1)
    end = space if space > 0 else room
    while end > 0 and unicodedata.combining(line[end]):
        end -= 1
    return line[:end].rstrip(" ,;:،、，") + "…"


def to_markdown(html: str) -> str:
    """Return Markdown for the edit box, which ``render_markdown`` turns into the same page again."""
    return markdown.write(sanitise(html))
