CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);

INSERT INTO usage (owner, bytes, files)
SELECT files.owner, SUM(blobs.size), count(*) FROM files JOIN blobs ON blobs.sha256 = files.sha256 GROUP BY files.owner;

ALTER TABLE users ADD COLUMN quota_bytes BIGINT;
ALTER TABLE users ADD COLUMN quota_files BIGINT;
ALTER TABLE users ADD COLUMN quota_uploads BIGINT;
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes) WHERE state IN ('open', 'sealing', 'placing');
