"""The tables of the metadata database.

Times are Unix seconds as floats; ids and digests are text; booleans are 0 and 1: types that every database has, so that
one statement serves all.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from penstock.adapters.sql.conditions import FAILURE, LIVE, WATCHED

metadata = MetaData()

Whole = Integer().with_variant(BigInteger, "postgresql")
"""A whole number: SQLite's have 64 bits under every name."""

about = Table("about", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("admin", Whole, nullable=False),
    Column("disabled", Whole, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("quota_bytes", BigInteger),
    Column("quota_files", BigInteger),
    Column("quota_uploads", BigInteger),
)

usage = Table(
    "usage",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
)
"""The sums of each owner's file records, updated in the same transactions."""

reservations = Table(
    "reservations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("upload_id", Text),
    Column("number", Whole),
    Column("bytes", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("until", Double, nullable=False),
)
"""Reservations: `bytes`, of which `credit` replace a part that is counted already."""
Index("reservations_by_owner", reservations.c.owner, reservations.c.until)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("session_id", Text, ForeignKey("sessions.id")),
)
Index("tokens_by_session", tokens.c.session_id)
Index("tokens_by_user", tokens.c.user_id)

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("client", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("revoked_at", Double),
)
Index("sessions_by_user", sessions.c.user_id)

refreshes = Table(
    "refreshes",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double),
)
Index("refreshes_by_session", refreshes.c.session_id)

factors = Table(
    "factors",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("activated_at", Double),
    Column("last_step", BigInteger),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Text, ForeignKey("factors.user_id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, primary_key=True),
)

proofs = Table(
    "proofs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
)
Index("proofs_by_user", proofs.c.user_id)
Index("proofs_by_end", proofs.c.expires_at)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("client_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text),
    Column("size", BigInteger),
    Column("total", Whole),
    Column("part_size", BigInteger),
    Column("md5", Text),
    Column("label", Text),
    Column("size_limit", BigInteger, nullable=False),
    Column("needs_md5", Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", Whole, nullable=False),
    Column("received", Whole, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("largest", BigInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("discarded", Whole, nullable=False),
    Column("chaser", Text),
    Column("chaser_until", Double),
    Column("found_epoch", Whole),
    Column("found_size", BigInteger),
    Column("found_sha256", Text),
    Column("found_md5", Text),
    Column("sealer", Text),
    Column("sealer_until", Double),
    Column("file_id", Text),
    Column("completed_by", Whole),
    Column("ended_at", Double),
    Column("address", Text),
    Column("told", Text),
    Column("appended", Whole, nullable=False, server_default=text("0")),
    Column("turn", Whole, nullable=False, server_default=text("0")),
    Column("last", BigInteger, nullable=False, server_default=text("0")),
    Column("last_digest", Text),
    Column("holder", Text),
    Column("wished", Whole),
    Column("concat", Text),
    Column("spent", Whole, nullable=False, server_default=text("0")),
    Column("covered", Whole, nullable=False, server_default=text("0")),
    Column("given_name", Text),
    Column("given_type", Text),
    Column("approved", Whole, nullable=False, server_default=text("0")),
    Column("rejection", Text),
    Column("folder", Text),
    Column("found_crc32", Text),
    Column("upload_request", Text),
)
"""`spent`: a file was made of this partial upload, which no longer counts. `covered`: the bytes of this final upload do
not count, since those of its partial ones do.
"""
Index(
    "uploads_requested",
    uploads.c.upload_request,
    sqlite_where=text("upload_request IS NOT NULL"),
    postgresql_where=text("upload_request IS NOT NULL"),
)
Index(
    "uploads_joining",
    uploads.c.id,
    sqlite_where=text("concat = 'final' AND state = 'open'"),
    postgresql_where=text("concat = 'final' AND state = 'open'"),
)
Index(
    "uploads_wished",
    uploads.c.holder,
    sqlite_where=text("wished IS NOT NULL"),
    postgresql_where=text("wished IS NOT NULL"),
)
Index(
    "one_live_upload_per_key",
    uploads.c.owner,
    uploads.c.dialect,
    uploads.c.client_key,
    unique=True,
    sqlite_where=text("state IN ('open', 'sealing', 'placing')"),
    postgresql_where=text("state IN ('open', 'sealing', 'placing')"),
)
Index("uploads_by_key", uploads.c.owner, uploads.c.dialect, uploads.c.client_key, uploads.c.opened_at)
Index("uploads_by_state", uploads.c.state, uploads.c.expires_at)
Index(
    "live_uploads_by_owner",
    uploads.c.owner,
    uploads.c.state,
    uploads.c.expires_at,
    uploads.c.bytes,
    uploads.c.covered,
    uploads.c.spent,
    sqlite_where=text("state IN ('open', 'sealing', 'placing')"),
    postgresql_where=text("state IN ('open', 'sealing', 'placing')"),
)

Index(
    "live_uploads_by_address",
    uploads.c.owner,
    uploads.c.address,
    sqlite_where=text("address IS NOT NULL AND state IN ('open', 'sealing', 'placing')"),
    postgresql_where=text("address IS NOT NULL AND state IN ('open', 'sealing', 'placing')"),
)

parts = Table(
    "parts",
    metadata,
    Column("upload_id", Text, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("place", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("generation", Whole, nullable=False),
    Column("md5", Text),
    sqlite_with_rowid=False,
)

joins = Table(
    "joins",
    metadata,
    Column("upload_id", Text, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Whole, primary_key=True),
    Column("source", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The partial uploads (`source`) that a final one is made of, in their order."""
Index("joins_by_source", joins.c.source)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("md5", Text),
    Column("size", BigInteger, nullable=False),
    Column("location", Text, nullable=False, unique=True),
    Column("condemned_at", Double),
    Column("damaged", Whole, nullable=False),
    Column("crc32", BigInteger),
)
Index("blobs_by_md5", blobs.c.md5, blobs.c.size)
Index(
    "blobs_condemned",
    blobs.c.condemned_at,
    sqlite_where=text("condemned_at IS NOT NULL"),
    postgresql_where=text("condemned_at IS NOT NULL"),
)

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("client_key", Text, nullable=False),
    Column("upload_id", Text),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("label", Text),
    Column("identifier_md5", Text),
    Column("sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("trashed_at", Double),
    Column("folder", Text, nullable=False, server_default=text("''")),
    Column("folded", Text, nullable=False, server_default=text("''")),
    Column("bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("labels", Text, nullable=False, server_default=text("'[]'")),
    Column("trashed_with", Text),
    Column("number", BigInteger),
)
"""`folder` is empty in the root. `folded` is the name as it is searched and sorted by, and `number` what `fragments`
know the file by; before there is one, `folded` and `bytes` are not known either. `trashed_with` is the folder with
which it went to the trash.
"""


def _live(name: str, *columns: Column[Any]) -> None:
    """An index of what does not lie in the trash."""
    live = text("trashed_at IS NULL")
    Index(name, *columns, sqlite_where=live, postgresql_where=live)


_live("files_by_owner", files.c.owner, files.c.created_at, files.c.id)
_live("files_by_name", files.c.owner, files.c.folded, files.c.id)
_live("files_by_size", files.c.owner, files.c.bytes, files.c.id)
_live("files_by_type", files.c.owner, files.c.media_type, files.c.id)
_live("files_in_folder_by_name", files.c.owner, files.c.folder, files.c.folded, files.c.id)
_live("files_in_folder_by_size", files.c.owner, files.c.folder, files.c.bytes, files.c.id)
_live("files_in_folder_by_time", files.c.owner, files.c.folder, files.c.created_at, files.c.id)
_live("files_in_folder_by_type", files.c.owner, files.c.folder, files.c.media_type, files.c.id)
Index("files_by_number", files.c.number)
Index(
    "files_trashed_alone",
    files.c.owner,
    files.c.trashed_at,
    files.c.id,
    sqlite_where=text("trashed_at IS NOT NULL AND trashed_with IS NULL"),
    postgresql_where=text("trashed_at IS NOT NULL AND trashed_with IS NULL"),
)
Index(
    "files_trashed_with",
    files.c.trashed_with,
    files.c.folder,
    sqlite_where=text("trashed_with IS NOT NULL"),
    postgresql_where=text("trashed_with IS NOT NULL"),
)
Index("files_by_key", files.c.owner, files.c.dialect, files.c.client_key, files.c.created_at)
Index("files_by_upload", files.c.upload_id)
Index("files_by_blob", files.c.sha256, files.c.created_at)
Index("files_by_owner_and_blob", files.c.owner, files.c.sha256, files.c.created_at)
Index(
    "files_in_trash",
    files.c.trashed_at,
    sqlite_where=text("trashed_at IS NOT NULL"),
    postgresql_where=text("trashed_at IS NOT NULL"),
)

folders = Table(
    "folders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("trashed_at", Double),
    Column("trashed_with", Text),
    Column("work", Text),
)
"""`parent` is empty for those in the root. `trashed_with` is the folder with which this one went to the trash, itself
among them. `work` is what is still to be done with what is in it, whatever became of the folder.
"""
_live("folders_by_name", folders.c.owner, folders.c.parent, folders.c.folded, folders.c.id)
Index(
    "folders_trashed",
    folders.c.owner,
    folders.c.trashed_at,
    folders.c.id,
    sqlite_where=text("trashed_at IS NOT NULL AND trashed_with = id"),
    postgresql_where=text("trashed_at IS NOT NULL AND trashed_with = id"),
)
Index(
    "folders_trashed_with",
    folders.c.trashed_with,
    folders.c.parent,
    sqlite_where=text("trashed_with IS NOT NULL"),
    postgresql_where=text("trashed_with IS NOT NULL"),
)
Index(
    "folders_at_work",
    folders.c.trashed_with,
    folders.c.id,
    sqlite_where=text("work IS NOT NULL"),
    postgresql_where=text("work IS NOT NULL"),
)

fragments = Table(
    "fragments",
    metadata,
    Column("fragment", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""The characters of files' names, and each two that follow each other, under a digest of them and of the owner. A
`number` is that of a file, and grows with its time.
"""

stale_names = Table(
    "stale_names",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("folded", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""Names whose `fragments` are to be removed: triggers write them down, whoever removes the file or gives it away."""

replies = Table(
    "replies",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("status", Whole),
    Column("answer", Text),
    Column("since", Double, nullable=False),
)
"""What was answered to requests that name a key of their own: the same again. Without a `status` one is under way."""
Index("replies_by_age", replies.c.owner, replies.c.since)
Index("replies_by_time", replies.c.since)

zips = Table(
    "zips",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("entries", Whole, nullable=False),
    Column("paths", BigInteger, nullable=False, server_default=text("0")),
    Column("listed", Whole, nullable=False, server_default=text("0")),
    Column("mark", Text),
    Column("unchecked", BigInteger, nullable=False, server_default=text("0")),
    Column("checked", BigInteger, nullable=False, server_default=text("0")),
    Column("missing", Whole, nullable=False, server_default=text("0")),
    Column("manifest", Text),
    Column("directory", BigInteger, nullable=False, server_default=text("0")),
    Column("length", BigInteger, nullable=False, server_default=text("0")),
)
Index("zips_by_owner", zips.c.owner, zips.c.made_at)
Index("zips_by_end", zips.c.expires_at)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("repair", Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("progress", Text, nullable=False),
    Column("until", Double, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("minute", BigInteger, primary_key=True),
    Column("process", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("came", BigInteger, nullable=False),
    Column("went", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("free", BigInteger),
    Column("stored", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What each process did in each minute."""

zip_entries = Table(
    "zip_entries",
    metadata,
    Column("zip_id", Text, primary_key=True),
    Column("number", Whole, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folder_id", Text),
    Column("file_id", Text),
    Column("sha256", Text),
    Column("size", BigInteger, nullable=False),
    Column("crc32", BigInteger),
    Column("modified", Double, nullable=False),
    Column("missing", Whole, nullable=False, server_default=text("0")),
    Column("position", BigInteger, nullable=False, server_default=text("0")),
    Column("recorded", BigInteger, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)
shares = Table(
    "shares",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("of_folder", Whole, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("password", Text),
    Column("most", BigInteger),
    Column("downloads", BigInteger, nullable=False),
    Column("revoked_at", Double),
)
"""Links by which others read the `item`, a file or a folder."""
Index("shares_by_owner", shares.c.owner, shares.c.created_at, shares.c.id)

tickets = Table(
    "tickets",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("share_id", Text, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("until", Double, nullable=False),
)
"""Downloads of shares that have begun: each counts once, however many requests it takes."""
Index("tickets_by_share", tickets.c.share_id)
Index("tickets_by_time", tickets.c.until)

upload_requests = Table(
    "upload_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("most_bytes", BigInteger),
    Column("most_files", BigInteger),
    Column("largest", BigInteger),
    Column("bytes", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("revoked_at", Double),
)
"""Links by which others send into the `folder`: `bytes` and `files` are those that came; what is on its way counts,
too, by `uploads.upload_request`.
"""
Index("upload_requests_by_owner", upload_requests.c.owner, upload_requests.c.created_at, upload_requests.c.id)

variants = Table(
    "variants",
    metadata,
    Column("source", Text, ForeignKey("blobs.sha256", ondelete="CASCADE"), primary_key=True),
    Column("recipe", Text, primary_key=True),
    Column("sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("owner", Text),
    Column("used_at", Double),
)
"""`owner` is charged with the bytes; thumbnails and avatar sizes have no owner, and are never dropped."""
Index("variants_by_blob", variants.c.sha256)
Index(
    "variants_by_use",
    variants.c.source,
    variants.c.used_at,
    sqlite_where=text("owner IS NOT NULL"),
    postgresql_where=text("owner IS NOT NULL"),
)

recipes = Table(
    "recipes",
    metadata,
    Column("source", Text, ForeignKey("blobs.sha256", ondelete="CASCADE"), primary_key=True),
    Column("recipe", Text, primary_key=True),
    Column("spec", Text, nullable=False),
)
"""The recipe of each variant in JSON, by its name, to render dropped ones again."""

audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)
Index("audit_by_time", audit.c.at)
Index("audit_failures", audit.c.at, sqlite_where=text(FAILURE), postgresql_where=text(FAILURE))

tombstones = Table(
    "tombstones",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("identifier", Text, primary_key=True),
    Column("buried_at", Double, nullable=False),
)

Index("tombstones_by_age", tombstones.c.owner, tombstones.c.buried_at)

publications = Table(
    "publications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("fee_rate", Whole, nullable=False),
    Column("method", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("pinned", Text, ForeignKey("blobs.sha256")),
    Column("stage", Text, nullable=False),
    Column("progress", Whole, nullable=False),
    Column("message", Text, nullable=False),
    Column("cost", BigInteger),
    Column("prepared_at", Double),
    Column("offered_at", Double),
    Column("tries", Whole, nullable=False),
    Column("plan_of", Text, nullable=False),
    Column("worker", Text),
    Column("worker_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("completed_at", Double),
    Column("failed_at", Double),
    Column("watched_at", Double),
    Column("buried_at", Double),
    Column("offers", Whole, nullable=False, server_default=text("0")),
    Column("offer_at", Double, nullable=False, server_default=text("0")),
    Column("conflict_height", Whole),
)
_SAME = ("sha256", "network", "address", "operation", "path", "content_type", "name")
Index(
    "one_live_publication",
    publications.c.owner,
    publications.c.method,
    *(publications.c[name] for name in _SAME),
    unique=True,
    sqlite_where=text(LIVE),
    postgresql_where=text(LIVE),
)
Index("publications_by_content", *(publications.c[name] for name in _SAME))
Index(
    "publications_by_address",
    publications.c.owner,
    publications.c.network,
    publications.c.address,
    publications.c.method,
    publications.c.created_at,
)
Index("publications_by_pin", publications.c.pinned)
Index("publications_by_day", publications.c.network, publications.c.prepared_at)
Index(
    "publications_failed",
    publications.c.failed_at,
    sqlite_where=text("failed_at IS NOT NULL"),
    postgresql_where=text("failed_at IS NOT NULL"),
)
Index(
    "publications_completed",
    publications.c.completed_at,
    sqlite_where=text("completed_at IS NOT NULL"),
    postgresql_where=text("completed_at IS NOT NULL"),
)
Index("publications_due", publications.c.worker_until, sqlite_where=text(LIVE), postgresql_where=text(LIVE))

Index(
    "publications_watched",
    publications.c.network,
    publications.c.watched_at,
    sqlite_where=text(WATCHED),
    postgresql_where=text(WATCHED),
)
Index("publications_by_plan", publications.c.plan_of)

watches = Table(
    "watches",
    metadata,
    Column("network", Text, primary_key=True),
    Column("trail", Text, nullable=False),
    Column("worker", Text),
    Column("worker_until", Double, nullable=False),
)
"""The progress of each network's watch."""

plans = Table(
    "plans",
    metadata,
    Column("publication_id", Text, ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Whole, primary_key=True),
    Column("role", Text, nullable=False),
    Column("txid", Text, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    Column("output", Whole),
    Column("start", BigInteger, nullable=False),
    Column("stop", BigInteger, nullable=False),
    Column("accepted_at", Double),
    Column("block_height", Whole),
    Column("block_hash", Text),
)
Index("plans_by_role", plans.c.publication_id, plans.c.role)
Index("plans_by_transaction", plans.c.txid)

coins = Table(
    "coins",
    metadata,
    Column("network", Text, primary_key=True),
    Column("txid", Text, primary_key=True),
    Column("vout", Whole, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("publication_id", Text),
)
Index("coins_by_state", coins.c.network, coins.c.state, coins.c.value)
Index("coins_by_publication", coins.c.publication_id, coins.c.state)

limits = Table(
    "limits",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("client", Text, primary_key=True),
    Column("since", Double, nullable=False),
    Column("hits", Whole, nullable=False),
)
Index("limits_by_time", limits.c.since)

secrets = Table(
    "secrets", metadata, Column("name", Text, primary_key=True), Column("sealed", LargeBinary, nullable=False)
)
"""What the nodes of a cluster sign and pay with, sealed under a secret that every node is given."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)
"""Whose turn a work is that one process at a time does."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("number", Whole, nullable=False),
    Column("merged", Text, unique=True),
    Column("payload", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("tries", Whole, nullable=False),
    Column("holder", Text),
)
"""What is to be told to others, in the order of `number` among those of one subject. Until `due_at` nobody else gets
what its `holder` delivers.
"""
Index("outbox_by_subject", outbox.c.subject, outbox.c.number)
Index("outbox_due", outbox.c.destination, outbox.c.due_at)

events = Table(
    "events",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("data", Text, nullable=False),
)
"""What happened lately. The database gives the numbers; the newest row always stays, so that none is given twice."""
Index("events_by_owner", events.c.owner, events.c.number)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("owner", Text),
    Column("enabled", Whole, nullable=False),
    Column("why", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("former", Text),
    Column("former_until", Double, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("webhook", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("tries", Whole, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Whole),
    Column("why", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("payload", Text, nullable=False),
)
"""What came of telling webhooks: one row for each event that one was told of, or was tried to be."""
Index("deliveries_by_webhook", deliveries.c.webhook, deliveries.c.since, deliveries.c.id)

chain_transactions = Table(
    "chain_transactions",
    metadata,
    Column("network", Text, primary_key=True),
    Column("txid", Text, primary_key=True),
    Column("height", Whole),
    Column("raw", LargeBinary, nullable=False),
)
Index("chain_blocks", chain_transactions.c.network, chain_transactions.c.height)

chain_heights = Table(
    "chain_heights",
    metadata,
    Column("network", Text, primary_key=True),
    Column("height", Whole, primary_key=True),
    Column("hash", Text, nullable=False),
)

chain_outputs = Table(
    "chain_outputs",
    metadata,
    Column("network", Text, primary_key=True),
    Column("txid", Text, primary_key=True),
    Column("vout", Whole, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("script", LargeBinary, nullable=False),
    Column("spent_by", Text),
)
"""Spendable outputs of the embedded chain; unspendable ones are in the raw bytes alone."""
Index("chain_outputs_by_script", chain_outputs.c.network, chain_outputs.c.script)
