"""Programs of the operator that are asked before an upload begins, and before it becomes a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from penstock.engine.calls import current_call
from penstock.engine.events import Events
from penstock.model.event import Kind
from penstock.model.faults import HookUnavailable, UploadRefused
from penstock.model.ids import new_id
from penstock.model.upload import Digests, Upload
from penstock.ports import Answer, Hook, LeaseRepository

PATIENCE = 0.02
"""After how many seconds the second of two that begin one upload first looks whether the first has; the pause then
doubles.
"""

LONGEST = 0.5
"""The longest pause, in seconds."""

_log = structlog.get_logger(__name__)


class Hooks:
    """Asks the hook, where there is one that wants to be asked. Without one everything passes."""

    def __init__(
        self, hook: Hook | None, events: Events, leases: LeaseRepository, lease: float, *, go_on: bool = False
    ) -> None:
        """`lease` is longer, in seconds, than a question may take. `go_on`: what has no answer passes."""
        self._hook = hook
        self._events = events
        self._leases = leases
        self._lease = lease
        self._go_on = go_on

    def asks(self, kind: Kind) -> bool:
        """Whether anybody is asked."""
        return self._hook is not None and self._events.wants(kind)

    async def create(self, upload: Upload) -> Upload:
        """An upload as it may begin: the hook may call its file otherwise. Raises `UploadRefused`,
        `HookUnavailable`.
        """
        answer = await self._ask(Kind.PRE_CREATE, upload)
        if answer is None:
            return upload
        return replace(upload, given_name=answer.name, given_type=answer.media_type)

    async def finish(self, upload: Upload, digests: Digests) -> bool:
        """Whether the hook decided that the upload may become a file; false when nobody decided anything, and it may
        all the same. Raises as `create`.
        """
        return await self._ask(Kind.PRE_FINISH, upload, digests) is not None

    @asynccontextmanager
    async def alone(self, upload: Upload) -> AsyncIterator[None]:
        """Whoever begins an upload of one key comes one after the other, on whichever node, so that a client that sends
        its first parts at once has the hook asked once. Who comes later looks for the upload first.
        """
        name, holder = f"pre-create {upload.owner} {upload.dialect} {upload.key}", new_id()
        patience = PATIENCE
        while not await self._leases.take(name, holder, self._lease):
            await asyncio.sleep(patience)
            patience = min(2 * patience, LONGEST)
        try:
            yield
        finally:
            await asyncio.shield(self._leases.let_go(name, holder))

    async def _ask(self, kind: Kind, upload: Upload, digests: Digests | None = None) -> Answer | None:
        if self._hook is None or not self.asks(kind):
            return None
        event = self._events.event(kind, upload, digests, current_call())
        try:
            # The same upload is asked about again under the same identifier.
            answer = await self._hook.ask(event, f"{kind}-{upload.id}")
        except HookUnavailable as fault:
            _log.warning("hook_unanswered", hook=kind, upload=upload.id, goes_on=self._go_on, why=repr(fault.__cause__))
            if self._go_on:
                return None
            raise
        if answer.refused:
            _log.info("hook_refused", hook=kind, upload=upload.id)
            raise UploadRefused(answer.reply)
        return answer
