"""The dialects behind their doors, and the whole server as one ASGI application."""

import resource

from starlette.routing import Router
from starlette.types import ASGIApp

from penstock import __version__
from penstock.bootstrap.container import Container
from penstock.dialects.admin import admin_room
from penstock.dialects.files import files_room
from penstock.dialects.instant import instant_room
from penstock.dialects.metaid import bucket_of, metaid_room
from penstock.dialects.metaid.routes import Terms as MetaidTerms
from penstock.dialects.oauth import oauth_room
from penstock.dialects.oss import oss_room
from penstock.dialects.oss.routes import Limits
from penstock.dialects.scratch import scratch_room
from penstock.http.bodies.reading import Bodies
from penstock.http.docs.viewer import documentation_routes
from penstock.http.routing.authenticator import Authenticator, Origins
from penstock.http.routing.body_router import BodyRouter
from penstock.http.routing.clients import Proxies
from penstock.http.routing.cors import Cors
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.dispatch import ByListener, PathDispatcher, Plain, nobody
from penstock.http.routing.limits import Limited
from penstock.http.routing.operations import operation_routes
from penstock.http.routing.public_urls import PublicUrls
from penstock.http.server.connections import ConnectionLimits
from penstock.model.principal import Tier
from penstock.settings import Settings, listening_addresses

SHARED = "/api/file/upload"
"""The one address that two dialects claim, and what tells them apart (RULINGS, `instant`)."""
TELLING = {"file_id": "instant", "index": "instant", "chunk": "instant", "identifier": "oss", "file": "oss"}

SWAGGER = "/metafile-uploader/swagger/index.html"
"""Where metaid.md says that its API documentation is."""

HEALTH = ("/healthz",)
OPERATIONS = (*HEALTH, "/readyz", "/metrics")
"""What operators and their machines ask."""

STARTS = {
    "scratch": ("/api/scratch/", "/account/", "/auth/"),
    "instant": ("/api/file/", "/api/file/download/"),
    "files": ("/api/files/", "/api/auth/"),
    "oss": ("/api/file/multipart/", "/api/file/download", "/api/file/md5", "/api/media/", "/api/v", "/oss/"),
    "oauth": ("/oauth/", "/.well-known/oauth-authorization-server"),
    "admin": ("/admin/",),
    "metaid": ("/metafile-uploader/", "/api/v1/files/", "/api/v1/config"),
}
"""Which addresses are whose: the longest beginning wins."""

EXPOSED = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Length",
    "Content-Range",
    "ETag",
    "Location",
    "Retry-After",
    "Upload-Checksum",
    "Upload-Complete",
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
"""What scripts of other origins may read. A wildcard would not cover requests with credentials."""


def open_doors(settings: Settings) -> tuple[str, ...]:
    """Which dialects ask for no token."""
    return tuple(name for name in settings.dialects if name in settings.open)


def open_to(settings: Settings) -> str:
    """Of whom open dialects ask for no token."""
    named = [origin for origin in settings.cors_origins if origin != "*"]
    pages = f" or of {', '.join(named)}" if named else ""
    return f"everybody who reaches this server, through a proxy too; of pages, its own{pages}"


def dialect_apps(container: Container) -> list[DialectApp]:
    """The dialects that the settings ask for. Raises nothing: a dialect opens no files."""
    settings, engine = container.settings, container.engine
    bodies = Bodies(settings.body_idle, settings.body_total)
    base = settings.public_url.rstrip("/")
    proxies = Proxies(settings.trusted_proxies)
    public_urls = PublicUrls(settings.public_url, settings.cdn_url, proxies)
    tiers = {Tier.NORMAL: settings.tier_normal, Tier.VIP: settings.tier_vip, Tier.ENTERPRISE: settings.tier_enterprise}
    origins = Origins(settings.cors_origins, public_urls)
    authenticator = {
        name: Authenticator(engine.access, open_to=origins if name in open_doors(settings) else None, proxies=proxies)
        for name in settings.dialects
    }
    terms = MetaidTerms(settings.publish_limit, settings.fee_floor, settings.fee_cap)
    made = {
        "scratch": lambda authenticator: scratch_room(
            engine, bodies, authenticator, limit=settings.scratch_limit, base=base, proxies=proxies
        ),
        "instant": lambda authenticator: instant_room(
            engine, bodies, authenticator, limit=settings.file_limit, base=base
        ),
        "files": lambda authenticator: files_room(
            engine, bodies, authenticator, limit=settings.file_limit, proxies=proxies
        ),
        "oss": lambda authenticator: oss_room(
            engine, bodies, authenticator, limits=Limits(settings.file_limit, tiers), public_urls=public_urls
        ),
        "oauth": lambda authenticator: oauth_room(
            engine, bodies, authenticator, public_urls=public_urls, proxies=proxies
        ),
        "admin": lambda authenticator: admin_room(engine, bodies, authenticator, proxies=proxies),
        "metaid": lambda authenticator: metaid_room(
            engine,
            container.publishing.publisher,
            container.publishing.rebuilder,
            bodies,
            authenticator,
            terms=terms,
            public_urls=public_urls,
            proxies=proxies,
        ),
    }
    return [made[name](authenticator[name]) for name in settings.dialects]


OWN_DESCRIPTORS, FEWEST = 512, 64
"""How many open files are left to what is no connection, and how many connections are taken all the same."""


def connection_limits(settings: Settings) -> ConnectionLimits:
    """What one of the processes takes of the connections that all of them may have. A part that comes over one is an
    open file, too, and neither may lack the other.
    """
    _, descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    share = min(-(-settings.connections // settings.workers), max(FEWEST, (descriptors - OWN_DESCRIPTORS) // 2))
    each = -(-settings.client_connections // settings.workers)
    return ConnectionLimits(share, each, settings.body_idle, Proxies(settings.trusted_proxies))


def application(container: Container) -> ASGIApp:
    """The whole server as one ASGI application."""
    dialects = {dialect.name: dialect for dialect in dialect_apps(container)}
    houses: dict[str, ASGIApp] = {}
    for name, starts in STARTS.items():
        if name in dialects:
            houses |= dict.fromkeys(starts, dialects[name])
    if "metaid" in dialects:
        limited = Limited(
            dialects["metaid"],
            container.limiter,
            Proxies(container.settings.trusted_proxies),
            bucket_of,
            container.clock,
        )
        houses |= dict.fromkeys(STARTS["metaid"], limited)
    shared = {name: dialect for name, dialect in dialects.items() if name in set(TELLING.values())}
    if shared:
        houses[SHARED] = BodyRouter(shared, TELLING, next(iter(shared)), container.settings.body_idle)
    shown = operation_routes(container.ready, container.notices, container.metrics, container.gauges)
    operations = Plain(Router(shown, default=nobody))
    public = OPERATIONS if not container.settings.ops else HEALTH
    pages = documentation_routes(list(dialects.values()), __version__, public, {SWAGGER: "metaid"})
    house = Plain(Router(pages, default=nobody, redirect_slashes=False))  # a redirect leads out of a proxy's path
    houses |= {"/docs": house} | dict.fromkeys(public, operations)
    if "metaid" in dialects:
        houses[SWAGGER] = house
    app: ASGIApp = PathDispatcher(houses, container.metrics)
    if container.settings.ops:
        _, own = listening_addresses(container.settings)
        app = ByListener(own, PathDispatcher(dict.fromkeys(OPERATIONS, operations), container.metrics), app)
    return Cors(
        app,
        allow_origins=container.settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        allow_headers=("*",),
        expose_headers=EXPOSED,
        allow_private_network=container.settings.cors_private_network,
    )
