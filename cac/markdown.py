"""Writes sanitised HTML back as the Markdown from which it can be made, for the boxes in which people edit.

Knows the tags that text.sanitise leaves and the rules that text.render_markdown reads; leaves safety to them.
"""

import re
import unicodedata
from html.parser import HTMLParser
from itertools import pairwise


def write(html: str) -> str:
    """Return the Markdown of sanitised ``html``.

    What Markdown cannot say there (emphasis that ends inside a word after a bracket, a line break in a table) is dropped
    rather than shown as stars.
    """
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return _join(_blocks(tree.root.children))


class _Element:
    """One element of sanitised HTML with its children: elements and text."""

    def __init__(self, tag: str, value: str = "") -> None:
        self.tag = tag
        self.value = value
        self.children: list[_Element | str] = []

    def inside(self, *tags: str) -> list["_Element"]:
        """Return the children that are elements of ``tags``."""
        return [child for child in self.children if isinstance(child, _Element) and child.tag in tags]


class _Tree(HTMLParser):
    """Builds the tree of well-formed HTML; ``value`` is an address or the first number of a list."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        element = _Element(tag, values.get("href") or values.get("start") or "")
        self.open[-1].children.append(element)
        if tag != "br":
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1].tag == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(_PRIVATE.sub("", data))


_STRONG, _STRONG_END, _EM, _EM_END = "\ue000", "\ue001", "\ue002", "\ue003"
# Characters of text of which only the finished line shows whether they must be escaped.
_OPEN = {"*": "\ue004", "_": "\ue005", "]": "\ue006"}
_MARKS = re.compile("[\ue000-\ue003]")
_PRIVATE = re.compile("[\ue000-\ue006]")
_ENDS = {_STRONG: _STRONG_END, _EM: _EM_END}
_STARS = {_STRONG: "**", _STRONG_END: "**", _EM: "*", _EM_END: "*"}
_LISTS = frozenset({"ul", "ol", "other list"})
_INLINE = frozenset({"strong", "em", "a", "br"})
# More than our own rules read: files go to other readers of Markdown, which know code, raw HTML and definitions of links.
_SPECIAL = re.compile(r"[\\`]|<(?=[A-Za-z/!?]|$)|&(?=#?\w+;)")
_BLOCK_START = re.compile(
    r"^(?:(#{1,6}|[-+*])(?=\s|$)|(>|~(?=~~))|(\d{1,3})([.)])(?=\s|$)|(?=[-:|=][-:|= ]*$))", re.MULTILINE
)


def _blocks(children: list[_Element | str]) -> list[tuple[str, str]]:
    """Return children as (tag, Markdown) of blocks; text and inline elements between blocks become paragraphs."""
    blocks: list[tuple[str, str]] = []
    run: list[_Element | str] = []
    for child in [*children, _Element("end")]:
        if isinstance(child, str) or child.tag in _INLINE:
            run.append(child)
            continue
        if paragraph := _paragraph(run):
            blocks.append(("p", paragraph))
        run = []
        other = bool(blocks) and blocks[-1][0] == child.tag
        if markdown := _block(child, other=other):
            blocks.append(("other list" if other and child.tag in _LISTS else child.tag, markdown))
    return blocks


def _join(blocks: list[tuple[str, str]]) -> str:
    return "\n\n".join(markdown for _, markdown in blocks)


def _is_tight(item: _Element, blocks: list[tuple[str, str]]) -> bool:
    """Whether the blocks of a list item can stand without empty lines between them and without becoming paragraphs."""
    neighbours = pairwise(blocks)
    return not item.inside("p") and all(_may_follow(last, tag, words) for (last, _), (tag, words) in neighbours)


def _may_follow(last: str, tag: str, markdown: str) -> bool:
    """Whether a block may stand on the line after another one without becoming a part of it."""
    if last in {"h2", "h3"} or tag in {"h2", "h3"}:
        return True
    if tag in _LISTS:
        return re.match(r"(1[.)]|[-*]) \S", markdown) is not None
    return last == "p" and tag != "p"


def _block(element: _Element, *, other: bool) -> str:
    """Return one block; ``other`` asks for the other sort of list mark, to part two lists that follow one another."""
    match element.tag:
        case "h2" | "h3":
            words = re.sub(r"(#+)$", r"\\\1", " ".join(_inline(element.children).split()))
            return f"{'#' * int(element.tag[1])} {words}" if words else ""
        case "ul" | "ol":
            return _list(element, other=other)
        case "blockquote":
            quoted = _join(_blocks(element.children))
            return "\n".join(f"> {line}".rstrip() for line in quoted.split("\n")) if quoted else ""
        case "table":
            return _table(element)
        case "end":
            return ""
        case _:
            return _join(_blocks(element.children))


def _list(element: _Element, *, other: bool) -> str:
    items = [(item, blocks) for item in element.inside("li") if (blocks := _blocks(item.children))]
    tight = all(_is_tight(item, blocks) for item, blocks in items)
    lines = []
    for number, (_, blocks) in enumerate(items, int(element.value or 1)):
        mark = ("*" if other else "-") if element.tag == "ul" else f"{number}{')' if other else '.'}"
        words = "\n".join(markdown for _, markdown in blocks) if tight else _join(blocks)
        lines.append(f"{mark} {words}".replace("\n", "\n" + " " * (len(mark) + 1)))
    return re.sub(r"(?m)^ +$", "", ("\n" if tight else "\n\n").join(lines))


def _table(element: _Element) -> str:
    rows = [*element.inside("tr")]
    for part in element.inside("thead", "tbody"):
        rows += part.inside("tr")
    cells = [[_cell(cell) for cell in row.inside("th", "td")] for row in rows]
    width = max(map(len, cells), default=0)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in cells]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]]) if width else ""


def _cell(cell: _Element) -> str:
    words = " ".join(_inline(cell.children).split())
    return words.replace("|", r"\|")


def _paragraph(children: list[_Element | str]) -> str:
    lines = (line.strip() for line in _inline(children).split("\n"))
    return _BLOCK_START.sub(_escape_block_start, "\n".join(line for line in lines if line))


def _escape_block_start(match: re.Match[str]) -> str:
    if match[3]:
        return rf"{match[3]}\{match[4]}"
    return rf"\{match[1] or match[2] or ''}"


def _inline(children: list[_Element | str]) -> str:
    """Return text, links, breaks and emphasis on one or more lines."""
    marked = _mark(children, frozenset())
    before = ""
    while marked != before:
        before = marked
        marked = re.sub("([\ue000\ue002])(\\s+)", r"\2\1", marked)
        marked = re.sub("(\\s+)([\ue001\ue003])", r"\2\1", marked)
        marked = re.sub("\ue000\ue001|\ue001\ue000|\ue002\ue003|\ue003\ue002", "", marked)
    return _settle(_star(marked))


def _mark(children: list[_Element | str], inside: frozenset[str]) -> str:
    marked = ""
    for child in children:
        if isinstance(child, str):
            marked += _escape(re.sub(r"\s+", " ", child), in_link="a" in inside)
        elif child.tag == "br":
            marked += "\n"
        else:
            words = _mark(child.children, inside | {child.tag})
            marked += words if child.tag in inside else _wrapped(child, words)
    return marked


def _escape(text: str, *, in_link: bool) -> str:
    text = _SPECIAL.sub(r"\\\g<0>", text)
    if in_link:
        text = re.sub(r"[\[\]]", r"\\\g<0>", text)
    return re.sub(r"[*_]" if in_link else r"[*_\]]", lambda match: _OPEN[match[0]], text)


def _settle(line: str) -> str:
    """Escape stars, underscores and brackets of text where Markdown would take them for its own."""
    line = re.sub(f"(?<!\\S){_OPEN['*']}(?!\\S)", "*", line)
    line = re.sub(f"(?<=[^\\W_]){_OPEN['_']}(?=[^\\W_])", "_", line)
    line = re.sub(f"{_OPEN[']']}(?![(:])", "]", line)
    for character, mark in _OPEN.items():
        line = line.replace(mark, f"\\{character}")
    return line


def _wrapped(element: _Element, words: str) -> str:
    match element.tag:
        case "strong":
            return f"{_STRONG}{words}{_STRONG_END}"
        case "em":
            return f"{_EM}{words}{_EM_END}"
        case "a" if element.value and words.strip():
            url = re.sub(r"[\s<>\\]", lambda match: f"%{ord(match[0]):02X}", element.value)
            return (
                f"<{url}>"
                if element.children == [url]
                else f"[{words}]({f'<{url}>' if re.search('[()]', url) else url})"
            )
        case _:
            return words


def _star(marked: str) -> str:
    """Turn pairs of marks into stars, and drop the pairs that Markdown would not take for emphasis (flanking rules)."""
    dropped: set[int] = set()
    opened: list[int] = []
    for place, mark in ((match.start(), match[0]) for match in _MARKS.finditer(marked)):
        if mark in _ENDS:
            opened.append(place)
        elif opened:
            start = opened.pop()
            if not (_flanks(marked, start, 1) and _flanks(marked, place, -1)):
                dropped |= {start, place}
    return "".join(
        "" if place in dropped else _STARS.get(character, character) for place, character in enumerate(marked)
    )


def _flanks(marked: str, place: int, inward: int) -> bool:
    inner, outer = _neighbour(marked, place, inward), _neighbour(marked, place, -inward)
    return not inner.isspace() and (_is_word(inner) or not _is_word(outer))


def _neighbour(marked: str, place: int, direction: int) -> str:
    place += direction
    while 0 <= place < len(marked) and _MARKS.match(marked[place]):
        place += direction
    return marked[place] if 0 <= place < len(marked) else " "


def _is_word(character: str) -> bool:
    return not (character.isspace() or _PRIVATE.match(character)) and unicodedata.category(character)[0] not in "PS"
