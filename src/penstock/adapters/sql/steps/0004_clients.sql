CREATE TABLE clients (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id)
);

DROP INDEX IF EXISTS chain_mempool;
DROP INDEX IF EXISTS coins_by_state;
DROP INDEX IF EXISTS publications_completed;
DROP INDEX IF EXISTS publications_failed;
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX publications_completed ON publications (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX publications_failed ON publications (failed_at) WHERE failed_at IS NOT NULL;
