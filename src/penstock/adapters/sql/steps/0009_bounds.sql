-- The first databases of version 1 had no variants, and the next step to touch them is this.
CREATE TABLE IF NOT EXISTS variants (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE,
    FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE INDEX IF NOT EXISTS variants_by_blob ON variants (sha256);

ALTER TABLE uploads ADD COLUMN ended_at DOUBLE;
-- When they ended nobody wrote down; no part of theirs is on its way while the schema changes.
UPDATE uploads SET ended_at = opened_at WHERE state IN ('sealed', 'cancelled', 'expired');
ALTER TABLE uploads ADD COLUMN address TEXT;
CREATE INDEX live_uploads_by_address ON uploads (owner, address) WHERE address IS NOT NULL AND state IN ('open', 'sealing', 'placing');
ALTER TABLE parts ADD COLUMN md5 TEXT;
ALTER TABLE variants ADD COLUMN owner TEXT;
ALTER TABLE variants ADD COLUMN used_at DOUBLE;
CREATE INDEX audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE INDEX tombstones_by_age ON tombstones (owner, buried_at);
CREATE INDEX variants_by_use ON variants (source, used_at) WHERE owner IS NOT NULL;

CREATE TABLE reservations (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    upload_id TEXT,
    number INTEGER,
    bytes BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX reservations_by_owner ON reservations (owner, until);

CREATE TABLE recipes (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    spec TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE
);
