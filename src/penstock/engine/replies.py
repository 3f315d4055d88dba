"""Requests that may come twice are done once."""

import asyncio
from collections.abc import Awaitable, Callable

from penstock.model.ids import PrincipalId
from penstock.model.principal import Principal
from penstock.model.reply import KeptReply
from penstock.ports import ReplyRepository


class Replies:
    """Keeps what was answered to requests that name a key of their own."""

    def __init__(self, repository: ReplyRepository) -> None:
        self._repository = repository
        self._at_work: set[asyncio.Task[KeptReply]] = set()

    async def once(
        self, principal: Principal, key: str, request: str, work: Callable[[], Awaitable[KeptReply]]
    ) -> KeptReply:
        """What the work answers, or what it answered when it was asked for before. It goes on when its caller is gone,
        who then asks again; what is refused has changed nothing, and is asked anew. Raises as `ReplyRepository.begin`.
        """
        kept = await self._repository.begin(principal.id, key, request)
        if kept is not None:
            return kept
        task = asyncio.create_task(self._done(principal.id, key, work))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return await asyncio.shield(task)

    async def forget_old(self) -> None:
        """Forget what was answered long ago."""
        await self._repository.forget_old()

    async def close(self) -> None:
        """Finish work under way."""
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _done(self, owner: PrincipalId, key: str, work: Callable[[], Awaitable[KeptReply]]) -> KeptReply:
        try:
            reply = await work()
        except BaseException:
            await self._repository.drop(owner, key)
            raise
        await self._repository.finish(owner, key, reply)
        return reply
