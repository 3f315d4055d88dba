-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
ALTER TABLE uploads ADD COLUMN found_crc32 TEXT;
CREATE TABLE zip_entries (
    zip_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    folder_id TEXT,
    file_id TEXT,
    sha256 TEXT,
    size BIGINT NOT NULL,
    crc32 BIGINT,
    modified DOUBLE PRECISION NOT NULL,
    missing BIGINT DEFAULT 0 NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    recorded BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (zip_id, number)
);
CREATE TABLE zips (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at DOUBLE PRECISION NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    entries BIGINT NOT NULL,
    listed BIGINT DEFAULT 0 NOT NULL,
    mark TEXT,
    unchecked BIGINT DEFAULT 0 NOT NULL,
    checked BIGINT DEFAULT 0 NOT NULL,
    missing BIGINT DEFAULT 0 NOT NULL,
    manifest TEXT,
    directory BIGINT DEFAULT 0 NOT NULL,
    length BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX zips_by_end ON zips (expires_at);
CREATE INDEX zips_by_owner ON zips (owner, made_at);
