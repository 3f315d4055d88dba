-- Written by a server of commit 01d8c9c that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','21213f38-5f05-4582-880f-f4074abf8b20');
INSERT INTO "about" VALUES('oldest_code','11');
INSERT INTO "about" VALUES('store','the folder');
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
INSERT INTO "audit" VALUES('9620093b-25c8-4f3c-b7df-334b5ab0b9fb',1.79581511421355032921e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('4d2b9216-db2d-48d1-aae6-d47258f70852',1.79581511505679893491e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('0165d2ea-6f30-4e9f-a188-00c9e1040774',1.79581511602958583838e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('3e9fb657-0d7c-4646-becb-cc1ff3dc506a',1795815116.7214,'operator','command line','create token','bob','delete read write');
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
INSERT INTO "blobs" VALUES('84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',10,'b8/eb/b8ebe59d-844d-47bf-b072-86e7362a8093',NULL,0);
CREATE TABLE chain_heights (
    network TEXT NOT NULL,
    height INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (network, height)
);
CREATE TABLE chain_outputs (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    value BIGINT NOT NULL,
    script BLOB NOT NULL,
    spent_by TEXT,
    PRIMARY KEY (network, txid, vout)
);
CREATE TABLE chain_transactions (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    height INTEGER,
    raw BLOB NOT NULL,
    PRIMARY KEY (network, txid)
);
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
INSERT INTO "files" VALUES('3581d59f-747b-4735-9151-f58da599cbb0','66005083-7bd5-4638-b613-40034ac3aa3d','tus','b8ebe59d-844d-47bf-b072-86e7362a8093','b8ebe59d-844d-47bf-b072-86e7362a8093','a.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79581511688321328159e+09,NULL);
INSERT INTO "files" VALUES('8b2df3bb-4936-41bc-ac4a-592fa1217fa3','3817b0e5-e637-445e-936f-e218c7d9df31','tus','c45d1e20-45e6-464c-9dab-21a4c287b249','c45d1e20-45e6-464c-9dab-21a4c287b249','a.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79581511690220522884e+09,NULL);
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-20801-7ff158ca',1.79581529147737932201e+09);
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
INSERT INTO "parts" VALUES('46cfc653-66b0-472f-9748-0fdc2e79ff73',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('74833617-aab6-4fc4-99d7-dfb2ba127919',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('b8ebe59d-844d-47bf-b072-86e7362a8093',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('c45d1e20-45e6-464c-9dab-21a4c287b249',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
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
INSERT INTO "tokens" VALUES('27d0a0c5-1a61-4b8a-9156-6dcecb7691c0','66005083-7bd5-4638-b613-40034ac3aa3d','e165a39c538243c45360739dd8fbcf6700dd659208a4d2a0179a21832bf51ee5','delete read write',1.79581511505503511427e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('9b9e6af2-4bc5-4c6a-9d77-f52a1133d936','3817b0e5-e637-445e-936f-e218c7d9df31','17d6eb92e954b29fdeeaff799dbeeacedcffb7db86d93258ff8c58d0c68d72df','delete read write',1.79581511671997117989e+09,NULL,NULL,NULL);
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
    told TEXT,
    appended INTEGER DEFAULT 0 NOT NULL,
    turn INTEGER DEFAULT 0 NOT NULL,
    last BIGINT DEFAULT 0 NOT NULL,
    last_digest TEXT,
    holder TEXT,
    wished INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('b8ebe59d-844d-47bf-b072-86e7362a8093','66005083-7bd5-4638-b613-40034ac3aa3d','tus','b8ebe59d-844d-47bf-b072-86e7362a8093','a.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79581511687154960626e+09,1795901516.87695,1,'vm-20801-7ff158ca',1795815121.87695,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79581512187843012808e+09,'3581d59f-747b-4735-9151-f58da599cbb0',NULL,1.79581511688321328159e+09,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL);
INSERT INTO "uploads" VALUES('74833617-aab6-4fc4-99d7-dfb2ba127919','66005083-7bd5-4638-b613-40034ac3aa3d','tus','74833617-aab6-4fc4-99d7-dfb2ba127919','a.txt',NULL,20,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79581511688638281818e+09,1.79590151689017629623e+09,0,'vm-20801-7ff158ca',1.79581512189017629627e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL);
INSERT INTO "uploads" VALUES('ff0a8e20-77db-4b1b-99f0-92bb5b274fb5','66005083-7bd5-4638-b613-40034ac3aa3d','tus','ff0a8e20-77db-4b1b-99f0-92bb5b274fb5','a.txt',NULL,6,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.79581511689253020287e+09,1.7959015168924674987e+09,0,'vm-20801-7ff158ca',1.79581511689253020287e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('c45d1e20-45e6-464c-9dab-21a4c287b249','3817b0e5-e637-445e-936f-e218c7d9df31','tus','c45d1e20-45e6-464c-9dab-21a4c287b249','a.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79581511689434623717e+09,1.79590151689781045915e+09,1,'vm-20801-7ff158ca',1.7958151218978104591e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79581512189885711665e+09,'8b2df3bb-4936-41bc-ac4a-592fa1217fa3',NULL,1.79581511690220522884e+09,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL);
INSERT INTO "uploads" VALUES('46cfc653-66b0-472f-9748-0fdc2e79ff73','3817b0e5-e637-445e-936f-e218c7d9df31','tus','46cfc653-66b0-472f-9748-0fdc2e79ff73','a.txt',NULL,20,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79581511690485191344e+09,1.79590151690892434123e+09,0,'vm-20801-7ff158ca',1.79581512190892434114e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL);
INSERT INTO "uploads" VALUES('3440b3df-4e24-43a3-b796-936ac8140fc4','3817b0e5-e637-445e-936f-e218c7d9df31','tus','3440b3df-4e24-43a3-b796-936ac8140fc4','a.txt',NULL,6,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.79581511691118359558e+09,1.79590151691112136838e+09,0,'vm-20801-7ff158ca',1.79581511691118359558e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,NULL,NULL,NULL);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('66005083-7bd5-4638-b613-40034ac3aa3d',10,1);
INSERT INTO "usage" VALUES('3817b0e5-e637-445e-936f-e218c7d9df31',10,1);
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
INSERT INTO "users" VALUES('66005083-7bd5-4638-b613-40034ac3aa3d','alice','$argon2id$v=19$m=65536,t=3,p=4$SmlAEE+LJQ/Rj1jcwQ/WKw$r/Wd+CLSRsMaQPTtwc3DMJZ3gYtK2qhrAfPZWJLNkks','normal',0,0,1.79581511421185255044e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('3817b0e5-e637-445e-936f-e218c7d9df31','bob','$argon2id$v=19$m=65536,t=3,p=4$ll68JkMbzfU2otkEuvz1iw$1CITVQ0iOBeQWsd8rDlp1xVMGHuZnvzp9EitaVeMWpM','normal',0,0,1.79581511602817392352e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-20801-7ff158ca',1.79581513149029040336e+09);
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
CREATE INDEX uploads_wished ON uploads (holder) WHERE wished IS NOT NULL;
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
PRAGMA user_version = 12;
