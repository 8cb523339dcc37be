"""Finds the visitor's key with the most views of an hour in little memory: one key in very many looks like a proxy's address.

The hundred busiest keys are kept; when there are more, all lose what the hundred and first has (J. Misra, D. Gries, "Finding
repeated elements", 1982). The number of a key is then too small by a hundredth of all views at most.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

KEYS_KEPT = 100
FEWEST_VIEWS_TO_JUDGE = 100


@dataclass(frozen=True)
class BusyHour:
    """The views with a key in one hour (UTC) so far, and the busiest keys among them."""

    hour: datetime
    views: int = 0
    keys: Mapping[int, int] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """The views of the busiest key."""
        return max(self.keys.values(), default=0)

    @property
    def can_be_judged(self) -> bool:
        """Whether the views are not too few to say anything."""
        return self.views >= FEWEST_VIEWS_TO_JUDGE

    def with_views(self, counts: Mapping[int, int]) -> "BusyHour":
        """Return the hour with more views, given by key."""
        keys = dict(counts)
        for key, views in self.keys.items():
            keys[key] = keys.get(key, 0) + views
        if len(keys) > KEYS_KEPT:
            less = heapq.nlargest(KEYS_KEPT + 1, keys.values())[-1]
            keys = {key: views - less for key, views in keys.items() if views > less}
        return BusyHour(self.hour, self.views + sum(counts.values()), keys)


@dataclass(frozen=True)
class BusyHours:
    """The hour that is being counted, and the last one that had enough views to be judged."""

    now: BusyHour | None = None
    judged: BusyHour | None = None

    def with_views(self, counts: Iterable[tuple[datetime, Mapping[int, int]]], at: datetime) -> "BusyHours":
        """Return what more views make of it, each an hour with views by key; hours before the present one are passed over.

        An hour that is still to come at the moment ``at`` is that of a clock which was set back: it is forgotten.
        """
        now, judged = (None if one and one.hour > at else one for one in (self.now, self.judged))
        for hour, views in sorted(counts, key=itemgetter(0)):
            if now is None or hour > now.hour:
                now = BusyHour(hour)
            if hour == now.hour:
                now = now.with_views(views)
                judged = now if now.can_be_judged else judged
        return BusyHours(now, judged)
