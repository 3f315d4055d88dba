-- Written by a server of commit 49f0742 that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','61665652-740a-4e83-84a7-aac0c819f454');
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
INSERT INTO "audit" VALUES('fedc763f-4b6c-476b-9ee9-ab6fa6ae226d',1.7958195113241569996e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('af77789a-06ba-47c1-82f4-54a2f3462d05',1.79581951206741857523e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('6b6115e4-8ed4-4ae8-82a4-61b2d2533b86',1.7958195129474601745e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('5ff97939-01e0-4faf-b934-e6d11f59a319',1.79581951368811082838e+09,'operator','command line','create token','bob','delete read write');
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
INSERT INTO "blobs" VALUES('84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',10,'e4/4d/e44d23fc-a863-47cd-8b8e-5afcbe6749f9',NULL,0);
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
INSERT INTO "files" VALUES('fbb21c71-5e49-4d73-a944-3ae7bb52df2f','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','e44d23fc-a863-47cd-8b8e-5afcbe6749f9','e44d23fc-a863-47cd-8b8e-5afcbe6749f9','a.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.7958195138756227493e+09,NULL);
INSERT INTO "files" VALUES('dcb8a8db-2f6c-4820-80fa-89940a363fe5','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','734078d7-7ede-42d0-8f19-0723e0ca5e59','734078d7-7ede-42d0-8f19-0723e0ca5e59','a.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79581951391443872447e+09,NULL);
CREATE TABLE joins (
    upload_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (upload_id, position),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "joins" VALUES('cdc4c557-b3d0-4ebe-a183-3ced37d07da1',1,'6d841fb9-de8b-4026-8a90-102fb457afb9');
INSERT INTO "joins" VALUES('cdc4c557-b3d0-4ebe-a183-3ced37d07da1',0,'9895a38d-4bb7-452e-af67-94573b0b31b6');
INSERT INTO "joins" VALUES('4c95b090-9ba8-4693-8633-8baa57f25f57',1,'aec033dc-2d93-402c-86fe-1f73db1cfbce');
INSERT INTO "joins" VALUES('4c95b090-9ba8-4693-8633-8baa57f25f57',0,'c95c08af-c30b-429c-8d56-7f3c169b0d16');
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-1488-88eca83b',1.79581968858779644966e+09);
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
INSERT INTO "parts" VALUES('6d841fb9-de8b-4026-8a90-102fb457afb9',0,'plane-0@0',2,'crc64:508006170cccfd2d',0,NULL);
INSERT INTO "parts" VALUES('734078d7-7ede-42d0-8f19-0723e0ca5e59',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('8d3e9732-49a5-4904-82fd-688088bf2b28',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('9895a38d-4bb7-452e-af67-94573b0b31b6',0,'plane-0@0',3,'crc64:05e5cabb3fc1faeb',0,NULL);
INSERT INTO "parts" VALUES('aec033dc-2d93-402c-86fe-1f73db1cfbce',0,'plane-0@0',2,'crc64:508006170cccfd2d',0,NULL);
INSERT INTO "parts" VALUES('c95c08af-c30b-429c-8d56-7f3c169b0d16',0,'plane-0@0',3,'crc64:05e5cabb3fc1faeb',0,NULL);
INSERT INTO "parts" VALUES('e44d23fc-a863-47cd-8b8e-5afcbe6749f9',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('e53baff5-c31a-495a-b754-0e3626267646',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
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
INSERT INTO "tokens" VALUES('c11c2465-1df3-418e-bf7c-6cdd975a65f2','ee283fa9-afea-41e8-8077-dbcb853d47f0','b514503bbd6e38d330ffaf7b5fca2b3571bf57824b85c010c1fcf6332eff1b09','delete read write',1.79581951206544303896e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('b0d8b89d-6862-4517-b83c-688ef6b8adc7','5c69616b-94f5-43d1-a94d-5c47246407fc','4a54d63bb50b475f78367803cd3c3a8065e7e01cd1adca4b1a34b6ea38c075fa','delete read write',1.79581951368661308287e+09,NULL,NULL,NULL);
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
    concat TEXT,
    spent INTEGER DEFAULT 0 NOT NULL,
    covered INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('e44d23fc-a863-47cd-8b8e-5afcbe6749f9','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','e44d23fc-a863-47cd-8b8e-5afcbe6749f9','a.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79581951386255288119e+09,1.79590591386854553229e+09,1,'vm-1488-88eca83b',1.7958195188685455322e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79581951887020492553e+09,'fbb21c71-5e49-4d73-a944-3ae7bb52df2f',NULL,1.7958195138756227493e+09,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL,NULL,0,0);
INSERT INTO "uploads" VALUES('8d3e9732-49a5-4904-82fd-688088bf2b28','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','8d3e9732-49a5-4904-82fd-688088bf2b28','a.txt',NULL,20,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79581951388035559657e+09,1.79590591388495850557e+09,0,'vm-1488-88eca83b',1.79581951888495850561e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0);
INSERT INTO "uploads" VALUES('c95c08af-c30b-429c-8d56-7f3c169b0d16','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','c95c08af-c30b-429c-8d56-7f3c169b0d16','a.txt',NULL,3,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,3,0,1.79581951388820838929e+09,1.79590591389228630063e+09,0,'vm-1488-88eca83b',1.79581951889228630067e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ=","concat":"partial"}',1,0,0,'crc64:05e5cabb3fc1faeb',NULL,NULL,'partial',0,0);
INSERT INTO "uploads" VALUES('aec033dc-2d93-402c-86fe-1f73db1cfbce','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','aec033dc-2d93-402c-86fe-1f73db1cfbce','a.txt',NULL,6,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,2,0,1.79581951389533972735e+09,1.79590591390013909339e+09,0,'vm-1488-88eca83b',1.79581951890013909343e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ=","concat":"partial"}',1,0,0,'crc64:508006170cccfd2d',NULL,NULL,'partial',0,0);
INSERT INTO "uploads" VALUES('4c95b090-9ba8-4693-8633-8baa57f25f57','ee283fa9-afea-41e8-8077-dbcb853d47f0','tus','final 6adbd7459750dba97cc376accd823858b7c88decc308a4b4da3badebd5d6c5a9','upload',NULL,9,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.7958195139028475285e+09,1.79590591390277242661e+09,0,'vm-1488-88eca83b',1.7958195139028475285e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"concat":"final;/files/c95c08af-c30b-429c-8d56-7f3c169b0d16 /files/aec033dc-2d93-402c-86fe-1f73db1cfbce"}',1,0,0,NULL,NULL,NULL,'final',0,1);
INSERT INTO "uploads" VALUES('734078d7-7ede-42d0-8f19-0723e0ca5e59','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','734078d7-7ede-42d0-8f19-0723e0ca5e59','a.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79581951390612649921e+09,1.7959059139099004268e+09,1,'vm-1488-88eca83b',1.79581951890990042684e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.7958195189109148979e+09,'dcb8a8db-2f6c-4820-80fa-89940a363fe5',NULL,1.79581951391443872447e+09,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL,NULL,0,0);
INSERT INTO "uploads" VALUES('e53baff5-c31a-495a-b754-0e3626267646','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','e53baff5-c31a-495a-b754-0e3626267646','a.txt',NULL,20,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79581951391718554495e+09,1.79590591392010664939e+09,0,'vm-1488-88eca83b',1.79581951892010664943e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ="}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0);
INSERT INTO "uploads" VALUES('9895a38d-4bb7-452e-af67-94573b0b31b6','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','9895a38d-4bb7-452e-af67-94573b0b31b6','a.txt',NULL,3,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,3,0,1.79581951392171931271e+09,1.79590591392417454723e+09,0,'vm-1488-88eca83b',1.79581951892417454718e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ=","concat":"partial"}',1,0,0,'crc64:05e5cabb3fc1faeb',NULL,NULL,'partial',0,0);
INSERT INTO "uploads" VALUES('6d841fb9-de8b-4026-8a90-102fb457afb9','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','6d841fb9-de8b-4026-8a90-102fb457afb9','a.txt',NULL,6,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,2,0,1.79581951392629647254e+09,1.79590591392887401582e+09,0,'vm-1488-88eca83b',1.79581951892887401586e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YS50eHQ=","concat":"partial"}',1,0,0,'crc64:508006170cccfd2d',NULL,NULL,'partial',0,0);
INSERT INTO "uploads" VALUES('cdc4c557-b3d0-4ebe-a183-3ced37d07da1','5c69616b-94f5-43d1-a94d-5c47246407fc','tus','final e150423cca51f0bc98366a56e6699df82f8607ce6ca64cb358b03cc6554726a4','upload',NULL,9,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.79581951393036699294e+09,1.79590591393032407755e+09,0,'vm-1488-88eca83b',1.79581951393036699294e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"concat":"final;/files/9895a38d-4bb7-452e-af67-94573b0b31b6 /files/6d841fb9-de8b-4026-8a90-102fb457afb9"}',1,0,0,NULL,NULL,NULL,'final',0,1);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('ee283fa9-afea-41e8-8077-dbcb853d47f0',10,1);
INSERT INTO "usage" VALUES('5c69616b-94f5-43d1-a94d-5c47246407fc',10,1);
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
INSERT INTO "users" VALUES('ee283fa9-afea-41e8-8077-dbcb853d47f0','alice','$argon2id$v=19$m=65536,t=3,p=4$5jJDiccZ0JsgYJMXdPMVrA$fwjdBFlhBV8H1i4iCi9kRasehsusI3z38YytWru62bI','normal',0,0,1.79581951132290959351e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('5c69616b-94f5-43d1-a94d-5c47246407fc','bob','$argon2id$v=19$m=65536,t=3,p=4$rQEcjZOV4WRWOdbbIkOU7Q$6tyj0u7bhO6xuT3Bkl9TwzxiQqN2FEzYH82H+AuJ9rE','normal',0,0,1.79581951294618391993e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-1488-88eca83b',1.79581952859647917745e+09);
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
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes, covered, spent) WHERE state IN ('open', 'sealing', 'placing');
CREATE UNIQUE INDEX one_live_upload_per_key ON uploads (owner, dialect, client_key) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_by_key ON uploads (owner, dialect, client_key, opened_at);
CREATE INDEX uploads_by_state ON uploads (state, expires_at);
CREATE INDEX uploads_joining ON uploads (id) WHERE concat = 'final' AND state = 'open';
CREATE INDEX uploads_wished ON uploads (holder) WHERE wished IS NOT NULL;
CREATE INDEX files_by_blob ON files (sha256, created_at);
CREATE INDEX files_by_key ON files (owner, dialect, client_key, created_at);
CREATE INDEX files_by_owner ON files (owner, created_at);
CREATE INDEX files_by_owner_and_blob ON files (owner, sha256, created_at);
CREATE INDEX files_by_upload ON files (upload_id);
CREATE INDEX files_in_trash ON files (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX joins_by_source ON joins (source);
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
PRAGMA user_version = 13;
