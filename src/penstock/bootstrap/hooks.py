"""The operator's hook: what it is asked, what it is told, and the outbox between; and webhooks, told from the same."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from penstock.adapters.sql.outbox import SqlOutbox
from penstock.bootstrap.identity import IdentityServices
from penstock.bootstrap.storage import Storage
from penstock.dialects import every_dialect
from penstock.engine.courier import Courier
from penstock.engine.events import HOOK, Events
from penstock.engine.hooks import Hooks
from penstock.engine.outbox import Dispatcher
from penstock.engine.progress import Progress
from penstock.http.routing.metrics import Metrics
from penstock.model.event import Kind
from penstock.ports import Hook, Receiver
from penstock.settings import Settings, SettingsRefused

if TYPE_CHECKING:
    from penstock.adapters.hooks import HttpHook

MARGIN = 5.0
"""By how many seconds a lease is longer than what is done under it."""


@dataclass(frozen=True)
class HookServices:
    """Whom the engine asks and tells; `hook` is None where there is nobody."""

    hooks: Hooks
    events: Events
    progress: Progress
    dispatcher: Dispatcher
    outbox: SqlOutbox
    courier: Courier
    receiver: Receiver
    hook: Hook | None

    @property
    def background(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on beside the calls."""
        hooked = [self.progress.run(), self.dispatcher.run()] if self.hook is not None else []
        return [self.courier.run(), *hooked]

    async def close(self) -> None:
        """Write down what is noted, and close connections."""
        await self.progress.flush()
        await self.receiver.close()
        if self.hook is not None:
            await self.hook.close()


def open_hooks(settings: Settings, storage: Storage, identity: IdentityServices, metrics: Metrics) -> HookServices:
    """Build what asks and tells the hook of the settings, if there is one. Raises `SettingsRefused`."""
    wanted = [Kind(name) for name in settings.hook_events] if settings.hook_url else []
    describe = {dialect.name: dialect.describe for dialect in every_dialect() if dialect.describe is not None}
    events, lease = Events(wanted, describe), settings.hook_timeout + MARGIN
    hook, outbox = _hook(settings), SqlOutbox(storage.database)
    destinations = {HOOK: hook} if hook is not None else {}
    receiver = _Later(private=settings.webhooks_private)
    courier = Courier(
        storage.webhooks,
        storage.news,
        outbox,
        receiver,
        storage.leases,
        identity.audit,
        storage.process,
        storage.clock,
        metrics.message,
    )
    return HookServices(
        hooks=Hooks(hook, events, storage.leases, lease, go_on=settings.hook_unanswered == "go_on"),
        events=events,
        progress=Progress(events, storage.uploads),
        dispatcher=Dispatcher(outbox, destinations, storage.process, lease, storage.clock, metrics.message),
        outbox=outbox,
        courier=courier,
        receiver=receiver,
        hook=hook,
    )


class _Later:
    """The port `Receiver`, whose client is made when something is to be sent: mostly there are no webhooks."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._made: Receiver | None = None

    async def post(self, url: str, secrets: Sequence[str], event: str, body: bytes) -> int:
        """See `Receiver.post`."""
        if self._made is None:
            from penstock.adapters.hooks import HttpReceiver

            self._made = HttpReceiver(private=self._private)
        return await self._made.post(url, secrets, event, body)

    async def close(self) -> None:
        """See `Receiver.close`."""
        if self._made is not None:
            await self._made.close()


def _hook(settings: Settings) -> "HttpHook | None":
    if not settings.hook_url:
        return None
    from penstock.adapters.hooks import HttpHook, read_keys

    address = urlsplit(settings.hook_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise SettingsRefused("hook_url: it is no http(s):// address")
    try:
        keys = read_keys(settings.hook_secret)
    except ValueError as error:
        raise SettingsRefused(f"hook_secret: {error}") from error
    if not keys:
        raise SettingsRefused("hook_secret: a hook needs one, such as: echo whsec_$(openssl rand -base64 32)")
    return HttpHook(settings.hook_url, keys, settings.hook_timeout)
