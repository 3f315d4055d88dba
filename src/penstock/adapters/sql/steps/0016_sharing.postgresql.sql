-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
-- What happened lately, and who is told of it.
CREATE TABLE events (
    number BIGSERIAL NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (number)
);
CREATE INDEX events_by_owner ON events (owner, number);
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    topics TEXT NOT NULL,
    owner TEXT,
    enabled BIGINT NOT NULL,
    why TEXT NOT NULL,
    secret TEXT NOT NULL,
    former TEXT,
    former_until DOUBLE PRECISION NOT NULL,
    position BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE deliveries (
    id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    since DOUBLE PRECISION NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    tries BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    why TEXT NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, since, id);
