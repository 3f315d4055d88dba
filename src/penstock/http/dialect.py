"""The declaration of a dialect: the `DIALECT` of each folder under `dialects/`.

Settings, routing, documentation, import rules and the tests that hold for every call find dialects by their folders,
and read this alone. It imports no server code, so that reading a setting's name stays cheap.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services
    from penstock.model.event import Told
    from penstock.model.publication import Terms


class NoSettings(msgspec.Struct, frozen=True):
    """The settings of a dialect that has none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dialect:
    """One contract that clients speak.

    `prefixes` are its path prefixes; of all dialects' the longest match wins. Where another dialect claims the same
    prefix, `telling` maps it to the query parameters and form fields that only this dialect's requests have there.

    `settings` is a msgspec struct whose fields are settings of the deployment: a field that the server also has (such
    as `file_limit`) takes the server's value; any other is added to the settings. `build` gets an instance with the
    values in force, and imports what it needs only then.

    `may_be_open`: a deployment may allow anonymous access (`open`). `clients` are the names under which it begins
    sessions for unregistered clients. A dialect that is `always_on` is spoken whatever `dialects` says; its
    `former_names` are accepted there and ignored. `documented_at` are further paths of its documentation.
    `describe` finds what the client told, in what the dialect noted of an upload (`Upload.told`), for hooks. One that
    `publishes` on the chain reads its terms out of its settings: only where it is spoken have others calls for that.
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
    describe: "Callable[[str], Told] | None" = None
    publishes: "Callable[[Any], Terms] | None" = None

    def own(self, settings: Any) -> msgspec.Struct:
        """The dialect's part of the settings in force."""
        return self.settings(**{name: getattr(settings, name) for name in self.settings.__struct_fields__})
