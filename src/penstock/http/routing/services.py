"""The services that a dialect is built from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.engine.engine import Engine
from penstock.engine.jobs import Jobs
from penstock.engine.sampling import Sampling
from penstock.http.bodies.reading import Bodies
from penstock.http.downloads.rebuilding import RebuildCache
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.clients import Proxies
from penstock.http.routing.public_urls import PublicUrls
from penstock.model.publication import Terms
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting, its variable, its value as it may be shown, where that came from, and what it means."""

    name: str
    variable: str
    value: str
    source: str
    about: str


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases and HTTP services that a dialect calls. `authenticator` is this dialect's own; without
    `terms` no dialect publishes.
    """

    engine: Engine
    publisher: Publisher
    rebuilder: Rebuilder
    rebuilt: RebuildCache
    terms: Terms | None
    bodies: Bodies
    authenticator: Authenticator
    public_urls: PublicUrls
    proxies: Proxies
    jobs: Jobs
    sampling: Sampling
    settings: Callable[[], Sequence[SettingInForce]]
