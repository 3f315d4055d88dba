-- Written by a server of commit 45e1b84 that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','ca61ec73-37bf-4c54-ab9b-65b97865763c');
INSERT INTO "about" VALUES('oldest_code','11');
INSERT INTO "about" VALUES('store','the folder');
INSERT INTO "about" VALUES('wallet','03b62a09ef24b968bac34874bade4098e6b9a17b2ff9b12e2c9748a56f4ac87817');
CREATE TABLE audit (
    id TEXT NOT NULL,
    at DOUBLE NOT NULL,
    who TEXT NOT NULL,
    origin TEXT NOT NULL,
    act TEXT NOT NULL,
    about TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES('750af0ff-df05-4e16-8217-0bf2241dc4b2',1.79580924381106305119e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('631fef67-e4e2-4531-b29e-519e046ad9e8',1.79580924449107575419e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('b47f7055-42fb-46bd-aa72-13be3a89924a',1.7958092453444283008e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('88d9ed65-e612-4002-a234-bbfd2e4a32af',1.79580924603348398207e+09,'operator','command line','create token','bob','delete read write');
INSERT INTO "audit" VALUES('1300edcb-e848-49e6-80be-4c7d481a8d83',1.79580924677756690981e+09,'operator','command line','operate wallet','','1 new coins');
CREATE TABLE blobs (
    sha256 TEXT NOT NULL,
    md5 TEXT,
    size BIGINT NOT NULL,
    location TEXT NOT NULL,
    condemned_at DOUBLE,
    damaged INTEGER NOT NULL,
    PRIMARY KEY (sha256),
    UNIQUE (location)
);
INSERT INTO "blobs" VALUES('4e76ad8354461437c04ef9b9b242540b6406d782ff2c3fb28afdab5b423f88fe','be497c2168e374f414a351c49379c01a',20,'c2/be/c2be57e7-2069-4349-bbc6-327c0111c761',NULL,0);
CREATE TABLE chain_heights (
    network TEXT NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (network, height)
);
INSERT INTO "chain_heights" VALUES('embedded-mainnet',1,'5bc8fed7b80df776ccaf6db6f814c65538f0fd5cd719e0f67304be2e68bd59c1');
CREATE TABLE chain_outputs (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    value BIGINT NOT NULL,
    script BLOB NOT NULL,
    spent_by TEXT,
    PRIMARY KEY (network, txid, vout)
);
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','60a06bbb2b4d08308d2fc6166cf3746f8a675966fa9de8cd8feb68a0ea70748d',0,10000000000,X'76A9147353C9D5876A5EB69033E1A29044386E8E1EDFC288AC',NULL);
CREATE TABLE chain_transactions (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    height INTEGER,
    raw BLOB NOT NULL,
    PRIMARY KEY (network, txid)
);
INSERT INTO "chain_transactions" VALUES('embedded-mainnet','60a06bbb2b4d08308d2fc6166cf3746f8a675966fa9de8cd8feb68a0ea70748d',1,X'0A000000010000000000000000000000000000000000000000000000000000000000000000FFFFFFFF21207D9B8728658578819D9D9D128CB207C7EB93C4C19007BD4083B3851F79AA37D8FFFFFFFF0100E40B54020000001976A9147353C9D5876A5EB69033E1A29044386E8E1EDFC288AC00000000');
CREATE TABLE clients (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE coins (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    value BIGINT NOT NULL,
    state TEXT NOT NULL,
    publication_id TEXT,
    PRIMARY KEY (network, txid, vout)
);
INSERT INTO "coins" VALUES('embedded-mainnet','60a06bbb2b4d08308d2fc6166cf3746f8a675966fa9de8cd8feb68a0ea70748d',0,10000000000,'free',NULL);
CREATE TABLE factors (
    user_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    activated_at DOUBLE,
    last_step BIGINT,
    PRIMARY KEY (user_id),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE files (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    dialect TEXT NOT NULL,
    client_key TEXT NOT NULL,
    upload_id TEXT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    label TEXT,
    identifier_md5 TEXT,
    sha256 TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    trashed_at DOUBLE,
    PRIMARY KEY (id),
    FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
INSERT INTO "files" VALUES('4dc7707b-8102-4caf-9986-d7faef8521c9','823e44ad-77ae-4fb7-8dfc-e892718287e4','scratch','one','c2be57e7-2069-4349-bbc6-327c0111c761','a.txt','text/plain',NULL,NULL,'4e76ad8354461437c04ef9b9b242540b6406d782ff2c3fb28afdab5b423f88fe',1.79580924694253396987e+09,NULL);
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-29712-77ff517b',1.79580942311858940125e+09);
CREATE TABLE limits (
    bucket TEXT NOT NULL,
    client TEXT NOT NULL,
    since DOUBLE NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (bucket, client)
);
CREATE TABLE parts (
    upload_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    place TEXT NOT NULL,
    length BIGINT NOT NULL,
    digest TEXT NOT NULL,
    generation INTEGER NOT NULL,
    md5 TEXT,
    PRIMARY KEY (upload_id, number),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "parts" VALUES('978263a1-7d83-4970-a2c5-99e55e3f1781',0,'plane-256@0',5,'b5e9c1ad071b3e7fc779cfaa5e523818',0,NULL);
INSERT INTO "parts" VALUES('c2be57e7-2069-4349-bbc6-327c0111c761',0,'plane-10@0',10,'e353667619ec664b49655fc9692165fb',0,NULL);
INSERT INTO "parts" VALUES('c2be57e7-2069-4349-bbc6-327c0111c761',1,'plane-10@10',10,'e353667619ec664b49655fc9692165fb',0,NULL);
INSERT INTO "parts" VALUES('e6db385b-2f6e-498c-9513-9386e5e90c2b',0,'plane-8@0',5,'4af3da69f61e14cf26f4c14b6b6bfdb4',0,NULL);
CREATE TABLE plans (
    publication_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    txid TEXT NOT NULL,
    frame BLOB NOT NULL,
    output INTEGER,
    start BIGINT NOT NULL,
    stop BIGINT NOT NULL,
    accepted_at DOUBLE,
    block_height INTEGER,
    block_hash TEXT,
    PRIMARY KEY (publication_id, position),
    FOREIGN KEY(publication_id) REFERENCES publications (id) ON DELETE CASCADE
);
CREATE TABLE proofs (
    digest TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    expires_at DOUBLE NOT NULL,
    PRIMARY KEY (digest),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE publications (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    client TEXT NOT NULL,
    network TEXT NOT NULL,
    address TEXT NOT NULL,
    operation TEXT NOT NULL,
    path TEXT NOT NULL,
    content_type TEXT NOT NULL,
    name TEXT NOT NULL,
    fee_rate INTEGER NOT NULL,
    method TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    pinned TEXT,
    stage TEXT NOT NULL,
    progress INTEGER NOT NULL,
    message TEXT NOT NULL,
    cost BIGINT,
    prepared_at DOUBLE,
    offered_at DOUBLE,
    tries INTEGER NOT NULL,
    plan_of TEXT NOT NULL,
    worker TEXT,
    worker_until DOUBLE NOT NULL,
    created_at DOUBLE NOT NULL,
    updated_at DOUBLE NOT NULL,
    completed_at DOUBLE,
    failed_at DOUBLE,
    watched_at DOUBLE,
    buried_at DOUBLE,
    offers INTEGER DEFAULT 0 NOT NULL,
    offer_at DOUBLE DEFAULT 0 NOT NULL,
    conflict_height INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(pinned) REFERENCES blobs (sha256)
);
CREATE TABLE recipes (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    spec TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE
);
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (user_id, digest),
    FOREIGN KEY(user_id) REFERENCES factors (user_id) ON DELETE CASCADE
);
CREATE TABLE refreshes (
    digest TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires_at DOUBLE NOT NULL,
    used_at DOUBLE,
    PRIMARY KEY (digest),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE TABLE reservations (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    upload_id TEXT,
    number INTEGER,
    bytes BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE secrets (
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE sessions (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    client TEXT NOT NULL,
    address TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE NOT NULL,
    revoked_at DOUBLE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE tokens (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    revoked_at DOUBLE,
    session_id TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id),
    UNIQUE (digest),
    FOREIGN KEY(session_id) REFERENCES sessions (id)
);
INSERT INTO "tokens" VALUES('4506fb49-ed8f-4baa-bcc5-e77ccd4c349b','823e44ad-77ae-4fb7-8dfc-e892718287e4','003dd59de7c680731108c555a31c3cd2ab26351c0c5d40fc14a71e6a3027bd38','delete read write',1.795809244489743948e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('16015604-32d5-4cb6-aee6-6082561ccd78','ffb89107-f133-4498-9fb6-637be5572a98','829cb08a4dfe47e5b1c63ffe3464a8ad5d549aaaa7e15a467f867ba77fc2c68c','delete read write',1.79580924603192210197e+09,NULL,NULL,NULL);
CREATE TABLE tombstones (
    owner TEXT NOT NULL,
    identifier TEXT NOT NULL,
    buried_at DOUBLE NOT NULL,
    PRIMARY KEY (owner, identifier)
);
CREATE TABLE uploads (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    dialect TEXT NOT NULL,
    client_key TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT,
    size BIGINT,
    total INTEGER,
    part_size BIGINT,
    md5 TEXT,
    label TEXT,
    size_limit BIGINT NOT NULL,
    needs_md5 INTEGER NOT NULL,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    received INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    largest BIGINT NOT NULL,
    opened_at DOUBLE NOT NULL,
    expires_at DOUBLE NOT NULL,
    discarded INTEGER NOT NULL,
    chaser TEXT,
    chaser_until DOUBLE,
    found_epoch INTEGER,
    found_size BIGINT,
    found_sha256 TEXT,
    found_md5 TEXT,
    sealer TEXT,
    sealer_until DOUBLE,
    file_id TEXT,
    completed_by INTEGER,
    ended_at DOUBLE,
    address TEXT,
    PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('c2be57e7-2069-4349-bbc6-327c0111c761','823e44ad-77ae-4fb7-8dfc-e892718287e4','scratch','one','a.txt',NULL,20,2,NULL,NULL,NULL,1099511627776,1,'sealed',0,2,20,10,1.79580924692961525919e+09,1.7958956469364328384e+09,1,'vm-29712-77ff517b',1.79580925193643283844e+09,0,20,'4e76ad8354461437c04ef9b9b242540b6406d782ff2c3fb28afdab5b423f88fe','be497c2168e374f414a351c49379c01a',NULL,1.79580925193755650522e+09,'4dc7707b-8102-4caf-9986-d7faef8521c9',1,1.79580924694253396987e+09,NULL);
INSERT INTO "uploads" VALUES('e6db385b-2f6e-498c-9513-9386e5e90c2b','823e44ad-77ae-4fb7-8dfc-e892718287e4','files','e6db385b-2f6e-498c-9513-9386e5e90c2b','b.bin',NULL,10,2,NULL,NULL,NULL,1099511627776,0,'open',0,1,5,5,1.79580924694601225853e+09,1.79589564695375537872e+09,0,'vm-29712-77ff517b',1.79580925195375537876e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('978263a1-7d83-4970-a2c5-99e55e3f1781','823e44ad-77ae-4fb7-8dfc-e892718287e4','instant','k','',NULL,NULL,NULL,NULL,NULL,NULL,1099511627776,1,'open',0,1,5,5,1.7958092469566104412e+09,1.79589564695918393142e+09,0,'vm-29712-77ff517b',1.79580925195918393133e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('823e44ad-77ae-4fb7-8dfc-e892718287e4',20,1);
CREATE TABLE users (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    tier TEXT NOT NULL,
    admin INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    created_at DOUBLE NOT NULL,
    quota_bytes BIGINT,
    quota_files BIGINT,
    quota_uploads BIGINT,
    PRIMARY KEY (id),
    UNIQUE (name)
);
INSERT INTO "users" VALUES('823e44ad-77ae-4fb7-8dfc-e892718287e4','alice','$argon2id$v=19$m=65536,t=3,p=4$pu/fgOx+cEWMHDjZ2BseSA$MRmwg16jo3nhgVmwmB8XF50wJ0KU0nAGDiivf87Wq70','normal',0,0,1.79580924380971479418e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('ffb89107-f133-4498-9fb6-637be5572a98','bob','$argon2id$v=19$m=65536,t=3,p=4$Fiq8gYB5fz7GW69YQZhhBQ$FjGDBLjy8mcdVrp7tiJzIWzteTtHhiQJ0QBM6ea3yqA','normal',0,0,1.79580924534305167196e+09,NULL,NULL,NULL);
CREATE TABLE variants (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    owner TEXT,
    used_at DOUBLE,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE,
    FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE TABLE watches (
    network TEXT NOT NULL,
    trail TEXT NOT NULL,
    worker TEXT,
    worker_until DOUBLE NOT NULL,
    PRIMARY KEY (network)
);
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-29712-77ff517b',1.79580925811904954913e+09);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);
CREATE INDEX chain_blocks ON chain_transactions (network, height);
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX limits_by_time ON limits (since);
CREATE INDEX reservations_by_owner ON reservations (owner, until);
CREATE INDEX tombstones_by_age ON tombstones (owner, buried_at);
CREATE INDEX live_uploads_by_address ON uploads (owner, address) WHERE address IS NOT NULL AND state IN ('open', 'sealing', 'placing');
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes) WHERE state IN ('open', 'sealing', 'placing');
CREATE UNIQUE INDEX one_live_upload_per_key ON uploads (owner, dialect, client_key) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_by_key ON uploads (owner, dialect, client_key, opened_at);
CREATE INDEX uploads_by_state ON uploads (state, expires_at);
CREATE INDEX files_by_blob ON files (sha256, created_at);
CREATE INDEX files_by_key ON files (owner, dialect, client_key, created_at);
CREATE INDEX files_by_owner ON files (owner, created_at);
CREATE INDEX files_by_owner_and_blob ON files (owner, sha256, created_at);
CREATE INDEX files_by_upload ON files (upload_id);
CREATE INDEX files_in_trash ON files (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX proofs_by_end ON proofs (expires_at);
CREATE INDEX proofs_by_user ON proofs (user_id);
CREATE UNIQUE INDEX one_live_publication ON publications (owner, method, sha256, network, address, operation, path, content_type, name) WHERE completed_at IS NULL AND failed_at IS NULL;
CREATE INDEX publications_by_address ON publications (owner, network, address, method, created_at);
CREATE INDEX publications_by_content ON publications (sha256, network, address, operation, path, content_type, name);
CREATE INDEX publications_by_day ON publications (network, prepared_at);
CREATE INDEX publications_by_pin ON publications (pinned);
CREATE INDEX publications_by_plan ON publications (plan_of);
CREATE INDEX publications_completed ON publications (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX publications_due ON publications (worker_until) WHERE completed_at IS NULL AND failed_at IS NULL;
CREATE INDEX publications_failed ON publications (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX publications_watched ON publications (network, watched_at) WHERE watched_at IS NOT NULL AND buried_at IS NULL;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX variants_by_blob ON variants (sha256);
CREATE INDEX variants_by_use ON variants (source, used_at) WHERE owner IS NOT NULL;
CREATE INDEX plans_by_role ON plans (publication_id, role);
CREATE INDEX plans_by_transaction ON plans (txid);
CREATE INDEX refreshes_by_session ON refreshes (session_id);
CREATE INDEX tokens_by_session ON tokens (session_id);
CREATE INDEX tokens_by_user ON tokens (user_id);
COMMIT;
PRAGMA user_version = 11;
