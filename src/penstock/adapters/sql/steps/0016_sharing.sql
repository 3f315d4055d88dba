-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
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
