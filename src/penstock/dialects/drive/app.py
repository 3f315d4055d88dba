"""`drive` as one application: the calls of its pages."""

from penstock.dialects.drive import DIALECT
from penstock.dialects.drive.admin import AdminCalls
from penstock.dialects.drive.bulk import BulkCalls
from penstock.dialects.drive.events import EventCalls
from penstock.dialects.drive.faults import WORDING
from penstock.dialects.drive.files import FileCalls
from penstock.dialects.drive.folders import FolderCalls
from penstock.dialects.drive.jobs import JobCalls
from penstock.dialects.drive.links import LinkCalls
from penstock.dialects.drive.once import once
from penstock.dialects.drive.public.app import DriveApp
from penstock.dialects.drive.public.calls import PublicCalls
from penstock.dialects.drive.publications import PublicationCalls, rate_limit
from penstock.dialects.drive.shares import ShareCalls
from penstock.dialects.drive.trash import TrashCalls
from penstock.dialects.drive.upload_requests import UploadRequestCalls
from penstock.dialects.drive.uploads import UploadCalls
from penstock.dialects.drive.webhooks import WebhookCalls
from penstock.dialects.drive.zips import ZipCalls
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.services import Services


def drive(services: Services) -> DialectApp:
    """The calls of `drive`."""
    engine, bodies = services.engine, services.bodies
    proxies = services.proxies
    calls = [
        *FileCalls(engine, bodies, services.public_urls).calls(),
        *FolderCalls(engine, bodies).calls(),
        *TrashCalls(engine, proxies).calls(),
        *BulkCalls(engine, bodies, proxies).calls(),
        *UploadCalls(engine).calls(),
        *ZipCalls(engine, bodies).calls(),
        *AdminCalls(engine, proxies, services.settings).calls(),
        *JobCalls(services.jobs, services.sampling, engine.sudo, bodies, proxies).calls(),
        *EventCalls(engine, services.authenticator).calls(),
        *WebhookCalls(engine, bodies, proxies).calls(),
    ]
    if (terms := services.terms) is not None:
        publishing = (services.publisher, services.rebuilder, services.rebuilt, engine.catalog, bodies, terms)
        calls += PublicationCalls(*publishing).calls()
    shares = ShareCalls(engine, bodies, proxies, services.public_urls)
    requests = UploadRequestCalls(engine, bodies, proxies, services.public_urls)
    calls = [once(call, engine.replies, bodies) for call in (*calls, *shares.calls(), *requests.calls())]
    calls = [requests.linked(shares.linked(call)) for call in calls]
    calls += LinkCalls(engine, bodies, services.public_urls).calls()
    calls += PublicCalls(engine, bodies, proxies, services.public_urls).calls()
    limit = rate_limit if services.terms is not None else None
    return DriveApp(DIALECT.name, "drive: one's own files", calls, services.authenticator, WORDING, limit)
