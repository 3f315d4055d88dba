"""The calls of webhooks: decode, call the engine, encode. They are for administrators."""

from dataclasses import dataclass

from msgspec import UnsetType
from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.events_wire import (
    Deliveries,
    NewWebhook,
    Replay,
    Sent,
    WebhookChange,
    WebhookMade,
    Webhooks,
    WebhookShown,
    delivery_shown,
    webhook_made,
    webhook_shown,
)
from penstock.dialects.drive.reading import cursor, mark_of, moment_of, page_length, tags_of
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import EMPTY, Call, Doc, Parameter
from penstock.model import faults as f
from penstock.model.listing import Mark
from penstock.model.principal import Principal, Scope
from penstock.model.webhook import MAX_URL, MAX_WEBHOOKS, Webhook, WebhookEdit

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class WebhookCalls:
    """Who is told of events."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls."""
        webhook = "/drive/v1/webhooks/{id}"
        log = f"{webhook}/deliveries"
        return [
            Call("GET", "/drive/v1/webhooks", self.list, Scope.READ, _LIST),
            Call("POST", "/drive/v1/webhooks", self.add, Scope.WRITE, _ADD, secret=True),
            Call("POST", f"{webhook}/secret", self.rotate, Scope.WRITE, _ROTATE, secret=True),
            Call("POST", f"{webhook}/test", self.test, Scope.WRITE, _TEST),
            Call("POST", f"{webhook}/replay", self.replay, Scope.WRITE, _REPLAY),
            Call("GET", log, self.deliveries, Scope.READ, _DELIVERIES),
            Call("POST", f"{log}/{{delivery}}/replay", self.repeat, Scope.WRITE, _REPEAT),
            Call("GET", webhook, self.info, Scope.READ, _INFO),
            Call("PATCH", webhook, self.change, Scope.WRITE, _CHANGE),
            Call("DELETE", webhook, self.remove, Scope.DELETE, _REMOVE),
        ]

    async def list(self, request: Request, principal: Principal) -> Response:
        """All of them."""
        return json_answer(Webhooks([webhook_shown(one) for one in await self.engine.webhooks.all(principal)]))

    async def add(self, request: Request, principal: Principal) -> Response:
        """A new one."""
        new = await self.bodies.json(request, NewWebhook)
        url = plain_text(required(new.url, "url"), "url", MAX_URL)
        user = plain_text(new.user, "user", MAX_NAME) if new.user is not None else None
        made = await self.engine.webhooks.add(principal, url, new.events or (), user, *self._by(request))
        return json_answer(webhook_made(made), 201, {"Location": f"/drive/v1/webhooks/{made.id}", **_tag(made)})

    async def info(self, request: Request, principal: Principal) -> Response:
        """One of them."""
        return _told(await self.engine.webhooks.one(principal, request.path_params["id"]))

    async def change(self, request: Request, principal: Principal) -> Response:
        """One of them, changed."""
        change = await self.bodies.json(request, WebhookChange)
        edit = WebhookEdit(
            None if isinstance(change.url, UnsetType) else plain_text(change.url, "url", MAX_URL),
            None if isinstance(change.events, UnsetType) else tuple(change.events),
            None if isinstance(change.enabled, UnsetType) else change.enabled,
        )
        return _told(await self._edited(request, principal, edit))

    async def rotate(self, request: Request, principal: Principal) -> Response:
        """One of them, with another secret."""
        return json_answer(webhook_made(await self._edited(request, principal, WebhookEdit(rotate=True))))

    async def remove(self, request: Request, principal: Principal) -> Response:
        """None of it."""
        await self.engine.webhooks.remove(principal, request.path_params["id"], *self._by(request))
        return Response(status_code=204)

    async def test(self, request: Request, principal: Principal) -> Response:
        """An event that is none."""
        return json_answer(Sent(await self.engine.webhooks.test(principal, request.path_params["id"])), 202)

    async def replay(self, request: Request, principal: Principal) -> Response:
        """All events since a time, once more."""
        since = moment_of(required((await self.bodies.json(request, Replay)).since, "since"), "since")
        await self.engine.webhooks.replay(principal, request.path_params["id"], since)
        return Response(status_code=204)

    async def deliveries(self, request: Request, principal: Principal) -> Response:
        """A page of the log."""
        mark, count = mark_of(request.query_params, float, "deliveries"), page_length(request.query_params)
        before = (float(mark.value), mark.id) if mark is not None else None
        found = await self.engine.webhooks.deliveries(principal, request.path_params["id"], before, count)
        end = Mark(found[-1].since, found[-1].id) if len(found) == count else None
        return json_answer(Deliveries([delivery_shown(one) for one in found], cursor(end, "deliveries")))

    async def repeat(self, request: Request, principal: Principal) -> Response:
        """One event, once more."""
        path = request.path_params
        return json_answer(Sent(await self.engine.webhooks.repeat(principal, path["id"], path["delivery"])), 202)

    async def _edited(self, request: Request, principal: Principal, edit: WebhookEdit) -> Webhook:
        identifier, by = request.path_params["id"], self._by(request)
        return await self.engine.webhooks.edit(principal, identifier, edit, tags_of(request), *by)

    def _by(self, request: Request) -> tuple[str | None, str]:
        """The sudo token, and where the caller is."""
        return sudo_token(request), self.proxies.origin(request)


def _told(webhook: Webhook) -> Response:
    return json_answer(webhook_shown(webhook), headers=_tag(webhook))


def _tag(webhook: Webhook) -> dict[str, str]:
    return {"ETag": f'"{webhook.tag}"'}


_NONE: Refusals = docs.ADMINS | {f.WebhookUnknown(): "There is no such webhook."}
_SUDO_ASKED: Refusals = {f.SudoRequired(): "A sudo token is required."}
_WRONG: Refusals = {f.InputInvalid("url", "no http(s):// address"): "A value is wrong, or a private address."}
_ID = Parameter("id", "path", str, "The webhook's `id`.")
_SUDO = Parameter("X-Sudo-Token", "header", str, "A sudo token.")
_LIST = Doc("Every webhook, the oldest first.", Webhooks, faults=docs.ADMINS, about=docs.WHO)
_ADD = Doc(
    "Make a webhook, and its secret.",
    WebhookMade,
    (_SUDO,),
    NewWebhook,
    docs.ADMINS
    | _SUDO_ASKED
    | _WRONG
    | {
        f.InputMissing("url"): "There is no address.",
        f.AccountUnknown("There is no user 'carol'."): "There is no such user.",
        f.QuotaExceeded("webhooks", MAX_WEBHOOKS): "There are as many as there may be.",
    },
    {"url": "https://hooks.example/penstock", "events": ["file.created", "file.removed"]},
    f"{docs.WHO} It is told of what happens from now on. The secret is told here and nowhere else.",
    201,
)
_INFO = Doc("One webhook.", WebhookShown, (_ID,), faults=_NONE, about=docs.WHO)
_CHANGE = Doc(
    "Change a webhook; disable it, or enable it again.",
    WebhookShown,
    (_ID, docs.IF_MATCH, _SUDO),
    WebhookChange,
    _NONE | _SUDO_ASKED | _WRONG | docs.OUTDATED,
    {"events": ["file.created"], "enabled": True},
    f"{docs.WHO} One that is enabled again goes on where it stopped, as far as events are kept.",
)
_REMOVE = Doc(
    "Remove a webhook with its log.", EMPTY, (_ID, _SUDO), faults=_NONE | _SUDO_ASKED, about=docs.WHO, status=204
)
_ROTATE = Doc(
    "Exchange the secret of a webhook.",
    WebhookMade,
    (_ID, docs.IF_MATCH, _SUDO),
    faults=_NONE | _SUDO_ASKED | docs.OUTDATED,
    about=f"{docs.WHO} For a day the one before signs, too.",
)
_TEST = Doc("Send a webhook an event `test`.", Sent, (_ID,), faults=_NONE, about=docs.WHO, status=202)
_REPLAY = Doc(
    "Tell a webhook once more of all that happened since a time.",
    EMPTY,
    (_ID,),
    Replay,
    _NONE | {f.InputMissing("since"): "There is no time.", f.InputInvalid("since", "no time"): "It is no time."},
    {"since": 1795828444},
    f"{docs.WHO} As far as events are kept, and under the ids that they had.",
    204,
)
_DELIVERIES = Doc(
    "What came of telling a webhook, the newest first.",
    Deliveries,
    (_ID, docs.LIMIT, docs.CURSOR),
    faults=_NONE | docs.WRONG,
    about=docs.WHO,
)
_REPEAT = Doc(
    "Tell a webhook once more of one event.",
    Sent,
    (_ID, Parameter("delivery", "path", str, "The delivery's `id`.")),
    faults=_NONE | {f.DeliveryUnknown(): "The log has no such delivery."},
    about=docs.WHO,
    status=202,
)
