"""Pages outside every dialect."""

from starlette.routing import Match, Route
from starlette.types import Scope


class Page(Route):
    """A page for GET and HEAD. Any other method is 404, as everywhere outside the dialects."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Starlette would answer 405 with a body of its own."""
        match, child = super().matches(scope)
        return (Match.NONE, {}) if match is Match.PARTIAL else (match, child)
