"""The dialects at their paths, and the whole server as one ASGI application."""

import resource
from collections import defaultdict
from collections.abc import Mapping
from functools import partial

import msgspec
from starlette.routing import Router
from starlette.types import ASGIApp

from penstock import __version__
from penstock.bootstrap.container import Container
from penstock.dialects import every_dialect
from penstock.http.bodies.reading import Bodies
from penstock.http.dialect import Dialect
from penstock.http.docs.viewer import documentation_routes
from penstock.http.downloads.rebuilding import RebuildCache
from penstock.http.routing.authenticator import Authenticator, Origins
from penstock.http.routing.body_router import BodyRouter
from penstock.http.routing.calling import Calling
from penstock.http.routing.clients import Proxies
from penstock.http.routing.cors import Cors
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.dispatch import ByListener, PathDispatcher, Plain, nobody
from penstock.http.routing.limits import Limited
from penstock.http.routing.operations import operation_routes
from penstock.http.routing.public_urls import PublicUrls
from penstock.http.routing.services import Services, SettingInForce
from penstock.http.server.connections import ConnectionLimits
from penstock.model.publication import Terms
from penstock.settings import Settings, listening_addresses, origins_of, shown, table

HEALTH = ("/healthz",)
OPERATIONS = (*HEALTH, "/readyz", "/metrics")
"""The endpoints for operators."""

EXPOSED = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Length",
    "Content-Range",
    "ETag",
    "Location",
    "Repr-Digest",
    "Retry-After",
    "Upload-Checksum",
    "Upload-Complete",
    "Upload-Concat",
    "Upload-Defer-Length",
    "Upload-Draft-Interop-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Limit",
    "Upload-Metadata",
    "Upload-Offset",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
]
"""The response headers that scripts of other origins may read. A wildcard would not cover requests with credentials."""


def spoken(settings: Settings) -> list[Dialect]:
    """The dialects in the settings, in their order, followed by those that are always on."""
    named = {dialect.name: dialect for dialect in every_dialect() if not dialect.always_on}
    return [named[name] for name in settings.dialects if name in named] + [
        dialect for dialect in every_dialect() if dialect.always_on
    ]


def terms_of(settings: Settings) -> Terms | None:
    """On what terms files are published; None where no dialect does so."""
    found = (dialect.publishes(dialect.own(settings)) for dialect in spoken(settings) if dialect.publishes is not None)
    return next(found, None)


def without_token(settings: Settings) -> tuple[str, ...]:
    """The dialects with anonymous access."""
    return tuple(dialect.name for dialect in spoken(settings) if dialect.name in settings.open)


def in_force(settings: Settings) -> list[SettingInForce]:
    """Every setting, as it may be shown."""
    values, origins = msgspec.structs.asdict(settings), origins_of({})
    return [
        SettingInForce(name, variable, shown(name, values[name]), origins[name], about)
        for name, variable, _, about in table()
    ]


def open_to(settings: Settings) -> str:
    """Who has anonymous access to open dialects, in words."""
    named = [origin for origin in settings.cors_origins if origin != "*"]
    pages = f" or of {', '.join(named)}" if named else ""
    return f"everybody who reaches this server, through a proxy too; of pages, its own{pages}"


def dialect_apps(container: Container) -> dict[Dialect, DialectApp]:
    """The dialects' applications, built from the container's parts. Raises nothing: a dialect opens no files."""
    settings, engine = container.settings, container.engine
    bodies = Bodies(settings.body_idle, settings.body_total)
    proxies = container.proxies
    public_urls = PublicUrls(settings.public_url, settings.cdn_url, settings.preview_url, proxies)
    origins = Origins(settings.cors_origins, public_urls)
    publishing, open_ones = container.publishing, without_token(settings)
    rebuilt, terms = RebuildCache(engine.receiver), terms_of(settings)

    def services(dialect: Dialect) -> Services:
        open_here = origins if dialect.name in open_ones else None
        authenticator = Authenticator(engine.access, engine.links, open_to=open_here, proxies=proxies)
        return Services(
            engine,
            publishing.publisher,
            publishing.rebuilder,
            rebuilt,
            terms,
            bodies,
            authenticator,
            public_urls,
            proxies,
            container.uploading.jobs,
            container.uploading.sampling,
            partial(in_force, settings),
        )

    return {dialect: dialect.build(services(dialect), dialect.own(settings)) for dialect in spoken(settings)}


OWN_DESCRIPTORS, FEWEST = 512, 64
"""How many open files are kept for everything but connections, and the least number of connections accepted."""


def connection_limits(settings: Settings) -> ConnectionLimits:
    """One process's share of the connections of all processes. Each connection may need a second open file for its
    part, and neither may be missing.
    """
    _, descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    share = min(-(-settings.connections // settings.workers), max(FEWEST, (descriptors - OWN_DESCRIPTORS) // 2))
    each = -(-settings.client_connections // settings.workers)
    return ConnectionLimits(share, each, settings.body_idle, Proxies(settings.trusted_proxies))


def application(container: Container) -> ASGIApp:
    """The whole server as one ASGI application."""
    settings, apps = container.settings, dialect_apps(container)
    probes = container.probes
    pages = operation_routes(probes.ready, probes.notices, container.metrics, probes.gauges)
    operations = Plain(Router(pages, default=nobody))
    public = OPERATIONS if not settings.ops else HEALTH
    elsewhere = {path: dialect.name for dialect in apps for path in dialect.documented_at}
    pages = documentation_routes(list(apps.values()), __version__, public, elsewhere)
    # No redirects: they would leave a proxy's path.
    documentation = Plain(Router(pages, default=nobody, redirect_slashes=False))
    addresses = _addresses(container, apps)
    addresses |= {"/docs": documentation} | dict.fromkeys(elsewhere, documentation)
    app: ASGIApp = PathDispatcher(addresses | dict.fromkeys(public, operations), container.metrics)
    if settings.hook_url:
        app = Calling(app, container.proxies, settings.hook_forward_headers)
    if settings.ops:
        _, own = listening_addresses(settings)
        app = ByListener(own, PathDispatcher(dict.fromkeys(OPERATIONS, operations), container.metrics), app)
    return Cors(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        allow_headers=("*",),
        expose_headers=EXPOSED,
        allow_private_network=settings.cors_private_network,
    )


def _addresses(container: Container, apps: Mapping[Dialect, DialectApp]) -> dict[str, ASGIApp]:
    """Path prefixes and their applications; where several dialects claim one path, the request's fields decide."""
    addresses: dict[str, ASGIApp] = {}
    claims: dict[str, dict[str, ASGIApp]] = defaultdict(dict)
    telling: dict[str, dict[str, str]] = defaultdict(dict)
    for dialect, app in apps.items():
        limited = _limited(container, app)
        addresses |= dict.fromkeys(dialect.prefixes, limited)
        for path, fields in dialect.telling.items():
            claims[path][dialect.name] = limited
            telling[path] |= dict.fromkeys(fields, dialect.name)
    patience = container.settings.body_idle
    return addresses | {
        path: BodyRouter(claimants, telling[path], next(iter(claimants)), patience)
        for path, claimants in claims.items()
    }


def _limited(container: Container, app: DialectApp) -> ASGIApp:
    if app.rate_limit is None:
        return app
    return Limited(app, container.identity.limiter, container.proxies, app.rate_limit, container.clock)
