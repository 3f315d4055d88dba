"""Addresses outside every dialect."""

from starlette.routing import Match, Route
from starlette.types import Scope


class Page(Route):
    """Something to look at. For another method than GET or HEAD nothing is there, as nowhere outside the dialects."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Starlette would refuse the method in words of its own."""
        match, child = super().matches(scope)
        return (Match.NONE, {}) if match is Match.PARTIAL else (match, child)
