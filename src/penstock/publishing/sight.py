"""Where the transactions under watch stand, as of now."""

from dataclasses import dataclass

from penstock.model.chain import Block, Network, Survey, TxId
from penstock.model.faults import ChainUnavailable
from penstock.model.publication import PublicationId
from penstock.ports import Chain, Watched, WatchRepository

TRIES = 5
"""How often a survey is made anew because another process has recorded a newer one meanwhile."""


@dataclass(frozen=True, slots=True)
class View:
    """A survey, and what it was made of."""

    survey: Survey
    watched: list[Watched]

    @property
    def behind(self) -> bool:
        """Whether there are blocks that were not read yet: then nothing can be called unknown."""
        return self.survey.behind

    def block(self, watched: Watched) -> Block | None:
        """The block that a transaction is in."""
        mined = self.survey.mined.get(watched.txid)
        stays = watched.block if watched.block is not None and watched.block.height <= self.survey.fork else None
        return mined or stays

    def stands(self, watched: Watched) -> bool:
        """Whether the chain has a transaction, in a block or waiting for one."""
        return watched.txid in self.survey.waiting or self.block(watched) is not None

    @property
    def forgotten(self) -> frozenset[TxId]:
        """What the chain does not have."""
        return frozenset(watched.txid for watched in self.watched if not self.stands(watched))

    def of(self, publication: PublicationId) -> list[Watched]:
        """The transactions of a publication, in the order in which they are offered."""
        return [watched for watched in self.watched if watched.publication == publication]

    def standing(self, publication: PublicationId) -> set[TxId]:
        """Those of a publication that the chain has."""
        return {watched.txid for watched in self.of(publication) if self.stands(watched)}


@dataclass(frozen=True, slots=True)
class Sight:
    """Asks the chain, and writes down what it says. Any number of processes may look at once."""

    repository: WatchRepository
    chain: Chain
    network: Network
    deep: int
    """How deep a transaction must be to be buried."""

    async def look(self) -> View:
        """Ask for everything that is watched. Raises `ChainUnavailable`, also when the chain is shorter than it was:
        then the node reads it anew, and knows nothing yet of what comes.
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
