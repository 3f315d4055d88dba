-- Up to here some versions changed their tables without a step. What databases of any of them may lack they get now:
-- steps that are text can tell neither which code made a database nor which code migrated it.

-- Version 1: variants, and wider indexes of files.
CREATE TABLE IF NOT EXISTS variants (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE,
    FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE INDEX IF NOT EXISTS variants_by_blob ON variants (sha256);

DROP INDEX IF EXISTS files_by_key;
DROP INDEX IF EXISTS files_in_trash;
CREATE INDEX files_by_key ON files (owner, dialect, client_key, created_at);
CREATE INDEX files_in_trash ON files (trashed_at) WHERE trashed_at IS NOT NULL;

-- Version 2: networks in the embedded chain.
ALTER TABLE chain_transactions ADD COLUMN network TEXT;
UPDATE chain_transactions SET network =
    coalesce((SELECT min(network) FROM coins WHERE network LIKE 'embedded-%'), 'embedded-mainnet')
WHERE network IS NULL;
CREATE TABLE chain_transactions_anew (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    height INTEGER,
    raw BLOB NOT NULL,
    PRIMARY KEY (network, txid)
);
INSERT INTO chain_transactions_anew (network, txid, height, raw)
SELECT network, txid, height, raw FROM chain_transactions;
DROP TABLE chain_transactions;
ALTER TABLE chain_transactions_anew RENAME TO chain_transactions;
CREATE INDEX chain_blocks ON chain_transactions (network, height);

ALTER TABLE chain_outputs ADD COLUMN network TEXT;
UPDATE chain_outputs SET network =
    coalesce((SELECT min(network) FROM coins WHERE network LIKE 'embedded-%'), 'embedded-mainnet')
WHERE network IS NULL;
CREATE TABLE chain_outputs_anew (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    value BIGINT NOT NULL,
    script BLOB NOT NULL,
    spent_by TEXT,
    PRIMARY KEY (network, txid, vout)
);
INSERT INTO chain_outputs_anew (network, txid, vout, value, script, spent_by)
SELECT network, txid, vout, value, script, spent_by FROM chain_outputs;
DROP TABLE chain_outputs;
ALTER TABLE chain_outputs_anew RENAME TO chain_outputs;
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);

-- Versions 2 to 4: indexes for publishing.
DROP INDEX IF EXISTS blobs_condemned;
DROP INDEX IF EXISTS coins_by_publication;
DROP INDEX IF EXISTS coins_by_state;
DROP INDEX IF EXISTS plans_by_role;
DROP INDEX IF EXISTS plans_by_transaction;
DROP INDEX IF EXISTS publications_by_address;
DROP INDEX IF EXISTS publications_by_day;
DROP INDEX IF EXISTS publications_completed;
DROP INDEX IF EXISTS publications_failed;
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX plans_by_role ON plans (publication_id, role);
CREATE INDEX plans_by_transaction ON plans (txid);
CREATE INDEX publications_by_address ON publications (owner, network, address, method, created_at);
CREATE INDEX publications_by_day ON publications (network, prepared_at);
CREATE INDEX publications_completed ON publications (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX publications_failed ON publications (failed_at) WHERE failed_at IS NOT NULL;

-- Version 9: everything but the ends of uploads.
ALTER TABLE uploads ADD COLUMN address TEXT;
CREATE INDEX IF NOT EXISTS live_uploads_by_address ON uploads (owner, address) WHERE address IS NOT NULL AND state IN ('open', 'sealing', 'placing');
ALTER TABLE parts ADD COLUMN md5 TEXT;
ALTER TABLE variants ADD COLUMN owner TEXT;
ALTER TABLE variants ADD COLUMN used_at DOUBLE;
CREATE INDEX IF NOT EXISTS audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE INDEX IF NOT EXISTS tombstones_by_age ON tombstones (owner, buried_at);
CREATE INDEX IF NOT EXISTS variants_by_use ON variants (source, used_at) WHERE owner IS NOT NULL;

CREATE TABLE IF NOT EXISTS reservations (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    upload_id TEXT,
    number INTEGER,
    bytes BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS reservations_by_owner ON reservations (owner, until);

CREATE TABLE IF NOT EXISTS recipes (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    spec TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE
);

-- Here begins what is new in version 10.
CREATE TABLE watches (
    network TEXT NOT NULL,
    trail TEXT NOT NULL,
    worker TEXT,
    worker_until DOUBLE NOT NULL,
    PRIMARY KEY (network)
);

CREATE TABLE chain_heights (
    network TEXT NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (network, height)
);

ALTER TABLE publications ADD COLUMN watched_at DOUBLE;
ALTER TABLE publications ADD COLUMN buried_at DOUBLE;
ALTER TABLE publications ADD COLUMN offers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE publications ADD COLUMN offer_at DOUBLE NOT NULL DEFAULT 0;
ALTER TABLE publications ADD COLUMN conflict_height INTEGER;
ALTER TABLE plans ADD COLUMN block_height INTEGER;
ALTER TABLE plans ADD COLUMN block_hash TEXT;
CREATE INDEX publications_by_plan ON publications (plan_of);
CREATE INDEX publications_watched ON publications (network, watched_at) WHERE watched_at IS NOT NULL AND buried_at IS NULL;

UPDATE publications SET watched_at = offered_at;
-- What was completed a day ago is in blocks, or was lost before anybody watched.
UPDATE publications SET buried_at = completed_at WHERE completed_at <= CAST(strftime('%s', 'now') AS INTEGER) - 86400;
-- The embedded chain had heights and no blocks.
INSERT INTO chain_heights (network, height, hash)
SELECT network, height, lower(hex(randomblob(32))) FROM chain_transactions WHERE height IS NOT NULL
GROUP BY network, height;
