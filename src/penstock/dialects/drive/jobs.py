"""The calls of administrators for work on the whole store, and for what the servers did."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.admin import refuse_others
from penstock.dialects.drive.admin_wire import JobShown, JobsShown, NewJob, Series, job_shown, point_of
from penstock.engine.jobs import Jobs
from penstock.engine.sampling import Sampling
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import required, whole_number
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import EMPTY, Call, Doc, Parameter
from penstock.identity.sudo import Sudo
from penstock.model import faults as f
from penstock.model.audit import Actor
from penstock.model.faults import InputInvalid
from penstock.model.job import JobKind
from penstock.model.principal import Principal, Scope
from penstock.model.sample import MINUTE
from penstock.model.sudo import Sensitive

STEPS = (60, 300, 900, 3600)
"""The spans of series, in seconds."""


@dataclass(frozen=True, slots=True)
class JobCalls:
    """`fsck` and `gc`, and series."""

    jobs: Jobs
    sampling: Sampling
    sudo: Sudo
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls."""
        jobs = "/drive/v1/admin/jobs"
        return [
            Call("POST", jobs, self.start, Scope.DELETE, _START),
            Call("GET", jobs, self.list, Scope.READ, _LIST),
            Call("GET", f"{jobs}/{{id}}", self.info, Scope.READ, _INFO),
            Call("DELETE", f"{jobs}/{{id}}", self.cancel, Scope.DELETE, _CANCEL),
            Call("GET", "/drive/v1/admin/series", self.series, Scope.READ, _SERIES),
        ]

    async def start(self, request: Request, principal: Principal) -> Response:
        """A job that runs."""
        refuse_others(principal)
        asked = await self.bodies.json(request, NewJob)
        kind = required(asked.kind, "kind")
        if kind not in set(JobKind):
            raise InputInvalid("kind", f"none of {', '.join(JobKind)}")
        if asked.repair:
            await self.sudo.check(principal, Sensitive.ADMINISTER, sudo_token(request))
        by = Actor(principal.name, self.proxies.origin(request))
        return json_answer(job_shown(await self.jobs.start(JobKind(kind), by, repair=asked.repair)), 201)

    async def list(self, request: Request, principal: Principal) -> Response:
        """The newest."""
        refuse_others(principal)
        return json_answer(JobsShown([job_shown(job) for job in await self.jobs.jobs()]))

    async def info(self, request: Request, principal: Principal) -> Response:
        """How far one is."""
        refuse_others(principal)
        return json_answer(job_shown(await self.jobs.job(request.path_params["id"])))

    async def cancel(self, request: Request, principal: Principal) -> Response:
        """One, ended."""
        refuse_others(principal)
        await self.jobs.cancel(request.path_params["id"])
        return Response(status_code=204)

    async def series(self, request: Request, principal: Principal) -> Response:
        """The last day."""
        refuse_others(principal)
        step = whole_number(request.query_params.get("step", str(STEPS[1])), "step", MINUTE, STEPS[-1])
        if step not in STEPS:
            raise InputInvalid("step", f"none of {', '.join(map(str, STEPS))}")
        return json_answer(Series(step, [point_of(sample) for sample in await self.sampling.series(step)]))


_ID = Parameter("id", "path", str, "The job's `id`.")
_NO_JOB: Refusals = {f.JobUnknown(): "There is no such job, or it has ended."}
_START = Doc(
    "Start `fsck` or `gc`.",
    JobShown,
    (docs.SUDO,),
    NewJob,
    docs.ADMINS
    | {
        f.InputMissing("kind"): "Nothing is named.",
        f.InputInvalid("kind", "none of fsck, gc"): "A value is wrong.",
        f.SudoRequired(): "It is to repair, and a sudo token is required.",
        f.JobRunning(): "A job of this kind runs already, wherever.",
    },
    {"kind": "fsck"},
    docs.WHO,
    status=201,
)
_LIST = Doc("The newest jobs.", JobsShown, faults=docs.ADMINS, about=docs.WHO)
_INFO = Doc("How far a job is, and what it found.", JobShown, (_ID,), faults=docs.ADMINS | _NO_JOB, about=docs.WHO)
_CANCEL = Doc("End a job, within a second.", EMPTY, (_ID,), faults=docs.ADMINS | _NO_JOB, about=docs.WHO, status=204)
_SERIES = Doc(
    "What the servers did in the last day.",
    Series,
    (Parameter("step", "query", int, "60, 300 (as without it), 900 or 3600 seconds.", False, 300),),
    faults=docs.ADMINS | {f.InputInvalid("step", "none of 60, 300, 900, 3600"): "A parameter is wrong."},
    about=docs.WHO,
)
