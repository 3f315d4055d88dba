"""`Idempotency-Key`: a write that comes twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

import asyncio
import hashlib
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from penstock.engine.replies import Replies
from penstock.http.bodies.reading import JSON_LIMIT, Bodies
from penstock.http.bodies.values import plain_text
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.dialect_app import Call, Endpoint, Parameter
from penstock.model import faults as f
from penstock.model.principal import Principal
from penstock.model.reply import KeptReply

KEY = Parameter("Idempotency-Key", "header", str, "Any text of the client's own for this very request.", required=False)
REFUSED: Refusals = {
    f.KeyReused(): "The key was used for another request.",
    f.KeyInUse(): "The request of this key is still under way.",
    f.InputInvalid("Idempotency-Key", "more than 255 characters"): "The key is no text, or too long.",
}
MAX_KEY = 255
KEPT = ("content-type", "etag", "location")
"""The headers that are answered again."""


def once(call: Call, replies: Replies, bodies: Bodies) -> Call:
    """The call, which takes a key if it changes something."""
    if call.method == "GET":
        return call
    parameters, faults = (*call.doc.parameters, KEY), {**call.doc.faults, **REFUSED}
    doc = replace(call.doc, parameters=parameters, faults=faults)
    return replace(call, endpoint=_once(call, replies, bodies), doc=doc)


def _once(call: Call, replies: Replies, bodies: Bodies) -> Endpoint:
    endpoint = call.endpoint

    async def answer(request: Request, principal: Principal) -> Response:
        told = request.headers.get(KEY.name)
        if told is None:
            return await endpoint(request, principal)
        key, body = plain_text(told, KEY.name, MAX_KEY), await bodies.whole(request, JSON_LIMIT)

        async def work() -> KeptReply:
            done = await endpoint(_with(request, body), principal)
            headers = {name: done.headers[name] for name in KEPT if name in done.headers}
            return KeptReply(done.status_code, headers, bytes(done.body).decode())

        facts = _facts(request, body)
        digest = await asyncio.to_thread(_slow, facts, key) if call.secret else hashlib.sha256(facts).hexdigest()
        reply = await replies.once(principal, key, digest, work)
        return Response(reply.body, reply.status, dict(reply.headers))

    return answer


def _with(request: Request, body: bytes) -> Request:
    """The request with its body, which has been read."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


def _facts(request: Request, body: bytes) -> bytes:
    """What is said: the call, its condition, its body."""
    facts = (request.method, request.url.path, request.url.query, request.headers.get("if-match", ""))
    return "\n".join(facts).encode(errors="surrogatepass") + b"\n" + body


def _slow(facts: bytes, key: str) -> str:
    """A digest from which nobody guesses a password that was said."""
    salt = key.encode(errors="surrogatepass")
    return hashlib.scrypt(facts, salt=salt, n=1 << 14, r=8, p=1, dklen=32).hex()
