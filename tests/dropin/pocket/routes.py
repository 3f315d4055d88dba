"""The calls of `pocket`: decode, ask the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import file_name, required
from penstock.http.docs.refusals import OPENING, SEALING
from penstock.http.downloads.delivery import deliver
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp, Doc, Parameter, Wording
from penstock.http.routing.services import Services
from penstock.model import faults as f
from penstock.model.ids import FileId
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared

from . import DIALECT, PocketSettings
from .faults import word
from .wire import Kept, PocketError


def pocket(services: Services, settings: PocketSettings) -> DialectApp:
    """The calls of `pocket`."""
    calls = _Pocket(services.engine, services.bodies, settings.pocket_limit).calls()
    return DialectApp(DIALECT.name, "pocket: whole files", calls, services.authenticator, Wording(word, PocketError))


@dataclass(frozen=True, slots=True)
class _Pocket:
    engine: Engine
    bodies: Bodies
    limit: int

    def calls(self) -> list[Call]:
        return [
            Call("PUT", "/pocket/files", self.keep, Scope.WRITE, _KEEP),
            Call("GET", "/pocket/files/{id}", self.fetch, Scope.READ, _FETCH),
        ]

    async def keep(self, request: Request, principal: Principal) -> Response:
        declared = Declared(file_name(required(request.query_params.get("name"), "name"), "name"), total=1)
        body = self.bodies.stream(request)
        file = await self.engine.store(principal, DIALECT.name, declared, body, limit=self.limit, needs_md5=False)
        return json_answer(Kept(file.id, file.blob.size))

    async def fetch(self, request: Request, principal: Principal) -> Response:
        file = await self.engine.catalog.file(principal, FileId(request.path_params["id"]))
        return await deliver(self.engine.catalog, file, request)


_KEEP = Doc(
    "Keep a whole file.",
    Kept,
    (Parameter("name", "query", str, "What the file is called.", example="hello.txt"),),
    BYTES,
    OPENING
    | SEALING
    | {f.InputMissing("name"): "There is no name.", f.InputInvalid("name", "not a name"): "It cannot be one."},
)
_FETCH = Doc(
    "Hand a file out.",
    BYTES,
    (Parameter("id", "path", str, "What `PUT` answered."),),
    faults={f.FileUnknown(): "The caller has no such file.", f.FileTrashed(): "It lies in the trash."},
)
