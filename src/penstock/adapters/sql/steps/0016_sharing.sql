-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
ALTER TABLE uploads ADD COLUMN found_crc32 TEXT;
