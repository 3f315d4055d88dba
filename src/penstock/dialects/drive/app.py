"""`drive` as one application: the calls of its pages."""

from penstock.dialects.drive import DIALECT
from penstock.dialects.drive.bulk import BulkCalls
from penstock.dialects.drive.events import EventCalls
from penstock.dialects.drive.faults import WORDING
from penstock.dialects.drive.files import FileCalls
from penstock.dialects.drive.folders import FolderCalls
from penstock.dialects.drive.once import once
from penstock.dialects.drive.trash import TrashCalls
from penstock.dialects.drive.uploads import UploadCalls
from penstock.dialects.drive.webhooks import WebhookCalls
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.services import Services


def drive(services: Services) -> DialectApp:
    """The calls of `drive`."""
    engine, bodies = services.engine, services.bodies
    proxies = services.proxies
    calls = [
        *FileCalls(engine, bodies).calls(),
        *FolderCalls(engine, bodies).calls(),
        *TrashCalls(engine, proxies).calls(),
        *BulkCalls(engine, bodies, proxies).calls(),
        *UploadCalls(engine).calls(),
        *EventCalls(engine, services.authenticator).calls(),
        *WebhookCalls(engine, bodies, proxies).calls(),
    ]
    calls = [once(call, engine.replies, bodies) for call in calls]
    return DialectApp(DIALECT.name, "drive: one's own files", calls, services.authenticator, WORDING)
