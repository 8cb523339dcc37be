"""Maps: TOML files that say how the lines of another source become lines of our format (records).

[source]      name = "coronanet" (practices are found again by this name and external_id) · text = "markdown", "plain" or
              "html" · ignore = true, or a list of their fields that are passed over · left_out_if_wrong = ["ended_on"]:
              fields that are left empty where their value is refused
[fields]      ours = "theirs", "theirs.inner", or a list of them: the first that is not empty; "" for none. For topics and
              places a list means all of them, or with take = "first" the first that the vocabulary knows. Fields that have
              our names already need no line
[defaults]    ours = value, where a line says nothing
[separators]  topics = ";" where several values stand in one text
[sources]     url = "theirs" or a list, and fixed title, publisher: makes the list of sources
[topics], [places]              "Their word" = ["1b"]; "Their beginning*" = [...]; and the options unknown = "report"
                                (the default) or "drop", default = ["12"], take = "all" or "first"
[kinds], [stages], [languages], [licences], [countries]   "Their word" = "ours"; other words stay as they are
[bodies]      country = "{country}": records that name no city belong to a national body of their country, so named;
              elsewhere = {en = "…"}: the body for records without a country; city_when = {field = ["value"]}: a city
              counts as the one that did it only then
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cac.exchange.records import FIELDS, TextForm
from cac.exchange.vocabularies import Vocabulary
from cac.practices.vocabulary import PLACES, TOPICS, Kind, Stage

LISTED = {"topics": frozenset(TOPICS), "places": frozenset(PLACES)}
SINGLE = {
    "kinds": ("kind", frozenset(Kind)), "stages": ("stage", frozenset(Stage)), "languages": ("language", None),
    "licences": ("licence", None), "countries": ("country", None),
}  # fmt: skip
TABLES = frozenset({"source", "fields", "defaults", "separators", "sources", "bodies", *LISTED, *SINGLE})
MOST = {"topics": 3, "places": 5}
OPTIONS = frozenset({"unknown", "default", "take"})


class MappingError(Exception):
    """A map that cannot be used; the message says in one sentence what to change."""


@dataclass(frozen=True)
class ListRule:
    """How a list of codes is made from their words."""

    vocabulary: Vocabulary | None = None
    reports_unknown: bool = True
    default: tuple[str, ...] = ()
    takes_first: bool = False


@dataclass(frozen=True)
class BodyRule:
    """Which member stands in for a city: names by language with ``{country}``, and when a named city counts."""

    country: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    city_when: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Map:
    """A map that was read; the empty one leaves lines as they are."""

    source: str = "import"
    text_form: TextForm = TextForm.MARKDOWN
    ignores_all: bool = False
    ignored: frozenset[str] = frozenset()
    left_out_if_wrong: frozenset[str] = frozenset()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    source_urls: tuple[str, ...] = ()
    source_facts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, ListRule] = field(default_factory=dict)
    words: Mapping[str, Vocabulary] = field(default_factory=dict)
    bodies: BodyRule = field(default_factory=BodyRule)


def load_map(path: Path) -> Map:
    """Return the map of a TOML file; raises MappingError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingError(f"The map {path.name} cannot be read: {error}.") from error
    if strange := sorted(set(tables) - TABLES):
        raise MappingError(
            f"The map has a table [{strange[0]}] that means nothing; there are {', '.join(sorted(TABLES))}."
        )
    if not all(isinstance(table, dict) for table in tables.values()):
        raise MappingError("The map has a value outside its tables.")
    return _map_of(tables)


def _map_of(tables: dict[str, dict[str, Any]]) -> Map:
    source = _known_keys("source", tables, {"name", "text", "ignore", "left_out_if_wrong"})
    sources = _known_keys("sources", tables, {"url", "title", "publisher"})
    fields = {_our_field("fields", ours): _paths(theirs) for ours, theirs in tables.get("fields", {}).items()}
    ignore = source.get("ignore", False)
    form = source.get("text", TextForm.MARKDOWN)
    if form not in set(TextForm):
        raise MappingError(f"[source] text is {', '.join(TextForm)}, not {form!r}.")
    name = source.get("name", "import")
    if not isinstance(name, str) or not 0 < len(name) <= 80:
        raise MappingError("[source] name is a text of at most 80 characters.")
    return Map(
        source=name,
        text_form=TextForm(form),
        ignores_all=ignore is True,
        ignored=frozenset(ignore if isinstance(ignore, list) else ()),
        left_out_if_wrong=frozenset(_our_field("source", key) for key in source.get("left_out_if_wrong", [])),
        fields=fields,
        defaults={_our_field("defaults", ours): value for ours, value in tables.get("defaults", {}).items()},
        separators={_our_field("separators", ours): str(text) for ours, text in tables.get("separators", {}).items()},
        source_urls=_paths(sources.get("url", "")),
        source_facts={key: str(text) for key, text in sources.items() if key != "url"},
        lists={ours: _list_rule(ours, tables.get(ours)) for ours in LISTED},
        words={ours: _words(table, tables[table], known) for table, (ours, known) in SINGLE.items() if table in tables},
        bodies=_body_rule(tables),
    )


def _list_rule(ours: str, table: dict[str, Any] | None) -> ListRule:
    if table is None:
        return ListRule()
    options = {key: value for key, value in table.items() if key in OPTIONS}
    words = {key: tuple(_as_list(value)) for key, value in table.items() if key not in OPTIONS}
    default = tuple(_as_list(options.get("default", [])))
    for code in (*default, *(code for codes in words.values() for code in codes)):
        if code not in LISTED[ours]:
            raise MappingError(f"[{ours}] has the code {code!r}, which is none of ours.")
    if options.get("unknown", "report") not in {"report", "drop"} or options.get("take", "all") not in {"all", "first"}:
        raise MappingError(f'[{ours}] unknown is "report" or "drop", take is "all" or "first".')
    return ListRule(Vocabulary(words), options.get("unknown") != "drop", default, options.get("take") == "first")


def _words(table: str, words: dict[str, Any], known: frozenset[str] | None) -> Vocabulary:
    for word, ours in words.items():
        if not isinstance(ours, str) or (known is not None and ours not in known):
            raise MappingError(f"[{table}] {word!r} is made into {ours!r}, which is none of ours.")
    return Vocabulary({word: (ours,) for word, ours in words.items()})


def _body_rule(tables: dict[str, dict[str, Any]]) -> BodyRule:
    table = _known_keys("bodies", tables, {"country", "elsewhere", "city_when"})
    country, elsewhere, when = table.get("country", ""), table.get("elsewhere", {}), table.get("city_when", {})
    if not isinstance(country, str) or (country and "{country}" not in country):
        raise MappingError('[bodies] country is a name with the country in it: "{country}".')
    if not isinstance(elsewhere, dict) or not isinstance(when, dict):
        raise MappingError("[bodies] elsewhere and city_when are tables.")
    return BodyRule(country, elsewhere, {key: frozenset(_as_list(values)) for key, values in when.items()})


def _known_keys(name: str, tables: dict[str, dict[str, Any]], known: set[str]) -> dict[str, Any]:
    table = tables.get(name, {})
    if strange := sorted(set(table) - known):
        raise MappingError(f"[{name}] has {strange[0]!r}, which means nothing; there are {', '.join(sorted(known))}.")
    return table


def _our_field(table: str, key: object) -> str:
    if not isinstance(key, str) or key not in FIELDS:
        raise MappingError(f"[{table}] names {key!r}, which is no field of ours.")
    return key


def _paths(theirs: object) -> tuple[str, ...]:
    paths = _as_list(theirs)
    if not all(isinstance(path, str) for path in paths):
        raise MappingError(f"[fields] names a field by a text or a list of texts, not {theirs!r}.")
    return tuple(path for path in paths if path)


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
