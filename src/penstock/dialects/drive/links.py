"""`POST /drive/v1/links`: addresses for a browser, in which no token stands."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive.faults import word
from penstock.dialects.drive.reading import items_of
from penstock.dialects.drive.wire import Link, Links, Target, Targets
from penstock.engine.catalog import refuse_unreadable
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.call_links import address_of
from penstock.http.routing.dialect_app import Call, Doc
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.faults import Fault
from penstock.model.ids import ID_LENGTH, FileId
from penstock.model.principal import Principal, Scope


@dataclass(frozen=True, slots=True)
class LinkCalls:
    """Signed addresses of calls that may be `linked`."""

    engine: Engine
    bodies: Bodies
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        """The calls. One that comes twice makes new addresses: those of the first are not kept."""
        return [Call("POST", "/drive/v1/links", self.make, Scope.READ, _MAKE, secret=True)]

    async def make(self, request: Request, principal: Principal) -> Response:
        """An address for each target."""
        targets = items_of((await self.bodies.json(request, Targets)).targets, "targets")
        base = self.public_urls.of_calls(request)
        previews = self.public_urls.of_previews(request)
        bases = {"content": base, "preview": previews}
        return json_answer(Links([await self._made(principal, target, bases[target.what]) for target in targets]))

    async def _made(self, principal: Principal, target: Target, base: str) -> Link:
        try:
            path, query = await self._place(principal, target)
        except Fault as fault:
            status, problem = word(fault)
            return Link(status, target.file, target.zip, problem=problem)
        link = self.engine.links.call(principal, path, query)
        return Link(200, target.file, target.zip, address_of(base, link), link.expires)

    async def _place(self, principal: Principal, target: Target) -> tuple[str, list[tuple[str, str]]]:
        """The path and the query of the call. Raises `InputMissing`, `FileUnknown`, `FileTrashed`, `FileDamaged`."""
        if target.zip is not None:
            made = await self.engine.zips.zip(principal, plain_text(target.zip, "zip", ID_LENGTH), stir=False)
            return f"/drive/v1/zips/{made.id}/content", []
        file = await self.engine.catalog.file(
            principal, FileId(plain_text(required(target.file, "file"), "file", ID_LENGTH))
        )
        refuse_unreadable(file)
        if target.what == "preview":
            return f"/drive/v1/files/{file.id}/preview", [("size", target.size)]
        disposition = "attachment" if target.download else "inline"
        return f"/drive/v1/files/{file.id}/content", [("disposition", disposition)]


_WRONG: Refusals = {
    f.InputMissing("targets"): "Nothing is named.",
    f.InputInvalid("targets", "not 1 to 100 of them"): "A value is wrong, or there are too many.",
}
_MAKE = Doc(
    "Addresses that a browser opens without a token, for ten minutes.",
    Links,
    (),
    Targets,
    _WRONG,
    {"targets": [{"file": "x"}]},
    "Each target has the status that it would have alone. An address is for GET and HEAD, in ranges, too, and ends "
    "with the session or the token of who asked for it.",
)
