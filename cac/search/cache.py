"""A bounded memory of what is dear to work out again, shared by the threads of a process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Keeps the values that were used last, at most ``megabytes`` of them; ``size_of`` tells the bytes that one takes."""

    def __init__(self, megabytes: int, size_of: Callable[[Value], int]) -> None:
        self._most_bytes = megabytes << 20
        self._size_of = size_of
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self.bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return the value kept under ``key``, or None."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: Key, value: Value) -> Value:
        """Keep ``value`` under ``key`` and return it."""
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self.bytes += self._size_of(value)
            while self.bytes > self._most_bytes:
                self.bytes -= self._size_of(self._values.popitem(last=False)[1])
        return value
