-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
ALTER TABLE uploads ADD COLUMN found_crc32 TEXT;
CREATE TABLE jobs (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    repair INTEGER NOT NULL,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at DOUBLE NOT NULL,
    ended_at DOUBLE,
    progress TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE samples (
    minute BIGINT NOT NULL,
    process TEXT NOT NULL,
    requests BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    came BIGINT NOT NULL,
    went BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    free BIGINT,
    stored BIGINT NOT NULL,
    PRIMARY KEY (minute, process)
)
 WITHOUT ROWID;
CREATE TABLE zip_entries (
    zip_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    folder_id TEXT,
    file_id TEXT,
    sha256 TEXT,
    size BIGINT NOT NULL,
    crc32 BIGINT,
    modified DOUBLE NOT NULL,
    missing INTEGER DEFAULT 0 NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    recorded BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (zip_id, number)
)
 WITHOUT ROWID;
CREATE TABLE zips (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at DOUBLE NOT NULL,
    expires_at DOUBLE NOT NULL,
    entries INTEGER NOT NULL,
    paths BIGINT DEFAULT 0 NOT NULL,
    listed INTEGER DEFAULT 0 NOT NULL,
    mark TEXT,
    unchecked BIGINT DEFAULT 0 NOT NULL,
    checked BIGINT DEFAULT 0 NOT NULL,
    missing INTEGER DEFAULT 0 NOT NULL,
    manifest TEXT,
    directory BIGINT DEFAULT 0 NOT NULL,
    length BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX zips_by_end ON zips (expires_at);
CREATE INDEX zips_by_owner ON zips (owner, made_at);
ALTER TABLE uploads ADD COLUMN upload_request TEXT;
CREATE INDEX uploads_requested ON uploads (upload_request) WHERE upload_request IS NOT NULL;
CREATE TABLE shares (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    owner TEXT NOT NULL,
    item TEXT NOT NULL,
    of_folder INTEGER NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    password TEXT,
    most BIGINT,
    downloads BIGINT NOT NULL,
    revoked_at DOUBLE,
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX shares_by_owner ON shares (owner, created_at, id);
CREATE TABLE tickets (
    digest TEXT NOT NULL,
    share_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX tickets_by_share ON tickets (share_id);
CREATE INDEX tickets_by_time ON tickets (until);
CREATE TABLE upload_requests (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    owner TEXT NOT NULL,
    folder TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    most_bytes BIGINT,
    most_files BIGINT,
    largest BIGINT,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    revoked_at DOUBLE,
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX upload_requests_by_owner ON upload_requests (owner, created_at, id);
-- What happened lately, and who is told of it.
CREATE TABLE events (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT NOT NULL,
    at DOUBLE NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (number)
);
CREATE INDEX events_by_owner ON events (owner, number);
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    topics TEXT NOT NULL,
    owner TEXT,
    enabled INTEGER NOT NULL,
    why TEXT NOT NULL,
    secret TEXT NOT NULL,
    former TEXT,
    former_until DOUBLE NOT NULL,
    position BIGINT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE deliveries (
    id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    since DOUBLE NOT NULL,
    at DOUBLE NOT NULL,
    tries INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    why TEXT NOT NULL,
    seconds DOUBLE NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, since, id);
