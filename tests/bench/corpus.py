"""Texts to measure with: made up by a seeded generator in ten languages, or read from a file of JSON lines."""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

LANGUAGES = ("en", "en", "en", "en", "es", "fr", "pt", "de", "ru", "ar", "ko", "ja", "zh-Hans", "zh-Hant", "th")
SYLLABLES = {
    "latin": "ba be bi bo bu ca ce ci co cu da de di do du fa fe fi ga go la le li lo ma me mi mo na ne no pa pe po ra re ri"
    " ro sa se si so ta te ti to tu va ve vi con dis fec tion ing er es al in an en ar us",
    "ru": "ба бе ви во га го де до за ко ла ле ли ма ми на не но ор па по ра ре ро са се си та те ти то ция ние ск ов",
    "ar": "با تا حا دا را سا عا فا قا كا لا ما نا ها وا يا ال مت مس تع تط هير قيم",
    "ko": "가 거 고 공 과 관 교 구 국 기 대 도 동 로 리 마 만 모 문 물 방 버 보 부 사 생 서 소 독 시"
    " 안 역 요 원 의 인 장 전 정 지 차 하 학 활",
    "han": "公 共 交 通 消 毒 指 南 车 站 学 校 市 场 清 洁 口 罩 手 卫 生 隔 离 检 测 医 院 社 区 管 理 通 风 人 员 防 控 疫 情",
    "th": "กา รณ์ ฆ่า เชื้อ โรค รถ โดย สาร ทำ ความ สะ อาด มือ หน้า กาก โรง เรียน ตลาด สถา นี ประ ชา ชน",
}


@dataclass(frozen=True)
class BenchText:
    """One text in one language."""

    language: str
    title: str
    text: str


class _Vocabulary:
    """Made-up words of one language, drawn as often as words of real languages are (Zipf's law)."""

    def __init__(self, language: str, size: int = 20_000) -> None:
        chance = random.Random(language)
        script = "han" if language in ("zh-Hans", "zh-Hant", "ja") else language if language in SYLLABLES else "latin"
        parts = SYLLABLES[script].split()
        self.words = ["".join(chance.choices(parts, k=chance.choice((1, 2, 2, 3, 3, 4)))) for _ in range(size)]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(size)))
        self.gap = "" if script in ("han", "th") else " "

    def draw(self, chance: random.Random, count: int) -> str:
        return self.gap.join(chance.choices(self.words, cum_weights=self.weights, k=count))


def make_texts(count: int, seed: int = 1) -> Iterator[BenchText]:
    """Yield ``count`` made-up texts of 20 to 200 words; the same ones for the same seed."""
    chance = random.Random(seed)
    vocabularies = {language: _Vocabulary(language) for language in set(LANGUAGES)}
    for _ in range(count):
        language = chance.choice(LANGUAGES)
        words = vocabularies[language]
        yield BenchText(
            language, words.draw(chance, chance.randint(4, 10)), words.draw(chance, chance.randint(20, 200))
        )


def read_texts(path: Path, count: int) -> Iterator[BenchText]:
    """Yield the first ``count`` texts of a JSON-lines file (.gz too) whose records have ``text`` and perhaps ``title``."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        for _, line in zip(range(count), stream, strict=False):
            record = json.loads(line)
            text = str(record.get("text") or record.get("summary") or "")
            title = str(record.get("title") or text[:80])
            yield BenchText(str(record.get("language") or record.get("lang") or "en"), title, text)


def make_queries(texts: list[BenchText], count: int = 200, seed: int = 2) -> list[tuple[str, str]]:
    """Return (language, words) of ``count`` queries of one to four words, each taken from some text."""
    chance = random.Random(seed)
    queries = []
    while len(queries) < count:
        text = chance.choice(texts)
        words = text.text.split() or [text.title]
        start = chance.randrange(len(words))
        chosen = " ".join(words[start : start + chance.randint(1, 4)])
        if text.language in ("ja", "zh-Hans", "zh-Hant", "th"):
            begin = chance.randrange(max(1, len(chosen) - 8))
            chosen = chosen[begin : begin + chance.randint(2, 8)]
        if chosen.strip():
            queries.append((text.language, chosen))
    return queries
