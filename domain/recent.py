"""What was used last, up to a total size: the rest is made again when it is wanted."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, the least recently used dropped first.

    ``limit`` bounds the sum of the sizes, in the unit of ``size``. A value that is larger than
    that alone is made each time. Threads that share one need a lock around it.
    """

    def __init__(self, limit: int, size: Callable[[V], int]) -> None:
        self._limit = limit
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._total = 0

    def of(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made where it is not kept; its errors go on."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        value = make()
        size = self._size(value)
        if size <= self._limit:
            self._kept[key] = value
            self._total += size
            while self._total > self._limit:
                self._total -= self._size(self._kept.popitem(last=False)[1])
        return value
