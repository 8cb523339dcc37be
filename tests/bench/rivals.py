"""Other searches that do the same work on the same texts, for comparison: SQLite FTS5, Tantivy, Whoosh as it comes.

Each is asked with any of the words, as people ask; people's text is given as terms, never as syntax. Tantivy is an extra of the
project ([bench]); without it its lines are left out.
"""

import importlib.util
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cac.search.words import SNOWBALL, base_language

HAS_TANTIVY = importlib.util.find_spec("tantivy") is not None
TOP = 20
FACETS = ("language", "city", "topic")


class RivalText(NamedTuple):
    """One text with what it is filtered and counted by."""

    number: int
    language: str
    title: str
    text: str
    city: str = ""
    topic: str = ""
    kind: str = ""


class Rival(Protocol):
    """A search over some texts."""

    def find(self, words: str, language: str, limit: int) -> list[int]:
        """Return the numbers of the best texts for ``words``, best first."""
        ...


def words_of(text: str) -> list[str]:
    """Return the words of a query, each once."""
    return list(dict.fromkeys(re.findall(r"\w+", text)))


class Fts5:
    """SQLite's own full-text search, with the tokenizer ``unicode61`` or ``trigram``."""

    def __init__(self, texts: Iterable[RivalText], tokenizer: str = "unicode61", path: Path | None = None) -> None:
        self.tokenizer = tokenizer
        self.db = sqlite3.connect(path or ":memory:")
        self.db.execute(f"CREATE VIRTUAL TABLE texts USING fts5(title, body, tokenize='{tokenizer}')")
        self.db.execute("CREATE TABLE facts (number INTEGER PRIMARY KEY, language, city, topic, kind)")
        for text in texts:
            self.db.execute(
                "INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)", (text.number, text.title, text.text)
            )
            facts = (text.number, text.language, text.city, text.topic, text.kind)
            self.db.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", facts)
        self.db.commit()

    def find(self, words: str, language: str, limit: int) -> list[int]:
        asked = self._asked(words)
        ranked = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, 1.5, 1.0) LIMIT ?"
        return [row[0] for row in self.db.execute(ranked, (asked, limit))] if asked else []

    def page(self, words: str, kind: str, snippets: int) -> int:
        """Do what a page of results needs: the best of a kind, counts by three facets, some snippets; return the total."""
        asked = self._asked(words)
        found = "texts JOIN facts ON facts.number = texts.rowid WHERE texts MATCH ? AND kind = ?"
        ranked = f"SELECT texts.rowid FROM {found} ORDER BY bm25(texts, 1.5, 1.0) LIMIT {TOP}"
        best = [row[0] for row in self.db.execute(ranked, (asked, kind))]
        totals = [
            self.db.execute(
                f"SELECT {facet}, count(*) FROM {found} GROUP BY 1 ORDER BY 2 DESC", (asked, kind)
            ).fetchall()
            for facet in FACETS
        ]
        if snippets and best:
            chosen = ",".join(map(str, best[:snippets]))
            cut = f"SELECT snippet(texts, 1, '[', ']', '…', 30) FROM texts WHERE texts MATCH ? AND rowid IN ({chosen})"
            self.db.execute(cut, (asked,)).fetchall()
        return sum(row[1] for row in totals[0])

    def _asked(self, words: str) -> str:
        parts = words_of(words)
        if self.tokenizer == "trigram":
            parts = list(dict.fromkeys(word[i : i + 3] for word in parts for i in range(max(1, len(word) - 2))))
        return " OR ".join(f'"{part}"' for part in parts)


class Tantivy:
    """Tantivy with its default analysis, or with the stemmer of each language that has one, in a field of its own."""

    def __init__(self, texts: Iterable[RivalText], *, stemmed: bool = False, path: Path | None = None) -> None:
        import tantivy

        self.tantivy = tantivy
        self.stemmed = stemmed
        texts = list(texts) if stemmed else texts
        languages = {base_language(text.language) for text in texts} if stemmed else set()
        self.stemmers = {language: name for language in sorted(languages) if (name := _stemmer(tantivy, language))}
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("number", stored=True, fast=True, indexed=True)
        for name in (*FACETS, "kind"):
            builder.add_text_field(name, fast=True, tokenizer_name="raw")
        builder.add_text_field("title", stored=False)
        builder.add_text_field("body", stored=True)
        for language in self.stemmers:
            builder.add_text_field(f"title_{language}", tokenizer_name=f"stem_{language}")
            builder.add_text_field(f"body_{language}", tokenizer_name=f"stem_{language}")
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(path) if path else None)
        for language, name in self.stemmers.items():
            self.index.register_tokenizer(f"stem_{language}", _analyzer(tantivy, name))
        self._fill(texts)

    def _fill(self, texts: Iterable[RivalText]) -> None:
        writer = self.index.writer(heap_size=128_000_000, num_threads=1)
        for text in texts:
            language = base_language(text.language)
            ending = f"_{language}" if language in self.stemmers else ""
            values: dict[str, Any] = {name: getattr(text, name) for name in (*FACETS, "kind")}
            values |= {"number": text.number, f"title{ending}": text.title, f"body{ending}": text.text}
            writer.add_document(self.tantivy.Document.from_dict(values, self.schema))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def find(self, words: str, language: str, limit: int) -> list[int]:
        hits = self.searcher.search(self._asked(words, language), limit=limit, count=False).hits
        return [self.searcher.doc(address)["number"][0] for _, address in hits]

    def page(self, words: str, kind: str, snippets: int) -> int:
        """As that of Fts5."""
        must, query = self.tantivy.Occur.Must, self._asked(words, "")
        kept = self.tantivy.Query.boolean_query(
            [(must, query), (must, self.tantivy.Query.term_query(self.schema, "kind", kind))]
        )
        counts = {facet: {"terms": {"field": facet, "size": 100}} for facet in FACETS}
        self.searcher.aggregate(kept, counts)
        found = self.searcher.search(kept, limit=TOP)
        if snippets and found.hits:
            cutter = self.tantivy.SnippetGenerator.create(self.searcher, query, self.schema, "body")
            for _, address in found.hits[:snippets]:
                cutter.snippet_from_doc(self.searcher.doc(address)).to_html()
        return int(found.count)

    def _asked(self, words: str, language: str) -> Any:
        ending = f"_{base_language(language)}" if base_language(language) in self.stemmers else ""
        asked = " ".join(words_of(words))
        query, _ = self.index.parse_query_lenient(asked, [f"title{ending}", f"body{ending}"], {f"title{ending}": 0.5})
        return query


def _stemmer(tantivy: Any, language: str) -> str:
    """Return Tantivy's name for the stemmer of a language, empty if it has none."""
    name = SNOWBALL.get(language, "")
    try:
        _analyzer(tantivy, name)
    except ValueError:
        return ""
    return name


def _analyzer(tantivy: Any, stemmer: str) -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    filters = (tantivy.Filter.lowercase(), tantivy.Filter.stemmer(stemmer))
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


class WhooshAsItComes:
    """Whoosh with its StandardAnalyzer and BM25F, all words joined by OR."""

    def __init__(self, texts: Iterable[RivalText]) -> None:
        from whoosh import fields, index
        from whoosh.analysis import StandardAnalyzer

        analyzer = StandardAnalyzer()
        schema = fields.Schema(number=fields.STORED, title=fields.TEXT(analyzer), body=fields.TEXT(analyzer))
        self._folder = tempfile.TemporaryDirectory(prefix="cac-bench-")
        made = index.create_in(self._folder.name, schema)
        writer = made.writer(limitmb=128)
        for text in texts:
            writer.add_document(number=text.number, title=text.title, body=text.text)
        writer.commit()
        self.searcher = made.searcher()
        self.analyzer = analyzer

    def find(self, words: str, language: str, limit: int) -> list[int]:
        from whoosh.query import Or, Term

        asked = dict.fromkeys(token.text for token in self.analyzer(words, mode="query"))
        terms = [Term(field, word) for word in asked for field in ("title", "body")]
        return [hit["number"] for hit in self.searcher.search(Or(terms), limit=limit)] if terms else []

    def close(self) -> None:
        """Close its files and forget them."""
        self.searcher.close()
        self._folder.cleanup()


def make_rivals(texts: Sequence[RivalText]) -> dict[str, Rival]:
    """Return all rivals by the names under which they are printed."""
    rivals: dict[str, Rival] = {
        "Whoosh Standard OR": WhooshAsItComes(texts),
        "FTS5 unicode61": Fts5(texts),
        "FTS5 trigram": Fts5(texts, "trigram"),
    }
    if HAS_TANTIVY:
        rivals |= {"Tantivy": Tantivy(texts), "Tantivy stemmed": Tantivy(texts, stemmed=True)}
    return rivals
