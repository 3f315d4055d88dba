"""What every dialect is built from."""

from dataclasses import dataclass

from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.clients import Proxies
from penstock.http.routing.public_urls import PublicUrls
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases and the technique that a dialect's calls ask. `authenticator` admits this dialect's callers."""

    engine: Engine
    publisher: Publisher
    rebuilder: Rebuilder
    bodies: Bodies
    authenticator: Authenticator
    public_urls: PublicUrls
    proxies: Proxies
