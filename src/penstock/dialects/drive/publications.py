"""The calls of publications, and of the wallet that pays for them. Where no dialect publishes they are not there."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.admin import refuse_others
from penstock.dialects.drive.publications_wire import (
    Again,
    EstimateShown,
    FeesShown,
    NewPublication,
    Publications,
    PublicationTold,
    WalletShown,
    estimate_shown,
    pin_of,
    publication_shown,
    publication_told,
    wallet_shown,
)
from penstock.dialects.drive.reading import cursor, mark_of, page_length
from penstock.engine.catalog import Catalog, refuse_unreadable
from penstock.http.bodies.publishing import content_type, fee_rate, usual_content_type, valid_address
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.docs.refusals import Refusals
from penstock.http.downloads.rebuilding import RebuildCache, deliver_rebuilt
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, Doc, Parameter
from penstock.http.routing.limits import PUBLISHING, QUERIES, RateLimit
from penstock.model import faults as f
from penstock.model.faults import FileUnknown, InputInvalid, TooLarge
from penstock.model.ids import ID_LENGTH, FileId
from penstock.model.principal import Principal, Scope
from penstock.model.publication import Method, Operation, Order, Phase, Publication, PublicationId, Terms
from penstock.publishing.plans import INDEX_PATH
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder

PUBLICATIONS, WALLET = "/drive/v1/publications", "/drive/v1/admin/wallet"


def rate_limit(request: Request) -> RateLimit | None:
    """The rate limit of what is about publications: that of the same calls of other dialects."""
    path = request.url.path.rstrip("/")
    if path != PUBLICATIONS and not path.startswith(f"{PUBLICATIONS}/"):
        return None
    return PUBLISHING if request.method == "POST" and path == PUBLICATIONS else QUERIES


@dataclass(frozen=True, slots=True)
class PublicationCalls:
    """One's own files on the chain."""

    publisher: Publisher
    rebuilder: Rebuilder
    rebuilt: RebuildCache
    catalog: Catalog
    bodies: Bodies
    terms: Terms

    def calls(self) -> list[Call]:
        """The calls."""
        one = f"{PUBLICATIONS}/{{id}}"
        return [
            Call("POST", f"{PUBLICATIONS}/estimate", self.estimate, Scope.READ, _ESTIMATE),
            Call("POST", PUBLICATIONS, self.publish, Scope.WRITE, _PUBLISH),
            Call("GET", PUBLICATIONS, self.list, Scope.READ, _LIST),
            Call("GET", one, self.info, Scope.READ, _INFO),
            Call("POST", f"{one}/retry", self.retry, Scope.WRITE, _RETRY),
            Call("GET", f"{one}/content", self.content, Scope.READ, _CONTENT),
            Call("GET", WALLET, self.wallet, Scope.READ, _WALLET),
        ]

    async def estimate(self, request: Request, principal: Principal) -> Response:
        """What it would cost."""
        order = await self._order(request, principal)
        estimate = await self.publisher.estimate(order)
        return json_answer(estimate_shown(estimate, order.address, order.content_type, order.fee_rate))

    async def publish(self, request: Request, principal: Principal) -> Response:
        """A publication under way, or the equal one that is there."""
        order = await self._order(request, principal)
        publication = await self.publisher.submit(order)
        if publication.order.file != order.file and not await self.catalog.holds(principal, publication.order.file):
            await self.publisher.refile(publication, order.file)
            publication = await self.publisher.own(principal, publication.id)
        return await self._told(publication, 202)

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of them."""
        query = request.query_params
        state = query.get("state")
        if state is not None and state not in set(Phase):
            raise InputInvalid("state", f"none of {', '.join(Phase)}")
        phase = Phase(state) if state is not None else None
        told = state or ""
        mark = mark_of(query, float, "publications", told)
        found, end = await self.publisher.listed(principal, phase, mark, page_length(query))
        return json_answer(Publications(list(map(publication_shown, found)), cursor(end, "publications", told)))

    async def info(self, request: Request, principal: Principal) -> Response:
        """How far one is."""
        return await self._told(await self._publication(request, principal))

    async def retry(self, request: Request, principal: Principal) -> Response:
        """One that failed, under way again."""
        publication = await self._publication(request, principal)
        asked = await self.bodies.json(request, Again)
        rate = self._fee_rate(asked.fee_rate) if asked.fee_rate is not None else None
        return await self._told(await self.publisher.retry(publication, rate), 202)

    async def content(self, request: Request, principal: Principal) -> Response:
        """The file, out of the chain."""
        pin = pin_of(await self._publication(request, principal))
        if pin is None:
            raise FileUnknown
        return await deliver_rebuilt(self.rebuilder, self.rebuilt, pin, self.terms.largest, request)

    async def wallet(self, request: Request, principal: Principal) -> Response:
        """What pays."""
        refuse_others(principal)
        wallet = self.publisher.wallet
        asked, address = await wallet.look(), await wallet.known_address()
        fees = FeesShown(self.terms.fee_floor, self.terms.fee_cap, await self.publisher.least_fee())
        balance, budgets = await wallet.balance(), self.publisher.budgets
        return json_answer(wallet_shown(wallet.network, address, balance, fees, budgets, asked=asked))

    async def _publication(self, request: Request, principal: Principal) -> Publication:
        return await self.publisher.own(principal, PublicationId(request.path_params["id"]))

    async def _told(self, publication: Publication, status: int = 200) -> Response:
        transactions, height = await self.publisher.standing(publication), await self.publisher.height()
        return json_answer(publication_told(publication, transactions, height), status)

    async def _order(self, request: Request, principal: Principal) -> Order:
        """What is asked for: always in chunks, since the chain then has the file's name and digest, too."""
        asked = await self.bodies.json(request, NewPublication)
        network = self.publisher.wallet.network
        named, address = (
            plain_text(required(asked.file, "file"), "file", ID_LENGTH),
            valid_address(asked.address, network),
        )
        told = content_type(asked.content_type, "content_type") if asked.content_type is not None else None
        rate = self._fee_rate(asked.fee_rate)
        file = await self.catalog.file(principal, FileId(named))
        refuse_unreadable(file)
        if file.blob.size > self.terms.largest:
            raise TooLarge(self.terms.largest)
        return Order(
            owner=principal.id,
            client=principal.id,
            network=network,
            address=address,
            operation=Operation.CREATE,
            path=INDEX_PATH,
            content_type=told or usual_content_type(file.name),
            name=file.name,
            fee_rate=rate,
            method=Method.CHUNKED,
            blob=file.blob.sha256,
            size=file.blob.size,
            file=file.id,
        )

    def _fee_rate(self, rate: int | None) -> int:
        return self.terms.fee_rate(fee_rate(rate, "fee_rate"))


_EXAMPLE = {"file": "x", "address": "1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9", "fee_rate": 1}
_OFTEN: Refusals = {f.RateLimited(60): "Too many calls."}
_ID = Parameter("id", "path", str, "The publication's `id`.")
_UNKNOWN: Refusals = _OFTEN | {f.PublicationUnknown(): "The caller has no such publication."}
_ORDERED: Refusals = (
    _OFTEN
    | docs.NO_FILE
    | docs.IN_TRASH
    | {
        f.InputMissing("address"): "A value is missing.",
        f.InputInvalid("address", "not an address"): "A value is wrong.",
        f.FileDamaged(): "The stored bytes are known to be wrong.",
        f.TooLarge(1 << 20): "The file is larger than what is published here.",
    }
)
_ESTIMATE = Doc(
    "What publishing a file would cost, before anything is paid.",
    EstimateShown,
    (),
    NewPublication,
    _ORDERED,
    _EXAMPLE,
    "With the coins that are free now; where they are not enough (`funded` is false), with a single coin that is. "
    "Nothing is held, and what is on the chain already costs nothing.",
)
_PUBLISH = Doc(
    "Publish a file of one's own on the chain.",
    PublicationTold,
    (),
    NewPublication,
    _ORDERED,
    _EXAMPLE,
    "It goes on in the background: ask for it until its `state` is `completed` or `failed`. The same file for the same "
    "address is published once: the publication that is there is answered, and goes on if it had failed. The file may "
    "be removed meanwhile.",
    status=202,
)
_LIST = Doc(
    "One's publications, newest first, of every dialect.",
    Publications,
    (
        Parameter("state", "query", str, "`publishing`, `completed`, `buried` or `failed`.", required=False),
        docs.LIMIT,
        docs.CURSOR,
    ),
    faults=docs.WRONG | _OFTEN,
)
_INFO = Doc("How far a publication is.", PublicationTold, (_ID,), faults=_UNKNOWN)
_RETRY = Doc(
    "Let a failed publication go on where it stopped.",
    PublicationTold,
    (_ID,),
    Again,
    _UNKNOWN | {f.InputInvalid("fee_rate", "not 1 or more"): "A value is wrong."},
    {"fee_rate": 2},
    "One that is under way, or has come to its end, stays as it is; so does a failed one while its equal is under way.",
    status=202,
)
_CONTENT = Doc(
    "A published file, rebuilt from the chain alone, with every digest verified; whole or in ranges.",
    BYTES,
    (_ID,),
    faults=_UNKNOWN
    | {
        f.FileUnknown(): "It is not on the chain yet, or not any more.",
        f.FileDamaged(): "The data on the chain does not match its index.",
        f.TooLarge(1 << 20): "The file is larger than what is published here.",
        f.ChainUnavailable("timed out"): "The chain does not answer, or lacks a chunk at present.",
        f.StorageFull(): "There is no space to rebuild it.",
    },
)
_WALLET = Doc("The wallet that pays, and the fees.", WalletShown, faults=docs.ADMINS, about=docs.WHO)
