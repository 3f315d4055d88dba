-- What hooks decided of uploads, and what is to be told to others. Code of version 11 leaves the new columns alone.
ALTER TABLE uploads ADD COLUMN given_name TEXT;
ALTER TABLE uploads ADD COLUMN given_type TEXT;
ALTER TABLE uploads ADD COLUMN approved INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE uploads ADD COLUMN rejection TEXT;
CREATE TABLE outbox (
    id TEXT NOT NULL,
    destination TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    merged TEXT,
    payload TEXT NOT NULL,
    since DOUBLE NOT NULL,
    due_at DOUBLE NOT NULL,
    tries INTEGER NOT NULL,
    holder TEXT,
    PRIMARY KEY (id),
    UNIQUE (merged)
);
CREATE INDEX outbox_by_subject ON outbox (subject, number);
CREATE INDEX outbox_due ON outbox (destination, due_at);
