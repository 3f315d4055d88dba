"""The calls of `metaid`: decode, call the engine and the publisher, encode."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from penstock.chain.addresses import meta_id
from penstock.dialects.metaid import DIALECT, MetaidSettings, terms_of
from penstock.dialects.metaid.faults import word
from penstock.dialects.metaid.orders import Wish, chunked_wish, direct_wish
from penstock.dialects.metaid.wire import (
    ChunkedRequest,
    Config,
    Created,
    Direct,
    DirectRequest,
    Envelope,
    RetryRequest,
    Task,
    Tasks,
    UploadMethods,
    listed,
    task_of,
)
from penstock.engine.engine import Engine
from penstock.http.bodies.base64_member import Base64Member, decoded
from penstock.http.bodies.publishing import fee_rate, valid_address
from penstock.http.bodies.reading import Bodies, read_json
from penstock.http.bodies.values import whole_number
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, Refusals
from penstock.http.downloads.rebuilding import RebuildCache, deliver_rebuilt
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp, Doc, Parameter, Wording
from penstock.http.routing.limits import PUBLISHING, QUERIES, RateLimit
from penstock.http.routing.public_urls import PublicUrls
from penstock.http.routing.services import Services
from penstock.model import faults as f
from penstock.model.faults import BroadcastFailed, Fault, FileUnknown
from penstock.model.file import File
from penstock.model.principal import ANONYMOUS, Principal, Scope
from penstock.model.publication import Method, Order, Publication, PublicationId
from penstock.model.upload import Declared
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder, media_type_of

T = TypeVar("T", bound=DirectRequest)

NAME = DIALECT.name
PREFIXES = ("/metafile-uploader/api/v1", "/api/v1")
DIRECT_LIMIT = 5_242_880
"""The largest file of a direct upload, in bytes."""

REST = 64 << 10
"""The most bytes of a body beside the content."""

RATE_LIMITS = {"direct-upload": RateLimit("direct", 100), "chunked-upload-task": PUBLISHING}
"""How often a client may call in a minute (metaid.md, *速率限制*)."""

MAX_TASKS = 100


def metaid(services: Services, settings: MetaidSettings) -> DialectApp:
    """The calls of `metaid`."""
    calls = _Metaid(
        services.engine,
        services.publisher,
        services.rebuilder,
        services.bodies,
        settings,
        services.public_urls,
        services.proxies,
        services.rebuilt,
    ).calls()
    title, wording = "metaid: files published on a chain", Wording(word, Envelope)
    return DialectApp(NAME, title, calls, services.authenticator, wording, rate_limit)


def rate_limit(request: Request) -> RateLimit:
    """The rate limit of a request: one for the two upload calls, one for everything else."""
    name = request.url.path.rpartition("/")[2]
    return RATE_LIMITS.get(name, QUERIES) if request.method == "POST" else QUERIES


@dataclass(frozen=True, slots=True)
class _Metaid:
    engine: Engine
    publisher: Publisher
    rebuilder: Rebuilder
    bodies: Bodies
    settings: MetaidSettings
    public_urls: PublicUrls
    proxies: Proxies
    rebuilt: RebuildCache

    def calls(self) -> list[Call]:
        first, *others = PREFIXES
        return self._under(first) + [call for prefix in others for call in self._under(prefix, alias=True)]

    def _under(self, prefix: str, *, alias: bool = False) -> list[Call]:
        files = f"{prefix}/files"
        return [
            Call("GET", f"{prefix}/config", self.config, Scope.READ, _CONFIG, alias),
            Call("POST", f"{files}/direct-upload", self.direct, Scope.WRITE, _DIRECT, alias),
            Call("POST", f"{files}/chunked-upload-task", self.chunked, Scope.WRITE, _CHUNKED, alias),
            Call("GET", f"{files}/task/{{task_id}}", self.task, Scope.READ, _TASK, alias),
            Call("POST", f"{files}/task/{{task_id}}/retry", self.retry, Scope.WRITE, _RETRY, alias),
            Call("GET", f"{files}/tasks", self.tasks, Scope.READ, _TASKS, alias),
            Call("GET", f"{files}/content/{{pin_id}}", self.content, Scope.READ, _CONTENT, alias),
        ]

    async def config(self, request: Request, principal: Principal) -> Response:
        host = self.public_urls.of_calls(request).partition("://")[2]
        return _ok(Config(self.settings.publish_limit, f"{host}/metafile-uploader", UploadMethods()))

    async def direct(self, request: Request, principal: Principal) -> Response:
        limit = min(DIRECT_LIMIT, self.settings.publish_limit)
        wish, file = await self._take(request, principal, DirectRequest, direct_wish, limit)
        order = self._order(request, principal, wish, file, Method.DIRECT)
        try:
            publication = await self.publisher.publish(order)
        except Fault as fault:
            if not (isinstance(fault, BroadcastFailed) and fault.pending):
                await self.engine.catalog.remove(principal, file.id)
            raise
        await self._keep_one(principal, file, publication)
        txid = publication.result or ""
        return _ok(Direct(txid, f"{txid}i0"))

    async def chunked(self, request: Request, principal: Principal) -> Response:
        wish, file = await self._take(request, principal, ChunkedRequest, chunked_wish, self.settings.publish_limit)
        publication = await self.publisher.submit(self._order(request, principal, wish, file, Method.CHUNKED))
        await self._keep_one(principal, file, publication)
        return _ok(Created(publication.id))

    async def task(self, request: Request, principal: Principal) -> Response:
        return _ok(await self._task_response(await self.publisher.find(principal, _task_id(request))))

    async def retry(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, RetryRequest)
        rate = self._fee_rate(payload.feeRate) if payload.feeRate is not None else None
        publication = await self.publisher.find(principal, _task_id(request))
        return _ok(await self._task_response(await self.publisher.retry(publication, rate)))

    async def tasks(self, request: Request, principal: Principal) -> Response:
        query = request.query_params
        address = valid_address(query.get("address"), self.publisher.wallet.network)
        limit = whole_number(query.get("limit", "10"), "limit", 1, MAX_TASKS)
        cursor = whole_number(query.get("cursor", "0"), "cursor", 0, 1 << 62)
        publications = await self.publisher.page(principal, address, cursor, limit + 1)
        tasks = [listed(publication) for publication in publications[:limit]]
        return _ok(Tasks(tasks, len(publications) > limit, cursor + len(tasks)))

    async def content(self, request: Request, principal: Principal) -> Response:
        pin, largest = request.path_params["pin_id"], self.settings.publish_limit
        return await deliver_rebuilt(self.rebuilder, self.rebuilt, pin, largest, request)

    async def _take(
        self,
        request: Request,
        principal: Principal,
        shape: type[T],
        check: Callable[..., Wish],
        limit: int,
    ) -> tuple[Wish, File]:
        """Store the content while it streams in, wherever it stands in the body, and validate the request before
        anything is kept.
        """
        member = Base64Member("content", REST)
        body = decoded(self.bodies.stream(request), member)
        async with self.engine.receive(
            principal, NAME, Declared("", total=1), body, limit=limit, needs_md5=False
        ) as received:
            payload = read_json(member.end(), shape)
            wish = check(payload, self.publisher.wallet.network, has_content=member.found)
            kind, _, _ = media_type_of(wish.content_type).partition(";")
            return wish, await received.finish(Declared(wish.name, kind, None, 1))

    def _order(self, request: Request, principal: Principal, wish: Wish, file: File, method: Method) -> Order:
        return Order(
            owner=principal.id,
            client=principal.id if principal.id != ANONYMOUS.id else self.proxies.client(request),
            network=self.publisher.wallet.network,
            address=wish.address,
            operation=wish.operation,
            path=wish.path,
            content_type=wish.content_type,
            name=wish.name,
            fee_rate=self._fee_rate(wish.fee_rate),
            method=method,
            blob=file.blob.sha256,
            size=file.blob.size,
            file=file.id,
        )

    def _fee_rate(self, rate: int) -> int:
        """The requested fee rate, clamped to this deployment's bounds. Raises `InputInvalid`."""
        return terms_of(self.settings).fee_rate(fee_rate(rate, "feeRate"))

    async def _keep_one(self, principal: Principal, file: File, publication: Publication) -> None:
        """A repeated request keeps one file, unless the first was removed."""
        if publication.order.file == file.id:
            return
        try:
            await self.engine.catalog.file(principal, publication.order.file)
        except FileUnknown:
            await self.publisher.refile(publication, file.id)
        else:
            await self.engine.catalog.remove(principal, file.id)

    async def _task_response(self, publication: Publication) -> Task:
        chunks: Sequence[str] = ()
        if publication.completed_at is not None:
            chunks = await self.publisher.chunks(publication)
        return task_of(publication, chunks)


def _ok(data: object) -> Response:
    return json_answer(Envelope(data=data))


def _task_id(request: Request) -> PublicationId:
    return PublicationId(request.path_params["task_id"])


_ADDRESS = "1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9"
_EXAMPLE = {
    "metaId": meta_id(_ADDRESS),
    "address": _ADDRESS,
    "fileName": story.NAME,
    "content": base64.b64encode(story.CONTENT).decode(),
    "contentType": "text/plain",
    "feeRate": 1,
}
_OFTEN: Refusals = {f.RateLimited(60): "Too many calls, or today's budget is spent."}
_BAD: Refusals = _OFTEN | {
    f.InputMissing("address"): "A parameter is missing.",
    f.InputInvalid("address", "not an address", "1Q1p"): "A parameter is wrong.",
}
_TAKEN: Refusals = _BAD | OPENING | SEALING
_ID = Parameter("task_id", "path", str, "The task's id, as `chunked-upload-task` answers it.")
_UNKNOWN: Refusals = _OFTEN | {f.PublicationUnknown(): "The caller has no such task."}
_CONFIG = Doc("The limits of this service.", Config, faults=_OFTEN)
_DIRECT = Doc(
    "Publish a file of at most 5 MiB in one transaction.",
    Direct,
    (),
    DirectRequest,
    _TAKEN
    | {
        f.FundsMissing(2000, 1000): "The wallet cannot pay the cost, or today's budget is spent.",
        f.BroadcastFailed("txn-mempool-conflict"): "The chain refused the transaction.",
        f.ChainUnavailable("timed out"): "The chain does not answer.",
    },
    _EXAMPLE | {"operation": "create", "path": "/file"},
)
_CHUNKED = Doc(
    "Publish a file in chunks, behind a task.", Created, (), ChunkedRequest, _TAKEN, _EXAMPLE | {"chain": "mvc"}
)
_TASK = Doc("The state of a task.", Task, (_ID,), faults=_UNKNOWN)
_RETRY = Doc(
    "Resume a failed task; transactions that must be rebuilt use the given rate, if any.",
    Task,
    (_ID,),
    RetryRequest,
    _UNKNOWN | {f.InputInvalid("feeRate", "not 1 or more", "0"): "The rate is no whole number, or below 1."},
    {"feeRate": 2},
)
_TASKS = Doc(
    "The caller's tasks for an address, newest first.",
    Tasks,
    (
        Parameter("address", "query", str, "The address that owns the files.", example=_ADDRESS),
        Parameter("limit", "query", int, "How many, from 1 to 100.", required=False, example=10),
        Parameter("cursor", "query", int, "How many to pass over.", required=False, example=0),
    ),
    faults=_BAD,
)
_CONTENT = Doc(
    "A published file, rebuilt from the chain alone, with every digest verified.",
    BYTES,
    (Parameter("pin_id", "path", str, "The PIN's id, as `direct-upload` answers it."),),
    faults=_OFTEN
    | {
        f.FileUnknown(): "There is no such PIN.",
        f.FileDamaged(): "The data on the chain does not match its index.",
        f.TooLarge(DIRECT_LIMIT): "The file is larger than this call delivers.",
        f.ChainUnavailable("timed out"): "The chain does not answer, or lacks a chunk at present.",
        f.StorageFull(): "There is no space to rebuild it.",
    },
)
