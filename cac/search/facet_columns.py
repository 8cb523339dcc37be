"""One facet of one generation of the index: which values each document has, and how many of some documents have each."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class FacetColumn:
    """The values of every document, as a code for each set of values that occurs together.

    ``codes`` has one entry a document, ``sets`` the values of each code. ``widen`` gives for a value a further one under
    which it counts, such as the topic to which a topic belongs.
    """

    def __init__(
        self, codes: npt.NDArray[np.int32], sets: Sequence[tuple[str, ...]], widen: Callable[[str], str] | None
    ) -> None:
        self._codes = codes.astype(np.int64)
        wide = [tuple(dict.fromkeys((*own, *map(widen, own)))) if widen else own for own in sets]
        self.values = sorted({value for own in wide for value in own})
        self._places = {value: place for place, value in enumerate(self.values)}
        pairs = [(code, self._places[value]) for code, own in enumerate(wide) for value in own]
        self._pair_codes = np.array([code for code, _ in pairs], np.int64)
        self._pair_places = np.array([place for _, place in pairs], np.int64)
        self._size = len(sets)

    def having(self, wanted: Iterable[str]) -> Flags:
        """Return which documents have any of the values ``wanted``."""
        places = [self._places[value] for value in wanted if value in self._places]
        chosen = np.zeros(self._size, np.bool_)
        asked = np.zeros(len(self.values), np.bool_)
        asked[places] = True
        chosen[self._pair_codes[asked[self._pair_places]]] = True
        return chosen[self._codes] if len(self._codes) else np.zeros(0, np.bool_)

    def count(self, documents: Longs) -> list[tuple[str, int]]:
        """Return how many of ``documents`` have each value, the most frequent first; values that none has are left out."""
        per_code = np.bincount(self._codes[documents], minlength=self._size)
        totals = np.bincount(self._pair_places, weights=per_code[self._pair_codes], minlength=len(self.values))
        order = np.argsort(-totals, kind="stable")[: np.count_nonzero(totals)]
        return [(self.values[place], int(totals[place])) for place in order.tolist()]
