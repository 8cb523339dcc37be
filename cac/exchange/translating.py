"""Brings a line of another source into our format by its map; leaves the checking of values to records."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cac.exchange.mapping import LISTED, MOST, ListRule, Map
from cac.exchange.records import FIELDS


@dataclass
class Translator:
    """Applies one map to many lines. ``dropped`` counts words that the map does not know and lets go."""

    map: Map
    dropped: int = field(default=0)

    def __post_init__(self) -> None:
        paths = [path for theirs in self.map.fields.values() for path in theirs]
        paths += [*self.map.source_urls, *self.map.bodies.city_when]
        self._used = {name for path in paths for name in (path, path.partition(".")[0])} | self.map.ignored

    def translate(self, line: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return what ``line`` says in our fields, and the problems that the map itself finds."""
        problems = (
            [] if self.map.ignores_all else [f"{key}: neither ours nor in the map" for key in self._strange(line)]
        )
        values = {ours: value for ours in FIELDS if (value := self._value(line, ours)) not in (None, "", [])}
        for ours in LISTED:
            if codes := self._codes(line, ours, problems):
                values[ours] = codes
        if urls := [url for path in self.map.source_urls for url in _texts(_look(line, path))]:
            values["sources"] = [{"url": url, **self.map.source_facts} for url in dict.fromkeys(urls)]
        for ours, value in self.map.defaults.items():
            values.setdefault(ours, value)
        if not self._is_city_the_doer(line):
            values.pop("city", None)
        return values, problems

    def _strange(self, line: Mapping[str, Any]) -> Iterator[str]:
        return (key for key in line if key not in FIELDS and key not in self._used)

    def _value(self, line: Mapping[str, Any], ours: str) -> object:
        if ours in LISTED:
            return None
        value = next((value for path in self._paths(ours) if (value := _look(line, path)) not in (None, "", [])), None)
        vocabulary = self.map.words.get(ours)
        if vocabulary is not None and isinstance(value, str):
            return (vocabulary.find(value) or (value,))[0]
        return value

    def _paths(self, ours: str) -> tuple[str, ...]:
        return self.map.fields.get(ours, (ours,))

    def _codes(self, line: Mapping[str, Any], ours: str, problems: list[str]) -> object:
        rule = self.map.lists.get(ours, ListRule())
        values = [_look(line, path) for path in self._paths(ours)]
        if rule.vocabulary is None:
            return next((value for value in values if value not in (None, "", [])), list(rule.default))
        separator = self.map.separators.get(ours)
        codes, unknown = _look_up([_words(value, separator) for value in values], rule, rule.vocabulary.find)
        if unknown and rule.reports_unknown and not (codes and rule.takes_first):
            problems += [f'{ours}: the map does not know "{word[:80]}"' for word in dict.fromkeys(unknown)]
        elif not codes and ours == "topics":
            self.dropped += len(unknown)
        return list(dict.fromkeys(codes))[: MOST[ours]] or list(rule.default)

    def _is_city_the_doer(self, line: Mapping[str, Any]) -> bool:
        return all(_look(line, path) in values for path, values in self.map.bodies.city_when.items())


def _look_up(
    groups: list[list[str]], rule: ListRule, find: Callable[[str], tuple[str, ...] | None]
) -> tuple[list[str], list[str]]:
    """Return the codes of the words of all fields (or of the first field that has any), and the words not known."""
    codes: list[str] = []
    unknown: list[str] = []
    for words in groups:
        for word in words:
            found = find(word)
            if found is None:
                unknown.append(word)
            else:
                codes += found
        if codes and rule.takes_first:
            break
    return codes, unknown


def _look(line: Mapping[str, Any], path: str) -> object:
    """Return the value of a field, or of a field within fields: ``place.city``."""
    if path in line or "." not in path:
        return line.get(path)
    value: object = line
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _words(value: object, separator: str | None) -> list[str]:
    words = _texts(value)
    if separator:
        words = [part for word in words for part in word.split(separator)]
    return [word.strip() for word in words if word.strip()]


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if isinstance(item, str | int | float) and item != ""]
