"""The wallet: one key, and finding, choosing and releasing the coins it can spend."""

from collections.abc import Collection
from contextlib import suppress

from penstock.chain.keys import WalletKey
from penstock.chain.transaction import parse
from penstock.model.chain import Address, Coin, Holdings, Network, TxId
from penstock.model.faults import ChainUnavailable
from penstock.model.publication import PublicationId
from penstock.ports import Balance, Chain, CoinRepository, Vault, WalletLocked
from penstock.publishing.plans import DUST


class Wallet:
    """The wallet that pays for publications."""

    def __init__(self, vault: Vault, coins: CoinRepository, chain: Chain, network: Network) -> None:
        self._vault = vault
        self._coins = coins
        self._chain = chain
        self.network = network
        self._key: WalletKey | None = None

    async def key(self) -> WalletKey:
        """The key, created on first use. Raises `WalletLocked`."""
        if self._key is None:
            key = WalletKey(await self._vault.secret())
            await self._coins.belong(key.public.hex())
            self._key = key
        return self._key

    async def address(self) -> Address:
        """The address that pays the wallet. Raises `WalletLocked`."""
        return (await self.key()).address(self.network)

    async def known_address(self) -> Address | None:
        """The address that pays the wallet; None while there is no key, or it cannot be read."""
        with suppress(WalletLocked):
            return await self.address() if await self._vault.exists() else None
        return None

    async def free(self) -> list[Coin]:
        """Every coin that may be spent now."""
        return await self._coins.free(self.network)

    async def balance(self) -> Balance:
        """The balance by the records."""
        return await self._coins.balance(self.network)

    async def refresh(self) -> int:
        """Look on the chain for received coins and for lost ones, whose spending transaction the chain may have
        forgotten. Returns how many came. Raises `ChainUnavailable`.
        """
        lost = await self._coins.lost(self.network)
        return await self._learn(await self._chain.coins(await self.address(), lost))

    async def look(self) -> bool:
        """As `refresh` and `ripen`, where there is a key and the chain answers; whether that was so."""
        if await self.known_address() is None:
            return False
        with suppress(ChainUnavailable):
            await self.refresh()
            await self.ripen()
            return True
        return False

    async def receive(self, txid: TxId) -> int:
        """Look in a transaction for coins that pay the wallet, for chains without an index of addresses. Returns how
        many came. Raises `ChainUnavailable`.
        """
        raw, address = await self._chain.transaction(txid), await self.address()
        outputs = parse(raw).outputs if raw is not None else ()
        paid = [
            Coin(txid, number, output.value) for number, output in enumerate(outputs) if output.script == address.script
        ]
        return await self._learn(await self._chain.coins(address, paid))

    async def held(self, publication: PublicationId) -> list[Coin]:
        """The coins that a publication holds."""
        return await self._coins.held(publication)

    async def unspent(self, coins: list[Coin]) -> list[Coin]:
        """The coins among these that are unspent on the chain. Raises `ChainUnavailable`."""
        there = await self._chain.coins(await self.address(), coins)
        return [coin for coin in coins if coin in {*there.ripe, *there.unripe}]

    async def there(self, outpoints: Collection[tuple[TxId, int]]) -> set[tuple[TxId, int]]:
        """The outputs among these that are unspent on the chain. Raises `ChainUnavailable`."""
        holdings = await self._chain.coins(await self.address(), [Coin(txid, vout, 0) for txid, vout in outpoints])
        return {(coin.txid, coin.vout) for coin in (*holdings.ripe, *holdings.unripe)} & set(outpoints)

    async def check(self, coins: list[Coin]) -> None:
        """Mark those of these free coins as lost that the chain says are spent, and set aside those that are too young.
        Raises `ChainUnavailable`.
        """
        there = await self._chain.coins(await self.address(), coins)
        await self._coins.lose(self.network, [coin for coin in coins if coin not in {*there.ripe, *there.unripe}])
        await self._coins.learn(self.network, Holdings(unripe=tuple(coin for coin in coins if coin in there.unripe)))

    async def ripen(self) -> int:
        """Free the coins of coinbases that are mature by now; returns how many. Raises `ChainUnavailable`."""
        waiting = await self._coins.unripe(self.network)
        if not waiting:
            return 0
        there = await self._chain.coins(await self.address(), waiting)
        return await self._coins.learn(self.network, Holdings(tuple(coin for coin in waiting if coin in there.ripe)))

    async def _learn(self, holdings: Holdings) -> int:
        ripe, unripe = (
            tuple(coin for coin in coins if coin.value >= DUST) for coins in (holdings.ripe, holdings.unripe)
        )
        return await self._coins.learn(self.network, Holdings(ripe, unripe))
