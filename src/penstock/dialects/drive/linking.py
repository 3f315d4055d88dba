"""Links in answers. They are put there last, since an answer that is kept, to be given again, must have none."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive.sharing_wire import ShareShown, UploadRequestShown
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import Call
from penstock.model.principal import Principal

Shown = TypeVar("Shown", ShareShown, UploadRequestShown)
UrlOf = Callable[[Request, Principal, str], Awaitable[str | None]]
"""The link of what has an id."""


def linked(call: Call, shape: type[Shown], url_of: UrlOf) -> Call:
    """The call, with the link in its answer, if that is of this shape."""
    if call.doc.answer is not shape:
        return call
    endpoint = call.endpoint

    async def answer(request: Request, principal: Principal) -> Response:
        told = await endpoint(request, principal)
        shown = msgspec.json.decode(told.body, type=shape)
        headers = {name: told.headers[name] for name in ("etag", "location") if name in told.headers}
        shown = msgspec.structs.replace(shown, url=await url_of(request, principal, shown.id))
        return json_answer(shown, told.status_code, headers)

    return replace(call, endpoint=answer)
