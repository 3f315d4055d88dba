"""Limits of open connections, in all and per address."""

from collections import Counter
from dataclasses import dataclass, field

from penstock.http.routing.clients import Proxies, grouped


@dataclass(slots=True)
class ConnectionLimits:
    """Counts this process's connections: at most `total`, and `per_address` from one client that is neither this
    machine nor a trusted proxy (those serve many people). `unread` is for how many seconds a client may read nothing of
    its answer.
    """

    total: int
    per_address: int
    unread: float
    proxies: Proxies
    _open: int = 0
    _by_address: Counter[str] = field(default_factory=Counter)

    def enter(self, address: str | None) -> bool:
        """Count a connection from this address; False, and not counted, when the limit is reached."""
        group = self._group(address)
        if self._open >= self.total or (group is not None and self._by_address[group] >= self.per_address):
            return False
        self._open += 1
        if group is not None:
            self._by_address[group] += 1
        return True

    def leave(self, address: str | None) -> None:
        """Stop counting a closed connection."""
        self._open -= 1
        group = self._group(address)
        if group is None:
            return
        self._by_address[group] -= 1
        if not self._by_address[group]:
            del self._by_address[group]

    def _group(self, address: str | None) -> str | None:
        if address is None or self.proxies.stands_for_many(address):
            return None
        return grouped(address)
