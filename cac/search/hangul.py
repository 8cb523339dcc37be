"""Korean words between spaces: the particles that hang on a noun, and the parts by which a noun is found in a compound."""

from cac.search.short_words import remember_short

# Particles (josa) and the commonest endings of verbs made from nouns, longest first.
_PARTICLES = tuple(
    sorted(
        (
            "을", "를", "이", "가", "은", "는", "에", "의", "로", "와", "과", "도", "만", "나", "란", "랑", "라",
            "으로", "에서", "에게", "께서", "한테", "까지", "부터", "보다", "처럼", "마다", "조차", "마저", "이나", "이란",
            "이랑", "하고", "에는", "에도", "에만", "와의", "과의", "로는", "로도", "로서", "로써", "으로는", "으로도",
            "으로서", "으로써", "에서는", "에서도", "에서의", "에게는", "에게서", "까지는", "까지도", "부터는", "이라는",
            "라는", "이라고", "라고", "이며", "이고", "인", "인가", "인가요", "인지", "일까", "입니다", "이다", "였다", "이었다",
            "하는", "하다", "하여", "해서", "했다", "한", "할", "함", "하며", "하면", "하기", "하고", "합니다", "했는가",
            "하였다", "하였는가", "하는가", "된", "되는", "되다", "되어", "됐다", "되었다", "되었는가", "들", "들이", "들은",
            "들을", "들의", "들에게", "적", "적인", "적으로",
        ),
        key=len,
        reverse=True,
    )
)  # fmt: skip


_PARTICLE_SET = frozenset(_PARTICLES)


def is_particle(ending: str) -> bool:
    """Return whether ``ending`` is a particle or ending that may follow a noun."""
    return ending in _PARTICLE_SET


@remember_short(20_000)
def noun(word: str) -> str:
    """Return a word without its particle, as long as two syllables are left: ``방역소독을`` gives ``방역소독``."""
    for particle in _PARTICLES:
        if len(word) - len(particle) >= 2 and word.endswith(particle):
            return word[: -len(particle)]
    return word
