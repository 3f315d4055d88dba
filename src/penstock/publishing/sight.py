"""The chain's view of the watched transactions."""

from dataclasses import dataclass

from penstock.model.chain import Block, Network, Survey, TxId
from penstock.model.faults import ChainUnavailable
from penstock.model.publication import PublicationId
from penstock.ports import Chain, Watched, WatchRepository

TRIES = 5
"""How often a survey is repeated because another process recorded a newer one meanwhile."""


@dataclass(frozen=True, slots=True)
class View:
    """A survey, and the transactions that it covers."""

    survey: Survey
    watched: list[Watched]

    @property
    def behind(self) -> bool:
        """Whether some blocks are not read yet: then no transaction can be called unknown."""
        return self.survey.behind

    def block(self, watched: Watched) -> Block | None:
        """The block of a transaction; None while it has none."""
        mined = self.survey.mined.get(watched.txid)
        stays = watched.block if watched.block is not None and watched.block.height <= self.survey.fork else None
        return mined or stays

    def stands(self, watched: Watched) -> bool:
        """Whether the chain has a transaction, in a block or waiting for one."""
        return watched.txid in self.survey.waiting or self.block(watched) is not None

    @property
    def forgotten(self) -> frozenset[TxId]:
        """The transactions that the chain does not have."""
        return frozenset(watched.txid for watched in self.watched if not self.stands(watched))

    def of(self, publication: PublicationId) -> list[Watched]:
        """The transactions of a publication, in the order in which they are offered."""
        return [watched for watched in self.watched if watched.publication == publication]

    def standing(self, publication: PublicationId) -> set[TxId]:
        """Those of a publication that the chain has."""
        return {watched.txid for watched in self.of(publication) if self.stands(watched)}


@dataclass(frozen=True, slots=True)
class Sight:
    """Surveys the chain and records the result. Several processes may do so at once."""

    repository: WatchRepository
    chain: Chain
    network: Network
    deep: int
    """How deep a transaction must be to be buried."""

    async def look(self) -> View:
        """Survey everything that is watched. Raises `ChainUnavailable`, also when the chain is shorter than before: the
        node is then reindexing, and does not know the later blocks yet.

        A survey is recorded only if nobody else recorded one meanwhile. After `TRIES` the last one is returned all the
        same: it is as true as any, and what it says is recorded by whoever was faster.
        """
        for _ in range(TRIES):
            before, watched = await self.repository.trail(self.network), await self.repository.watched(self.network)
            txids = {entry.txid for entry in watched}
            survey = await self.chain.survey(txids, before)
            if before and survey.tip.height < before[0].height:
                raise ChainUnavailable(
                    f"the chain ends at block {survey.tip.height}, and was read up to {before[0].height}"
                )
            if await self.repository.surveyed(self.network, before, txids, survey, self.deep) is not None:
                break
        return View(survey, watched)
