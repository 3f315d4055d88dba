-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
