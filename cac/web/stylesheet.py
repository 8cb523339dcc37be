"""The stylesheet as pages carry it: the readable file without its comments and the space that only people need."""

import re
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s+")
AROUND_MARKS = re.compile(r" ?([{};,]) ?")
AFTER_PROPERTY = re.compile(r"(?<=[a-z0-9-]): (?=[^{}]*[;}])")


def read_stylesheet(path: Path) -> str:
    """Return the rules of the CSS file at ``path`` on one line; strings in it hold none of the marks that are tightened."""
    rules = SPACE.sub(" ", COMMENT.sub("", path.read_text(encoding="utf-8")))
    return AFTER_PROPERTY.sub(":", AROUND_MARKS.sub(r"\1", rules)).strip()
