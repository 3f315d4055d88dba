DROP INDEX files_by_blob;
CREATE INDEX files_by_blob ON files (sha256, created_at);
CREATE INDEX files_by_owner_and_blob ON files (owner, sha256, created_at);
