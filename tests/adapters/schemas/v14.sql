-- Written by a server of commit f46164d that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','18173db1-e606-4c96-b9a6-14f5d4e5719c');
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
INSERT INTO "audit" VALUES('908f0a4c-ab1f-4a34-8405-0adb0d57fde3',1.79582047224077844625e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('26b87d95-1426-43cf-ade0-1ea2031ea417',1.79582047369446253775e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('bf0460c9-17f1-47f6-9fe1-3475c0137b45',1.79582047497680616374e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('aa2aba0e-9874-4c7b-b2cf-6de5a8b5aa27',1.79582047586006879804e+09,'operator','command line','create token','bob','delete read write');
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
INSERT INTO "blobs" VALUES('84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',10,'ec/1d/ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39',NULL,0);
INSERT INTO "blobs" VALUES('7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2','e388c1c5df4933fa01f6da9f92595589',10,'c9/5f/c95f1fcd-7ae5-486e-b360-17384a8c3f42',NULL,0);
INSERT INTO "blobs" VALUES('a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',NULL,5,'80/a1/80a1e5d8-36ca-481e-8842-9619aa3a6dc6',NULL,0);
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
INSERT INTO "files" VALUES('963a629e-1e1f-4499-81d7-2c9075fa7880','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39','ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39','年度报告.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79582047610800623889e+09,NULL);
INSERT INTO "files" VALUES('3f1d7c71-d7ad-4c4f-b03a-38336270a6be','fa8f21a6-029c-4552-b038-4a28b6e2f40e','tus','c95f1fcd-7ae5-486e-b360-17384a8c3f42','c95f1fcd-7ae5-486e-b360-17384a8c3f42','theirs.txt','text/plain',NULL,NULL,'7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2',1795820476.20526,NULL);
INSERT INTO "files" VALUES('d108db70-8a45-403e-bc9e-a53c335910ea','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','final d28311d45a890d54f8c1ff18e668630356f03b22fff88d07815e630fccb490cd','9a3b790b-a856-452d-aed0-016040b0061d','joined.bin','text/ascii',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79582047638325190542e+09,NULL);
INSERT INTO "files" VALUES('4f5b554b-e485-415f-a801-ced5a7f3456d','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','files','80a1e5d8-36ca-481e-8842-9619aa3a6dc6','80a1e5d8-36ca-481e-8842-9619aa3a6dc6','plain.bin','application/octet-stream',NULL,NULL,'a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',1.79582047647636365884e+09,NULL);
CREATE TABLE joins (
    upload_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (upload_id, position),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "joins" VALUES('9a3b790b-a856-452d-aed0-016040b0061d',1,'40ce399c-a678-4026-b899-9e2ba1360918');
INSERT INTO "joins" VALUES('40c27c5f-d9ff-448c-8255-71e98da8bf6f',0,'69c3350a-aabc-4927-8387-99a15f8e4316');
INSERT INTO "joins" VALUES('9a3b790b-a856-452d-aed0-016040b0061d',0,'69c3350a-aabc-4927-8387-99a15f8e4316');
INSERT INTO "joins" VALUES('40c27c5f-d9ff-448c-8255-71e98da8bf6f',1,'982e9056-f953-4ee3-8a54-c70914e74d9d');
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-3669-0ba74cda',1.79582065087222170823e+09);
CREATE TABLE limits (
    bucket TEXT NOT NULL,
    client TEXT NOT NULL,
    since DOUBLE NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (bucket, client)
);
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
INSERT INTO "parts" VALUES('40ce399c-a678-4026-b899-9e2ba1360918',0,'plane-0@0',5,'crc64:f87dc887176ce667',0,NULL);
INSERT INTO "parts" VALUES('43202843-a22f-4a17-bd6c-150470f66650',0,'plane-0@0',4,'crc64:0acee32cf1fabd91',0,NULL);
INSERT INTO "parts" VALUES('58fced9d-be39-4d08-904a-52857ae65f34',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('69c3350a-aabc-4927-8387-99a15f8e4316',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('80a1e5d8-36ca-481e-8842-9619aa3a6dc6',0,'aside-01396786be744a18874ca4a68967898c@0',5,'d1abdb249339a98e1f0dc959ee0b5f59',0,NULL);
INSERT INTO "parts" VALUES('982e9056-f953-4ee3-8a54-c70914e74d9d',0,'plane-0@0',3,'crc64:a69a1fc87bef6bf7',0,NULL);
INSERT INTO "parts" VALUES('9a3b790b-a856-452d-aed0-016040b0061d',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('9b619d87-8e91-4200-b7c9-d1cf449c7346',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('c95f1fcd-7ae5-486e-b360-17384a8c3f42',0,'plane-0@0',10,'crc64:7b0b0d773a899d3c',0,NULL);
INSERT INTO "parts" VALUES('ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
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
INSERT INTO "tokens" VALUES('a3380003-2f31-43f7-91b8-2170ffb6a5b3','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','e5055fdf3f0f814b9f15ffb5871e4a6be174c8ea4696c464547423fddf1bbe28','delete read write',1.79582047369320297238e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('ef265afc-f9e3-459b-836b-78dddbf6f5a7','fa8f21a6-029c-4552-b038-4a28b6e2f40e','609557ca24b31f7a687a52f6d8019deac502f151ab380a0fee9550869825d91f','delete read write',1.79582047585808515549e+09,NULL,NULL,NULL);
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
    given_name TEXT,
    given_type TEXT,
    approved INTEGER DEFAULT 0 NOT NULL,
    rejection TEXT,
    PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','ec1da5fa-1dca-4bd1-aeff-d9eed7f2ff39','年度报告.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79582047608051943773e+09,1.79590687608603787419e+09,1,'vm-3669-0ba74cda',1.79582048108603787423e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79582048109142136576e+09,'963a629e-1e1f-4499-81d7-2c9075fa7880',NULL,1.79582047610800623889e+09,NULL,'{"metadata":"filename 5bm05bqm5oql5ZGKLnR4dA=="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('9b619d87-8e91-4200-b7c9-d1cf449c7346','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','9b619d87-8e91-4200-b7c9-d1cf449c7346','begun.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582047614046621327e+09,1.79590687615148735046e+09,0,'vm-3669-0ba74cda',1.79582048115148735049e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YmVndW4uYmlu"}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('c95f1fcd-7ae5-486e-b360-17384a8c3f42','fa8f21a6-029c-4552-b038-4a28b6e2f40e','tus','c95f1fcd-7ae5-486e-b360-17384a8c3f42','theirs.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79582047618109774591e+09,1.79590687618943548207e+09,1,'vm-3669-0ba74cda',1.79582048118943548198e+09,0,10,'7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2','e388c1c5df4933fa01f6da9f92595589',NULL,1.79582048119232916836e+09,'3f1d7c71-d7ad-4c4f-b03a-38336270a6be',NULL,1795820476.20526,NULL,'{"metadata":"filename dGhlaXJzLnR4dA=="}',1,0,0,'crc64:7b0b0d773a899d3c',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('69c3350a-aabc-4927-8387-99a15f8e4316','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','69c3350a-aabc-4927-8387-99a15f8e4316','one',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582047623751068108e+09,1.79582407637871956825e+09,0,'vm-3669-0ba74cda',1.7958204812414579392e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename b25l","concat":"partial"}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,'partial',1,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('40ce399c-a678-4026-b899-9e2ba1360918','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','40ce399c-a678-4026-b899-9e2ba1360918','two',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582047626961112014e+09,1.79582407637871956825e+09,0,'vm-3669-0ba74cda',1.79582048127353858949e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename dHdv","concat":"partial"}',1,0,0,'crc64:f87dc887176ce667',NULL,NULL,'partial',1,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('982e9056-f953-4ee3-8a54-c70914e74d9d','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','982e9056-f953-4ee3-8a54-c70914e74d9d','three',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,3,0,1.79582047632599639888e+09,1.79590687633057737352e+09,0,'vm-3669-0ba74cda',1.79582048133057737343e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename dGhyZWU=","concat":"partial"}',1,0,0,'crc64:a69a1fc87bef6bf7',NULL,NULL,'partial',0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('9a3b790b-a856-452d-aed0-016040b0061d','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','final d28311d45a890d54f8c1ff18e668630356f03b22fff88d07815e630fccb490cd','joined.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79582047636598539355e+09,1.7959068763770637512e+09,1,'vm-3669-0ba74cda',1.79582048137706375124e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79582048137778186799e+09,'d108db70-8a45-403e-bc9e-a53c335910ea',NULL,1.79582047638325190542e+09,NULL,'{"metadata":"filename am9pbmVkLmJpbg==","concat":"final;/files/69c3350a-aabc-4927-8387-99a15f8e4316 /files/40ce399c-a678-4026-b899-9e2ba1360918","sources":["69c3350a-aabc-4927-8387-99a15f8e4316","40ce399c-a678-4026-b899-9e2ba1360918"]}',1,0,5,'crc64:f87dc887176ce667',NULL,NULL,'final',0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('40c27c5f-d9ff-448c-8255-71e98da8bf6f','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','tus','final b171705de579a4afaf3bb3b9e1a1be1538790a2f7eceaef104e0644fefe55168','joining.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.79582047641260218618e+09,1.79590687641249084475e+09,0,'vm-3669-0ba74cda',1.79582047641260218618e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename am9pbmluZy5iaW4=","concat":"final;/files/69c3350a-aabc-4927-8387-99a15f8e4316 /files/982e9056-f953-4ee3-8a54-c70914e74d9d","sources":["69c3350a-aabc-4927-8387-99a15f8e4316","982e9056-f953-4ee3-8a54-c70914e74d9d"]}',1,0,0,NULL,NULL,NULL,'final',0,1,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('80a1e5d8-36ca-481e-8842-9619aa3a6dc6','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','files','80a1e5d8-36ca-481e-8842-9619aa3a6dc6','plain.bin',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,5,5,1.79582047646521234516e+09,1.79590687646991491316e+09,1,'vm-3669-0ba74cda',1.7958204814699149132e+09,0,5,'a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',NULL,NULL,1.79582048147124648087e+09,'4f5b554b-e485-415f-a801-ced5a7f3456d',NULL,1.79582047647636365884e+09,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('43202843-a22f-4a17-bd6c-150470f66650','ff97e815-5eaf-4c85-94a0-a09c6c5706fb','resumable','43202843-a22f-4a17-bd6c-150470f66650','upload',NULL,NULL,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,4,0,1.79582047651214504234e+09,1.79590687652381181716e+09,0,'vm-3669-0ba74cda',1.79582048152381181719e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',1,0,0,'crc64:0acee32cf1fabd91',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
INSERT INTO "uploads" VALUES('58fced9d-be39-4d08-904a-52857ae65f34','fa8f21a6-029c-4552-b038-4a28b6e2f40e','tus','58fced9d-be39-4d08-904a-52857ae65f34','ended',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'cancelled',0,1,5,0,1.79582047655662083631e+09,1.79590687657653689385e+09,1,'vm-3669-0ba74cda',1.79582048157653689389e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79582047661190724371e+09,NULL,'{"metadata":"filename ZW5kZWQ="}',1,1,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('ff97e815-5eaf-4c85-94a0-a09c6c5706fb',25,3);
INSERT INTO "usage" VALUES('fa8f21a6-029c-4552-b038-4a28b6e2f40e',10,1);
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
INSERT INTO "users" VALUES('ff97e815-5eaf-4c85-94a0-a09c6c5706fb','alice','$argon2id$v=19$m=65536,t=3,p=4$DKWY8zjvZzTeQcK58O1xAQ$spXQp3ia5WwEBKgHzPTedGqsZM3rNrwbGBP5s0xp12s','normal',0,0,1.79582047223602628708e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('fa8f21a6-029c-4552-b038-4a28b6e2f40e','bob','$argon2id$v=19$m=65536,t=3,p=4$PhK6mfgC9Gd/EGr7/zWPgg$x1EPIl8XkBlj7n+sdkqmdXvSzctI1HNPlgt1atUAiR0','normal',0,0,1.79582047497523570062e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-3669-0ba74cda',1.79582049088906502728e+09);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);
CREATE INDEX chain_blocks ON chain_transactions (network, height);
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX limits_by_time ON limits (since);
CREATE INDEX outbox_by_subject ON outbox (subject, number);
CREATE INDEX outbox_due ON outbox (destination, due_at);
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
PRAGMA user_version = 14;
