"""The calls of usage, one's own, and of administrators: the whole store."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from penstock.dialects.drive import docs
from penstock.dialects.drive.admin_wire import (
    Acts,
    OwnedUpload,
    OwnedUploads,
    SettingsShown,
    StorageShown,
    UsageShown,
    act_shown,
    setting_shown,
    storage_shown,
    usage_shown,
)
from penstock.dialects.drive.reading import MAX_TEXT, cursor, mark_of, moment_asked, page_length
from penstock.dialects.drive.wire import upload_shown
from penstock.engine.engine import Engine
from penstock.http.bodies.values import plain_text
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer, rfc3339
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import EMPTY, Call, Doc, Media, Parameter
from penstock.http.routing.services import SettingInForce
from penstock.model import faults as f
from penstock.model.audit import Act, Actor, Entry, Sought
from penstock.model.faults import AdminRequired, InputInvalid
from penstock.model.ids import FileId, UploadId
from penstock.model.listing import Mark
from penstock.model.principal import Principal, Scope

GROUP = 1000
"""How many acts are read at once for a table."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, full-width signs too."""


@dataclass(frozen=True, slots=True)
class AdminCalls:
    """Usage, and administration."""

    engine: Engine
    proxies: Proxies
    settings: Callable[[], Sequence[SettingInForce]]

    def calls(self) -> list[Call]:
        """The calls."""
        admin = "/drive/v1/admin"
        return [
            Call("GET", "/drive/v1/usage", self.usage, Scope.READ, _USAGE),
            Call("GET", f"{admin}/storage", self.storage, Scope.READ, _STORAGE),
            Call("GET", f"{admin}/uploads", self.uploads, Scope.READ, _UPLOADS),
            Call("DELETE", f"{admin}/uploads/{{id}}", self.cancel, Scope.DELETE, _CANCEL),
            Call("GET", f"{admin}/audit", self.audit, Scope.READ, _AUDIT),
            Call("GET", f"{admin}/audit.csv", self.table, Scope.READ, _TABLE),
            Call("GET", f"{admin}/settings", self.in_force, Scope.READ, _SETTINGS),
        ]

    async def usage(self, request: Request, principal: Principal) -> Response:
        """What the caller has."""
        reports = self.engine.reports
        return json_answer(usage_shown(await reports.usage(principal), await reports.breakdown(principal)))

    async def storage(self, request: Request, principal: Principal) -> Response:
        """What the store holds."""
        refuse_others(principal)
        return json_answer(storage_shown(*await self.engine.administration.storage()))

    async def uploads(self, request: Request, principal: Principal) -> Response:
        """A page of everybody's uploads."""
        refuse_others(principal)
        mark, count = mark_of(request.query_params, str, "uploads"), page_length(request.query_params)
        found = await self.engine.administration.uploads(mark.id if mark is not None else "", count)
        end = Mark("", found[-1][0].id) if len(found) == count else None
        progress = self.engine.uploads.progress
        shown = [OwnedUpload(owner, upload_shown(upload, await progress(upload))) for upload, owner in found]
        return json_answer(OwnedUploads(shown, cursor(end, "uploads")))

    async def cancel(self, request: Request, principal: Principal) -> Response:
        """Anybody's upload, ended."""
        refuse_others(principal)
        by = Actor(principal.name, self.proxies.origin(request))
        await self.engine.administration.cancel(UploadId(request.path_params["id"]), by)
        return Response(status_code=204)

    async def audit(self, request: Request, principal: Principal) -> Response:
        """A page of acts."""
        refuse_others(principal)
        query = request.query_params
        mark = mark_of(query, float, "audit")
        entries, end = await self.engine.audit.page(_sought(query), mark, page_length(query))
        return json_answer(Acts([act_shown(entry) for entry in entries], cursor(end, "audit")))

    async def table(self, request: Request, principal: Principal) -> Response:
        """All acts that are looked for, as a table."""
        refuse_others(principal)
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(self._rows(_sought(request.query_params)), 200, headers, "text/csv; charset=utf-8")

    async def in_force(self, request: Request, principal: Principal) -> Response:
        """Every setting."""
        refuse_others(principal)
        return json_answer(SettingsShown([setting_shown(setting) for setting in self.settings()]))

    async def _rows(self, sought: Sought) -> AsyncIterator[str]:
        yield _lines([("time", "who", "origin", "act", "about", "outcome")])
        mark: Mark | None = None
        while True:
            entries, mark = await self.engine.audit.page(sought, mark, GROUP)
            yield _lines(map(_row, entries))
            if mark is None:
                return


def refuse_others(principal: Principal) -> None:
    """Raise `AdminRequired` for whoever is no administrator."""
    if not principal.admin:
        raise AdminRequired


def _sought(query: QueryParams) -> Sought:
    def text(name: str) -> str | None:
        return plain_text(query[name], name, MAX_TEXT) if name in query else None

    act = text("act")
    if act is not None and act not in set(Act):
        raise InputInvalid("act", "no act")
    return Sought(
        text("name"),
        Act(act) if act is not None else None,
        text("outcome"),
        moment_asked(query, "since"),
        moment_asked(query, "until"),
    )


def _row(entry: Entry) -> tuple[str, ...]:
    return (rfc3339(entry.at), entry.actor.name, entry.actor.origin, entry.act, entry.about, entry.outcome)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180 has them. Names come from callers: one that a spreadsheet would run gets an apostrophe first."""
    out = io.StringIO()
    csv.writer(out).writerows([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row] for row in rows)
    return out.getvalue()


_SOUGHT: Refusals = docs.ADMINS | docs.WRONG
_ACTS = (
    Parameter("name", "query", str, "Only acts by or about this name.", False, "dora"),
    Parameter("act", "query", str, "Only this act.", False, "sign in"),
    Parameter("outcome", "query", str, "Only acts with this outcome.", False, "done"),
    Parameter("since", "query", float, "When, in Unix seconds: then or later.", False, 0),
    Parameter("until", "query", float, "When: before then.", required=False),
)
_USAGE = Doc(
    "What one has stored, and may store.",
    UsageShown,
    about="What counts against the quota is exact; by kind and by day it was counted within the last minute.",
)
_STORAGE = Doc("What the whole store holds, and the disk.", StorageShown, faults=docs.ADMINS, about=docs.WHO)
_UPLOADS = Doc(
    "Everybody's uploads in flight.",
    OwnedUploads,
    (docs.LIMIT, docs.CURSOR),
    faults=docs.ADMINS | docs.WRONG,
    about=docs.WHO,
)
_CANCEL = Doc(
    "End anybody's upload; its bytes are removed.",
    EMPTY,
    (Parameter("id", "path", str, "The upload's `id`."),),
    faults=docs.ADMINS
    | {
        f.UploadUnknown(): "There is no such upload in flight.",
        f.UploadBusy(): "It is being made a file.",
        f.UploadSealed(FileId("1")): "It became a file meanwhile.",
    },
    about=docs.WHO,
    status=204,
)
_AUDIT = Doc(
    "Sensitive acts, newest first.",
    Acts,
    (*_ACTS, docs.LIMIT, docs.CURSOR),
    faults=docs.ADMINS | docs.WRONG,
    about=docs.WHO,
)
_EXAMPLE = "time,who,origin,act,about,outcome\r\n2026-01-02T03:04:05Z,dora,127.0.0.1,sign in,dora,done\r\n"
_TABLE = Doc(
    "All of them, as a table (CSV).",
    Media("text/csv", _EXAMPLE),
    _ACTS,
    faults=docs.ADMINS | {f.InputInvalid("act", "no act"): "A parameter is wrong."},
    about=docs.WHO,
)
_SETTINGS = Doc("The settings in force, and where they come from.", SettingsShown, faults=docs.ADMINS, about=docs.WHO)
