-- A part's record and its upload's counters, in one round trip and under the lock of the upload. One statement with
-- common table expressions would not do: it sees what was committed before it began to wait for the lock.
-- It answers only the usual case. Anything else (an upload that is not open, a size over the limit, an owner with a quota
-- of its own) gives no row and changes nothing, and is left to the transaction that every database runs.
-- The columns are named one by one, so that code of this version still runs when later ones add some.
CREATE FUNCTION commit_part_11(
    in_upload TEXT, in_number BIGINT, in_place TEXT, in_length BIGINT, in_digest TEXT, in_hashed_by TEXT,
    in_now DOUBLE PRECISION, in_expires DOUBLE PRECISION, in_until DOUBLE PRECISION
) RETURNS TABLE (
    part_place TEXT, part_length BIGINT, part_digest TEXT, part_generation BIGINT,
    id TEXT, owner TEXT, dialect TEXT, client_key TEXT, name TEXT, media_type TEXT, size BIGINT, total BIGINT,
    part_size BIGINT, md5 TEXT, label TEXT, size_limit BIGINT, needs_md5 BIGINT, state TEXT, epoch BIGINT,
    received BIGINT, bytes BIGINT, largest BIGINT, expires_at DOUBLE PRECISION, file_id TEXT, completed_by BIGINT,
    chaser TEXT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    here uploads%ROWTYPE;
    old parts%ROWTYPE;
    same BOOLEAN;
    growth BIGINT;
BEGIN
    SELECT * INTO here FROM uploads WHERE id = in_upload FOR NO KEY UPDATE;
    IF NOT FOUND OR here.state <> 'open' OR here.expires_at <= in_now
        OR EXISTS (SELECT 1 FROM users WHERE users.id = here.owner AND quota_bytes IS NOT NULL) THEN
        RETURN;
    END IF;
    SELECT * INTO old FROM parts WHERE upload_id = in_upload AND number = in_number;
    same := COALESCE(old.length = in_length AND old.digest = in_digest, FALSE);
    growth := CASE WHEN same THEN 0 ELSE in_length - COALESCE(old.length, 0) END;
    IF here.bytes + growth > here.size_limit THEN
        RETURN;
    END IF;
    IF NOT same THEN
        INSERT INTO parts (upload_id, number, place, length, digest, generation)
        VALUES (in_upload, in_number, in_place, in_length, in_digest, COALESCE(old.generation + 1, 0))
        ON CONFLICT (upload_id, number) DO UPDATE SET place = excluded.place, length = excluded.length,
            digest = excluded.digest, generation = excluded.generation, md5 = NULL;
    END IF;
    RETURN QUERY UPDATE uploads SET
        epoch = uploads.epoch + CASE WHEN old.number IS NOT NULL AND NOT same THEN 1 ELSE 0 END,
        received = uploads.received + CASE WHEN old.number IS NULL THEN 1 ELSE 0 END,
        bytes = uploads.bytes + growth,
        largest = GREATEST(uploads.largest, in_length),
        expires_at = in_expires,
        chaser_until = CASE WHEN uploads.chaser = in_hashed_by OR uploads.chaser_until <= in_now THEN in_until
                       ELSE uploads.chaser_until END,
        chaser = CASE WHEN uploads.chaser = in_hashed_by OR uploads.chaser_until <= in_now THEN in_hashed_by
                 ELSE uploads.chaser END
    WHERE uploads.id = in_upload
    RETURNING old.place, old.length, old.digest, old.generation,
        uploads.id, uploads.owner, uploads.dialect, uploads.client_key, uploads.name, uploads.media_type, uploads.size,
        uploads.total, uploads.part_size, uploads.md5, uploads.label, uploads.size_limit, uploads.needs_md5,
        uploads.state, uploads.epoch, uploads.received, uploads.bytes, uploads.largest, uploads.expires_at,
        uploads.file_id, uploads.completed_by, uploads.chaser;
END
$$;
