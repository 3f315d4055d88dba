-- Uploads that are put together from others. Code of version 11 leaves the new columns and the table alone.
ALTER TABLE uploads ADD COLUMN concat TEXT;
ALTER TABLE uploads ADD COLUMN spent INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE uploads ADD COLUMN covered INTEGER DEFAULT 0 NOT NULL;
DROP INDEX live_uploads_by_owner;
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes, covered, spent) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_joining ON uploads (id) WHERE concat = 'final' AND state = 'open';
CREATE TABLE joins (
    upload_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (upload_id, position),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE INDEX joins_by_source ON joins (source);
