"""Holds the salt of today in one process, and gives visitors their keys under it: blake2b, 8 bytes.

It is asked for outside of the lock that lines are written under, and let go with the day.
"""

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import date

from cac.stats.days import Calendar
from cac.stats.visitors import KeepsSalts, Salt, network_of

RESTORED_EVERY = 60.0
"""Seconds after which a process sees to it that the salt it holds is still that of all."""


@dataclass(frozen=True, slots=True)
class Held:
    """The salt of a day, what the keys of its visitors begin with, and when the day begins and ends (milliseconds since 1970).

    ``hasher`` has the salt in it already: half of the work of each key.
    """

    day: date
    salt: Salt
    hasher: hashlib.blake2b
    starts_ms: int
    ends_ms: int


class DaySalt:
    """The salt that this process hashes with; used by many threads at once.

    ``has_break`` says that a line must note that the day's salt was lost; who writes it takes the mark away.
    """

    def __init__(self, salts: KeepsSalts, calendar: Calendar) -> None:
        self._salts = salts
        self._calendar = calendar
        self.forget()

    def forget(self) -> None:
        """Hold nothing, as in a new process."""
        self._lock = threading.Lock()
        self._held: Held | None = None
        self._restored_at = time.monotonic()
        self.has_break = False

    @property
    def is_held(self) -> bool:
        """Whether there is a salt in this process."""
        return self._held is not None

    def visitor_of(self, now_ms: int, address: str, agent: str, languages: str) -> str:
        """Return the key of a visitor at a moment: 16 hexadecimal digits.

        The first that ask on a day wait for its salt, and no line that needs none waits for them.
        """
        held = self._held
        if held is None or not held.starts_ms <= now_ms < held.ends_ms:
            held = self._held_on(self._calendar.day_of(now_ms))
        network = network_of(address) if ":" in address else address
        hasher = held.hasher.copy()
        hasher.update(f"{network}\0{agent}\0{languages}".encode("utf-8", "replace"))
        return hasher.hexdigest()

    def _held_on(self, day: date) -> Held:
        with self._lock:
            held = self._held
            if held is None or held.day != day:
                held = self._hold(day, self._salts.salt_of(day))
            return held

    def look_after(self, now_ms: int) -> None:
        """Let go of the salt of a day that is over; ask again for one that this process had to make for itself.

        Once a minute, put the day's back where it was lost: processes that begin later tell its visitors apart as before.
        """
        held = self._held
        if held is None:
            return
        day = self._calendar.day_of(now_ms)
        if held.day < day:
            with self._lock:
                if self._held is held:
                    self._held, self.has_break = None, False
        elif held.day == day and held.salt.is_makeshift:
            found = self._salts.salt_of(day)
            if not found.is_makeshift:
                with self._lock:
                    self._hold(day, found)
        elif held.day == day and time.monotonic() - self._restored_at >= RESTORED_EVERY:
            self._restore(held)

    def _restore(self, held: Held) -> None:
        """Where others have made a salt since, theirs counts; who made it has noted that the day had had one."""
        self._restored_at = time.monotonic()
        day, salt = held.day, held.salt
        value = self._salts.restore(day, salt.value)
        if value != salt.value:
            with self._lock:
                if self._held is held:
                    self._hold(day, Salt(value, is_new_again=False))

    def _hold(self, day: date, salt: Salt) -> Held:
        """A day is one piece of time: nowhere since 2011 have clocks gone back over a midnight, so that it came twice."""
        is_same_day = self._held is not None and self._held.day == day
        self.has_break = salt.is_new_again or (self.has_break and is_same_day)
        starts, ends = self._calendar.start_of(day), self._calendar.end_of(day)
        hasher = hashlib.blake2b(digest_size=8, key=salt.value)
        held = Held(day, salt, hasher, int(starts.timestamp() * 1000), int(ends.timestamp() * 1000))
        self._held = held
        return held
