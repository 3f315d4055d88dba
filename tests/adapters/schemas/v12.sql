-- Written by a server of commit 01d8c9c that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','9adc5dee-3ae7-4476-9929-1614afd49aff');
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
INSERT INTO "audit" VALUES('ba6bea0b-00c8-4abb-b3a4-14c363ed52c5',1.79581525297279953959e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('830b6e41-42c9-4702-a634-ea9a81b09d96',1.79581525375705623628e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('8b68df09-c9f6-453c-ae91-9a5cdf2dcfb1',1.79581525463069105151e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('747f800a-cbb6-4c32-8177-4534fc849459',1.79581525542706131942e+09,'operator','command line','create token','bob','delete read write');
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
INSERT INTO "blobs" VALUES('853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020','22c3683b094136c3398391ae71b20f04',13,'9a/fe/9afe758c-ace5-4fb4-b3cd-5da046b77606',NULL,0);
INSERT INTO "blobs" VALUES('0d22cdcc10e6d049dbe1af5123d50873fdfc1a4f58306e58cb6241be9472014d','9d0568469d206c1aedf1b71f12f474bc',10,'fa/09/fa09c80f-af65-40da-b7b6-38b330d1d09f',NULL,0);
INSERT INTO "blobs" VALUES('5d5766cf2d78701614200418ee1450690d9af12c84d52545e4802f001ad53099','356c9ee60e9da05301adc3bd96f6b383',5,'8c/09/8c090e1a-d27a-468e-aaf1-bd7330f4f701',NULL,0);
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
INSERT INTO "files" VALUES('75c469ad-26b3-4251-b643-3a0659ccbad8','c5208353-24e1-46b6-8904-91dd77a82c74','scratch','one','9afe758c-ace5-4fb4-b3cd-5da046b77606','a.bin','application/octet-stream',NULL,NULL,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',1.79581525567123246192e+09,NULL);
INSERT INTO "files" VALUES('2492afcb-b5ed-427f-8ad9-18fa3078e3d3','8fcece26-9c0a-4be9-8bf1-27a4597a6d29','instant','one','fa09c80f-af65-40da-b7b6-38b330d1d09f','a.bin','application/octet-stream',NULL,'9d0568469d206c1aedf1b71f12f474bc','0d22cdcc10e6d049dbe1af5123d50873fdfc1a4f58306e58cb6241be9472014d',1.79581525570838022236e+09,NULL);
INSERT INTO "files" VALUES('807b25ea-7494-470e-b471-4ddaf04570ed','c5208353-24e1-46b6-8904-91dd77a82c74','files','f3ee656e-5927-4966-b216-bbb671d33976','f3ee656e-5927-4966-b216-bbb671d33976','a.txt','text/plain',NULL,NULL,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',1.79581525572069907186e+09,NULL);
INSERT INTO "files" VALUES('1e4fa4fa-003d-4753-9763-8a81e94275b5','c5208353-24e1-46b6-8904-91dd77a82c74','tus','8c090e1a-d27a-468e-aaf1-bd7330f4f701','8c090e1a-d27a-468e-aaf1-bd7330f4f701','upload','application/octet-stream',NULL,NULL,'5d5766cf2d78701614200418ee1450690d9af12c84d52545e4802f001ad53099',1.79581525574462103848e+09,NULL);
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-21390-5ad4da9b',1.79581543220727682117e+09);
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
INSERT INTO "parts" VALUES('2f78e1af-ce4c-4ed3-9cc7-36057fb92b19',0,'plane-0@0',7,'crc64:dcd0a474aa6c379e',0,NULL);
INSERT INTO "parts" VALUES('8c090e1a-d27a-468e-aaf1-bd7330f4f701',0,'plane-0@0',5,'crc64:58ee9a02928564b1',0,NULL);
INSERT INTO "parts" VALUES('9afe758c-ace5-4fb4-b3cd-5da046b77606',0,'plane-7@0',7,'62f35b011e52ae7a93d1907bc6979a2a',0,NULL);
INSERT INTO "parts" VALUES('9afe758c-ace5-4fb4-b3cd-5da046b77606',1,'plane-7@7',6,'d06015dfa1a0e8057d187c6c5c0c0ee1',0,NULL);
INSERT INTO "parts" VALUES('e9240398-6dab-4697-bc4d-c39da8c8ef4f',0,'plane-6@0',6,'e1710a830c3aa52955a5b876cbc15f83',0,NULL);
INSERT INTO "parts" VALUES('e9240398-6dab-4697-bc4d-c39da8c8ef4f',2,'plane-6@12',5,'33f48252ce0cd5aa7589dffb1f1a229a',0,NULL);
INSERT INTO "parts" VALUES('f3ee656e-5927-4966-b216-bbb671d33976',0,'aside-89e20b2eb92141d9ab11bc0031030527@0',13,'aef7d73364a11a632fc4faefcc422cb8',0,NULL);
INSERT INTO "parts" VALUES('fa09c80f-af65-40da-b7b6-38b330d1d09f',0,'plane-256@0',5,'5a00e07e3bfc3c9bab9e2313570b7662',0,NULL);
INSERT INTO "parts" VALUES('fa09c80f-af65-40da-b7b6-38b330d1d09f',1,'plane-5@5',5,'95f64cad147d23ee983871c230125b12',0,NULL);
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
INSERT INTO "tokens" VALUES('31c3f7b2-379e-47b8-9447-ddd2d19e0bad','c5208353-24e1-46b6-8904-91dd77a82c74','1f8ac4a3d68f5f6cb568af48d9d69304ffa5d509bc091700e32fb470b07cd507','delete read write',1.79581525375534796712e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('6bd5fac9-9481-41ea-9d09-561a0e6f092e','8fcece26-9c0a-4be9-8bf1-27a4597a6d29','9f10300cf082cd4af1d32fd69dd89839df2feace3731ce161cb097b042ccf6b2','delete read write',1.79581525542550778391e+09,NULL,NULL,NULL);
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
INSERT INTO "uploads" VALUES('9afe758c-ace5-4fb4-b3cd-5da046b77606','c5208353-24e1-46b6-8904-91dd77a82c74','scratch','one','a.bin',NULL,13,2,NULL,NULL,NULL,104857600,1,'sealed',0,2,13,7,1.79581525565694022179e+09,1.79590165566538333889e+09,1,'vm-21390-5ad4da9b',1.79581526066538333893e+09,0,13,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020','22c3683b094136c3398391ae71b20f04',NULL,1.79581526066637468339e+09,'75c469ad-26b3-4251-b643-3a0659ccbad8',1,1.79581525567123246192e+09,NULL,NULL,0,0,0,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('e9240398-6dab-4697-bc4d-c39da8c8ef4f','c5208353-24e1-46b6-8904-91dd77a82c74','scratch','two','a.bin',NULL,18,3,NULL,NULL,NULL,104857600,1,'open',0,2,11,6,1.79581525567584705349e+09,1.79590165568349361419e+09,0,'vm-21390-5ad4da9b',1.79581526068349361414e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('fa09c80f-af65-40da-b7b6-38b330d1d09f','8fcece26-9c0a-4be9-8bf1-27a4597a6d29','instant','one','a.bin',NULL,10,2,NULL,'9d0568469d206c1aedf1b71f12f474bc',NULL,1099511627776,1,'sealed',0,2,10,5,1.79581525569072675708e+09,1.79590165569876503938e+09,1,'vm-21390-5ad4da9b',1.79581526069876503941e+09,0,10,'0d22cdcc10e6d049dbe1af5123d50873fdfc1a4f58306e58cb6241be9472014d','9d0568469d206c1aedf1b71f12f474bc',NULL,1.79581526070356440544e+09,'2492afcb-b5ed-427f-8ad9-18fa3078e3d3',NULL,1.79581525570838022236e+09,NULL,NULL,0,0,0,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('f3ee656e-5927-4966-b216-bbb671d33976','c5208353-24e1-46b6-8904-91dd77a82c74','files','f3ee656e-5927-4966-b216-bbb671d33976','a.txt',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,13,13,1.79581525571307182307e+09,1.79590165571594190599e+09,1,'vm-21390-5ad4da9b',1.79581526071594190594e+09,0,13,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',NULL,NULL,1.79581526071702766416e+09,'807b25ea-7494-470e-b471-4ddaf04570ed',NULL,1.79581525572069907186e+09,NULL,NULL,0,0,0,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('2f78e1af-ce4c-4ed3-9cc7-36057fb92b19','c5208353-24e1-46b6-8904-91dd77a82c74','tus','2f78e1af-ce4c-4ed3-9cc7-36057fb92b19','greeting.txt',NULL,13,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,7,0,1.79581525572432851786e+09,1.79590165572958517081e+09,0,'vm-21390-5ad4da9b',1.79581526072958517071e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename Z3JlZXRpbmcudHh0"}',1,0,0,'crc64:dcd0a474aa6c379e',NULL,NULL);
INSERT INTO "uploads" VALUES('8c090e1a-d27a-468e-aaf1-bd7330f4f701','c5208353-24e1-46b6-8904-91dd77a82c74','tus','8c090e1a-d27a-468e-aaf1-bd7330f4f701','upload',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,5,0,1.79581525573375678063e+09,1.79590165574030709259e+09,1,'vm-21390-5ad4da9b',1.79581526074030709263e+09,0,5,'5d5766cf2d78701614200418ee1450690d9af12c84d52545e4802f001ad53099','356c9ee60e9da05301adc3bd96f6b383',NULL,1.79581526074128770831e+09,'1e4fa4fa-003d-4753-9763-8a81e94275b5',NULL,1.79581525574462103848e+09,NULL,'{}',1,0,0,'crc64:58ee9a02928564b1',NULL,NULL);
INSERT INTO "uploads" VALUES('50b82762-8796-46a8-96ba-b5d75e3cf482','c5208353-24e1-46b6-8904-91dd77a82c74','tus','50b82762-8796-46a8-96ba-b5d75e3cf482','upload',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'cancelled',0,0,0,0,1.79581525574859285354e+09,1.79590165574850273134e+09,1,'vm-21390-5ad4da9b',1.79581525574859285354e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79581525575260639183e+09,NULL,'{}',1,1,0,NULL,NULL,NULL);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('c5208353-24e1-46b6-8904-91dd77a82c74',31,3);
INSERT INTO "usage" VALUES('8fcece26-9c0a-4be9-8bf1-27a4597a6d29',10,1);
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
INSERT INTO "users" VALUES('c5208353-24e1-46b6-8904-91dd77a82c74','alice','$argon2id$v=19$m=65536,t=3,p=4$4/9FARiDSEV2cW5hRA8B+A$LFrbPvBJoF4dbTlWuth4u0qgVHf4LJLWMEqhhJjX6ao','normal',0,0,1.79581525297135353091e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('8fcece26-9c0a-4be9-8bf1-27a4597a6d29','bob','$argon2id$v=19$m=65536,t=3,p=4$1oMZ1wDFKvYofsKQHV1MlQ$9m7lIwbkvvqytbNLsmOz2czivLzQzEgVClvgAGjzVGg','normal',0,0,1.79581525462931013105e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-21390-5ad4da9b',1.79581526720769834521e+09);
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
