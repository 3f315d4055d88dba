-- Uploads to which bytes are appended, and who appends at present. Code of version 11 leaves the new columns alone.
ALTER TABLE uploads ADD COLUMN told TEXT;
ALTER TABLE uploads ADD COLUMN appended BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE uploads ADD COLUMN turn BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE uploads ADD COLUMN last BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE uploads ADD COLUMN last_digest TEXT;
ALTER TABLE uploads ADD COLUMN holder TEXT;
ALTER TABLE uploads ADD COLUMN wished BIGINT;
CREATE INDEX uploads_wished ON uploads (holder) WHERE wished IS NOT NULL;
