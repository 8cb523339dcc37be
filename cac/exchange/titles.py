"""Titles and summaries for records that have none, made from their own first sentences; pure."""

import re

from cac.practices.checks import SUMMARY_LENGTH, TITLE_LENGTH, TITLE_WORDS, UNSPACED_TITLE_LENGTH, is_unspaced
from cac.text import excerpt

SHORTEST_WORDS = 5
SHORTEST_UNSPACED = 5

# A full stop of the scripts without spaces ends a sentence by itself; elsewhere a space and no small letter must follow.
_END = re.compile(r"[。！？]+[」』”’)]*|[.!?।؟]+[\"'”’»)]*(?=\s+\W*[^\W\d_a-zà-öø-ÿа-я])|\n+")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:\w\.|[A-Z][a-z]{0,2}|\w+\.\w+)$")
_DANGLING = " ,;:،、，.–-(/"


def make_title(text: str) -> str:
    """Return the first sentence of plain ``text``, cut after a word: 20 words and 200 characters at most, 60 characters in
    a script without spaces; ``…`` shows that it was cut.
    """
    sentence = _opening(text).rstrip(".。")
    if is_unspaced(sentence):
        return excerpt(sentence, UNSPACED_TITLE_LENGTH)
    words = sentence.split(" ")
    if len(words) > TITLE_WORDS:
        sentence = " ".join(words[:TITLE_WORDS]).rstrip(_DANGLING) + "…"
    return excerpt(sentence, TITLE_LENGTH)


def _opening(text: str) -> str:
    """Return the first sentence, with the one after it where the first is no more than a place and a date."""
    first, second = [*split_sentences(text, most=2), "", ""][:2]
    if is_unspaced(first):
        return first + second if len(first) < SHORTEST_UNSPACED else first
    return f"{first} {second}".rstrip() if len(first.split(" ")) < SHORTEST_WORDS else first


def make_summary(text: str) -> str:
    """Return as many of the first sentences of plain ``text`` as fit into 600 characters, or the start of the first one."""
    summary = ""
    for sentence in split_sentences(text, most=20):
        glue = "" if not summary or is_unspaced(sentence) else " "
        if len(summary) + len(glue) + len(sentence) > SUMMARY_LENGTH:
            break
        summary += glue + sentence
    return summary or excerpt(text, SUMMARY_LENGTH)


def split_sentences(text: str, most: int) -> list[str]:
    """Return the first ``most`` sentences of plain ``text``, each on one line; a line that ends in a colon goes on."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(text[:5_000]):
        before = text[start : match.start()]
        if match[0].startswith("\n") and before.rstrip().endswith((":", ",", ";", "：", "，")):
            continue
        if match[0].startswith(".") and _ABBREVIATION.search(before[-20:]):
            continue
        sentence = " ".join((before + match[0]).split())
        if sentence.strip(".-–*• "):
            sentences.append(sentence)
            start = match.end()
        if len(sentences) == most:
            return sentences
    rest = " ".join(text[start:5_000].split())
    return [*sentences, rest] if rest else sentences
