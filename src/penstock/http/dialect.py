"""What a folder under `dialects/` says of itself: its `DIALECT`.

Settings, routing, documentation, import rules and the tests that hold for every call find a dialect by its folder
being there, and ask this alone. It loads nothing: whoever wants to know a setting's name need not load a server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class NoSettings(msgspec.Struct, frozen=True):
    """A dialect that leaves nothing to decide."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dialect:
    """One contract that clients speak.

    `prefixes` are the beginnings of its paths; of all dialects' the longest wins. Where another dialect claims the very
    same path, `telling` maps it to the query parameters and form fields that only this dialect's requests have there.

    `settings` is a msgspec struct whose fields are settings of the deployment: a field that the server has, too (such
    as `file_limit`), is the server's; any other is added to them. `build` gets an instance with the values in force,
    and imports what it needs only then.

    `may_be_open`: a deployment may let callers in without a token (`open`). `clients` are the names under which it
    begins sessions for clients that nobody registered. One that is `always_on` is spoken whatever `dialects` says;
    `former_names` may stand there still, and say nothing. `documented_at` are further addresses of its documentation.
    """

    name: str
    prefixes: tuple[str, ...]
    build: "Callable[[Services, Any], DialectApp]"
    telling: Mapping[str, frozenset[str]] = field(default_factory=dict)
    settings: type[msgspec.Struct] = NoSettings
    may_be_open: bool = False
    clients: frozenset[str] = frozenset()
    always_on: bool = False
    former_names: frozenset[str] = frozenset()
    documented_at: tuple[str, ...] = ()

    def own(self, settings: Any) -> msgspec.Struct:
        """Its part of the settings in force."""
        return self.settings(**{name: getattr(settings, name) for name in self.settings.__struct_fields__})
