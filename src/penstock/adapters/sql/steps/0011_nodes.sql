-- What nodes share that have no folder in common: sealed secrets, and whose turn it is.
CREATE TABLE secrets (
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
-- The oldest version whose code may go on working on a database of this one.
INSERT INTO about (key, value) VALUES ('oldest_code', '11') ON CONFLICT (key) DO UPDATE SET value = excluded.value;
