"""Words of another source and what they mean here: exact words, or beginnings that end in an asterisk."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Vocabulary:
    """Maps their words to ours; letter case and spaces around a word do not matter, the longest beginning wins."""

    words: Mapping[str, tuple[str, ...]]
    _seen: dict[str, tuple[str, ...] | None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        folded = {_fold(word): codes for word, codes in self.words.items()}
        self._exact = {word: codes for word, codes in folded.items() if not word.endswith("*")}
        beginnings = [(word.rstrip("*"), codes) for word, codes in folded.items() if word.endswith("*")]
        self._beginnings = sorted(beginnings, key=lambda item: -len(item[0]))

    def find(self, word: str) -> tuple[str, ...] | None:
        """Return our codes for their word (none at all, if the map says so), or None if the map does not know it."""
        if word not in self._seen:
            self._seen[word] = self._look_up(_fold(word))
        return self._seen[word]

    def _look_up(self, word: str) -> tuple[str, ...] | None:
        if word in self._exact:
            return self._exact[word]
        return next((codes for beginning, codes in self._beginnings if word.startswith(beginning)), None)


def _fold(word: str) -> str:
    return " ".join(word.casefold().split())
