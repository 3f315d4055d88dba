-- What drive hands to others.
ALTER TABLE blobs ADD COLUMN crc32 BIGINT;
-- What happened lately, and who is told of it.
CREATE TABLE events (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT NOT NULL,
    at DOUBLE NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (number)
);
CREATE INDEX events_by_owner ON events (owner, number);
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    topics TEXT NOT NULL,
    owner TEXT,
    enabled INTEGER NOT NULL,
    why TEXT NOT NULL,
    secret TEXT NOT NULL,
    former TEXT,
    former_until DOUBLE NOT NULL,
    position BIGINT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE deliveries (
    id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    since DOUBLE NOT NULL,
    at DOUBLE NOT NULL,
    tries INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    why TEXT NOT NULL,
    seconds DOUBLE NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, since, id);
