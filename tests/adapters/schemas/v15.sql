-- Written by a server of commit 806971f that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','b144c700-2905-42b3-be40-80d8647e6225');
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
INSERT INTO "audit" VALUES('658da08c-87e8-4c34-a6a1-f807d90dc6dc',1.7958284345376372337e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('d531d8bf-c244-4fb5-9559-a15e830e72d9',1.79582843739126539234e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('76aee1bf-6a58-4141-86ec-480ead68d637',1.79582843952842473984e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('71dbbb8c-e3de-484b-b521-690971cdc14f',1.79582844204028391839e+09,'operator','command line','create token','bob','delete read write');
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
INSERT INTO "blobs" VALUES('84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',10,'a8/6f/a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb',NULL,0);
INSERT INTO "blobs" VALUES('7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2','e388c1c5df4933fa01f6da9f92595589',10,'fd/b2/fdb28df5-71e4-4d3f-a9aa-ae2cab611499',NULL,0);
INSERT INTO "blobs" VALUES('a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',NULL,5,'53/12/531212b3-0be4-4719-9a6f-c708fde3ee9a',NULL,0);
INSERT INTO "blobs" VALUES('283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247',NULL,4,'67/08/6708d63c-e9fc-4fa8-b5f7-625387af0eb8',NULL,0);
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
    folder TEXT DEFAULT '' NOT NULL,
    folded TEXT DEFAULT '' NOT NULL,
    bytes BIGINT DEFAULT 0 NOT NULL,
    labels TEXT DEFAULT '[]' NOT NULL,
    trashed_with TEXT,
    number BIGINT,
    PRIMARY KEY (id),
    FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
INSERT INTO "files" VALUES('bc88306c-62ed-48fd-8888-4ff7041c0fd4','a32db327-447e-468e-a21f-690975f5c104','tus','a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb','a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb','年度报告.txt','text/plain',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79582844284058523176e+09,NULL,'','年度报告.txt',10,'[]',NULL,1883062605279797464);
INSERT INTO "files" VALUES('19bc2bca-2068-4783-b98c-6ea30a633d26','b0b7e269-94aa-4932-b8e2-c01614421678','tus','fdb28df5-71e4-4d3f-a9aa-ae2cab611499','fdb28df5-71e4-4d3f-a9aa-ae2cab611499','theirs.txt','text/plain',NULL,NULL,'7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2',1.79582844311335325243e+09,NULL,'','theirs.txt',10,'[]',NULL,1883062605566363672);
INSERT INTO "files" VALUES('379537ae-5a47-445c-98aa-a6ef3bb291ae','a32db327-447e-468e-a21f-690975f5c104','tus','final faadf4d614a2c522f7b923244c854c46f549b1d662f9c298a2bdd3bd44559bf0','0502661e-44e5-431f-b6cf-ad7581a23d2a','joined.bin','text/ascii',NULL,NULL,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',1.79582844349342417712e+09,NULL,'4586d89e-e09a-40d0-8b54-da5b3cb3f4df','joined.bin',10,'["kept","年度"]',NULL,1883062605964265974);
INSERT INTO "files" VALUES('034a08f7-5efb-4d7c-803a-1d17fa5d9f7b','a32db327-447e-468e-a21f-690975f5c104','files','531212b3-0be4-4719-9a6f-c708fde3ee9a','531212b3-0be4-4719-9a6f-c708fde3ee9a','plain.bin','application/octet-stream',NULL,NULL,'a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',1.79582844387501358984e+09,1.79582844527949070934e+09,'0f92d504-16fb-4eb9-ab4f-eff53f7d3196','plain.bin',5,'[]','0f92d504-16fb-4eb9-ab4f-eff53f7d3196',1883062606364981396);
INSERT INTO "files" VALUES('348f2cae-549a-4be2-9a32-9f1f534fbae1','a32db327-447e-468e-a21f-690975f5c104','files','6708d63c-e9fc-4fa8-b5f7-625387af0eb8','6708d63c-e9fc-4fa8-b5f7-625387af0eb8','gone.bin','application/octet-stream',NULL,NULL,'283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247',1.79582844554049253461e+09,1.79582844563550615311e+09,'','gone.bin',4,'[]',NULL,1883062608111106942);
CREATE TABLE folders (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    trashed_at DOUBLE,
    trashed_with TEXT,
    work TEXT,
    PRIMARY KEY (id)
);
INSERT INTO "folders" VALUES('bc979fd2-8010-4837-8148-19826f14a6ce','a32db327-447e-468e-a21f-690975f5c104','','报告','报告',1.79582844456901407235e+09,NULL,NULL,NULL);
INSERT INTO "folders" VALUES('4586d89e-e09a-40d0-8b54-da5b3cb3f4df','a32db327-447e-468e-a21f-690975f5c104','bc979fd2-8010-4837-8148-19826f14a6ce','inner','inner',1.7958284447019572258e+09,NULL,NULL,NULL);
INSERT INTO "folders" VALUES('0f92d504-16fb-4eb9-ab4f-eff53f7d3196','a32db327-447e-468e-a21f-690975f5c104','','thrown away','thrown away',1.79582844475349569322e+09,1.79582844527949070934e+09,'0f92d504-16fb-4eb9-ab4f-eff53f7d3196',NULL);
CREATE TABLE fragments (
    fragment BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (fragment, number)
)
 WITHOUT ROWID;
INSERT INTO "fragments" VALUES(133093192002491122,1883062606364981396);
INSERT INTO "fragments" VALUES(174503352902299145,1883062605279797464);
INSERT INTO "fragments" VALUES(562369732704078518,1883062605566363672);
INSERT INTO "fragments" VALUES(581023321689360771,1883062605566363672);
INSERT INTO "fragments" VALUES(820815727668102475,1883062605964265974);
INSERT INTO "fragments" VALUES(820815727668102475,1883062606364981396);
INSERT INTO "fragments" VALUES(820815727668102475,1883062608111106942);
INSERT INTO "fragments" VALUES(1326677254101665218,1883062606364981396);
INSERT INTO "fragments" VALUES(1884800945753901461,1883062605566363672);
INSERT INTO "fragments" VALUES(1891174581382067462,1883062605279797464);
INSERT INTO "fragments" VALUES(2542830626025710693,1883062605964265974);
INSERT INTO "fragments" VALUES(2542830626025710693,1883062608111106942);
INSERT INTO "fragments" VALUES(2561349641433532503,1883062608111106942);
INSERT INTO "fragments" VALUES(2699948642225395502,1883062605964265974);
INSERT INTO "fragments" VALUES(2699948642225395502,1883062608111106942);
INSERT INTO "fragments" VALUES(2841480958797788387,1883062605279797464);
INSERT INTO "fragments" VALUES(2960166522876999278,1883062605566363672);
INSERT INTO "fragments" VALUES(3031609875826303873,1883062605279797464);
INSERT INTO "fragments" VALUES(3289881065008697687,1883062605566363672);
INSERT INTO "fragments" VALUES(3314450693064935742,1883062605566363672);
INSERT INTO "fragments" VALUES(3332304907742986216,1883062605566363672);
INSERT INTO "fragments" VALUES(3697695081143642043,1883062606364981396);
INSERT INTO "fragments" VALUES(4232288561604265806,1883062608111106942);
INSERT INTO "fragments" VALUES(4278361882471951829,1883062605279797464);
INSERT INTO "fragments" VALUES(4307729668335408493,1883062605964265974);
INSERT INTO "fragments" VALUES(4351397839892051298,1883062605964265974);
INSERT INTO "fragments" VALUES(4351397839892051298,1883062606364981396);
INSERT INTO "fragments" VALUES(4351397839892051298,1883062608111106942);
INSERT INTO "fragments" VALUES(4461645013573101424,1883062605279797464);
INSERT INTO "fragments" VALUES(4516602838458425045,1883062605964265974);
INSERT INTO "fragments" VALUES(4516602838458425045,1883062606364981396);
INSERT INTO "fragments" VALUES(4516602838458425045,1883062608111106942);
INSERT INTO "fragments" VALUES(4731424727345101332,1883062606364981396);
INSERT INTO "fragments" VALUES(5112396988339449966,1883062605279797464);
INSERT INTO "fragments" VALUES(5173512403753749276,1883062605279797464);
INSERT INTO "fragments" VALUES(5287211876128393249,1883062605566363672);
INSERT INTO "fragments" VALUES(5410708539490342813,1883062605566363672);
INSERT INTO "fragments" VALUES(5497227835731229777,1883062606364981396);
INSERT INTO "fragments" VALUES(5523004925078096980,1883062605279797464);
INSERT INTO "fragments" VALUES(5723954606414484425,1883062605566363672);
INSERT INTO "fragments" VALUES(6103989735562242907,1883062605566363672);
INSERT INTO "fragments" VALUES(6131534130540249906,1883062605964265974);
INSERT INTO "fragments" VALUES(6185591047137176302,1883062608111106942);
INSERT INTO "fragments" VALUES(6230779433700866117,1883062605964265974);
INSERT INTO "fragments" VALUES(6230779433700866117,1883062606364981396);
INSERT INTO "fragments" VALUES(6230779433700866117,1883062608111106942);
INSERT INTO "fragments" VALUES(6249624443320377307,1883062605964265974);
INSERT INTO "fragments" VALUES(6298092158512030798,1883062605566363672);
INSERT INTO "fragments" VALUES(6433817254206186140,1883062605566363672);
INSERT INTO "fragments" VALUES(6472635790579275154,1883062605566363672);
INSERT INTO "fragments" VALUES(6546874032605984637,1883062605279797464);
INSERT INTO "fragments" VALUES(6758331983438857633,1883062605279797464);
INSERT INTO "fragments" VALUES(6758331983438857633,1883062605964265974);
INSERT INTO "fragments" VALUES(6758331983438857633,1883062606364981396);
INSERT INTO "fragments" VALUES(6758331983438857633,1883062608111106942);
INSERT INTO "fragments" VALUES(7046543244692599949,1883062605566363672);
INSERT INTO "fragments" VALUES(7377882265419087279,1883062605964265974);
INSERT INTO "fragments" VALUES(7815678411134885128,1883062605964265974);
INSERT INTO "fragments" VALUES(7918222167915388332,1883062605964265974);
INSERT INTO "fragments" VALUES(8023059974908184292,1883062605964265974);
INSERT INTO "fragments" VALUES(8023059974908184292,1883062606364981396);
INSERT INTO "fragments" VALUES(8023059974908184292,1883062608111106942);
INSERT INTO "fragments" VALUES(8217830864160706969,1883062605964265974);
INSERT INTO "fragments" VALUES(8217830864160706969,1883062606364981396);
INSERT INTO "fragments" VALUES(8217830864160706969,1883062608111106942);
INSERT INTO "fragments" VALUES(8407233359945474908,1883062606364981396);
INSERT INTO "fragments" VALUES(8464834737679504514,1883062606364981396);
INSERT INTO "fragments" VALUES(8465844454079071888,1883062605279797464);
INSERT INTO "fragments" VALUES(8655114000657640815,1883062605566363672);
INSERT INTO "fragments" VALUES(8729859329975994764,1883062605566363672);
INSERT INTO "fragments" VALUES(8744861482734046011,1883062605279797464);
INSERT INTO "fragments" VALUES(8975299858161391394,1883062608111106942);
INSERT INTO "fragments" VALUES(9065635316851310588,1883062605964265974);
INSERT INTO "fragments" VALUES(9065635316851310588,1883062608111106942);
INSERT INTO "fragments" VALUES(9206106479983307893,1883062605279797464);
CREATE TABLE joins (
    upload_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (upload_id, position),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
INSERT INTO "joins" VALUES('0502661e-44e5-431f-b6cf-ad7581a23d2a',0,'66dddb89-3796-49d0-a1f7-50ace19a03f8');
INSERT INTO "joins" VALUES('4eed8249-f4ba-42d7-978a-0f0566848f80',0,'66dddb89-3796-49d0-a1f7-50ace19a03f8');
INSERT INTO "joins" VALUES('4eed8249-f4ba-42d7-978a-0f0566848f80',1,'7586d915-e62f-4be3-8a13-a08d892d1539');
INSERT INTO "joins" VALUES('0502661e-44e5-431f-b6cf-ad7581a23d2a',1,'f6ae24e2-c1ac-4880-9304-b9748b01063e');
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('upkeep','vm-21235-a30dee3d',1.79582861307803630821e+09);
INSERT INTO "leases" VALUES('mining embedded-mainnet','7f60987e-a965-4bf8-8008-392292bc89d6',1.7958284730895934105e+09);
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
INSERT INTO "parts" VALUES('0502661e-44e5-431f-b6cf-ad7581a23d2a',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('0591ebb9-b0df-451c-8af1-d2b5dd529490',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('531212b3-0be4-4719-9a6f-c708fde3ee9a',0,'aside-81461335bdfd446196bed5974a27ea83@0',5,'d1abdb249339a98e1f0dc959ee0b5f59',0,NULL);
INSERT INTO "parts" VALUES('66dddb89-3796-49d0-a1f7-50ace19a03f8',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('6708d63c-e9fc-4fa8-b5f7-625387af0eb8',0,'aside-5ef5264736ab4cb29a3e93b0737bd2cd@0',4,'5781379cfc6f3867e3b856fed11ded31',0,NULL);
INSERT INTO "parts" VALUES('7586d915-e62f-4be3-8a13-a08d892d1539',0,'plane-0@0',3,'crc64:a69a1fc87bef6bf7',0,NULL);
INSERT INTO "parts" VALUES('81186f9e-b72a-4822-9a89-84c9708cc75a',0,'plane-0@0',5,'crc64:da9767c62192b9e2',0,NULL);
INSERT INTO "parts" VALUES('96452d67-35eb-4bd7-bbb1-e8682d1e073e',0,'plane-0@0',4,'crc64:0acee32cf1fabd91',0,NULL);
INSERT INTO "parts" VALUES('a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb',0,'plane-0@0',10,'crc64:15f9b1ee4cfd9c1d',0,NULL);
INSERT INTO "parts" VALUES('f6ae24e2-c1ac-4880-9304-b9748b01063e',0,'plane-0@0',5,'crc64:f87dc887176ce667',0,NULL);
INSERT INTO "parts" VALUES('fdb28df5-71e4-4d3f-a9aa-ae2cab611499',0,'plane-0@0',10,'crc64:7b0b0d773a899d3c',0,NULL);
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
CREATE TABLE replies (
    owner TEXT NOT NULL,
    "key" TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER,
    answer TEXT,
    since DOUBLE NOT NULL,
    PRIMARY KEY (owner, "key")
);
INSERT INTO "replies" VALUES('a32db327-447e-468e-a21f-690975f5c104','one','64c0a20c4b6186abb4b2379b6e0f8d3a5d2f3038b0e22f3065b8a8271374b81c',201,'{"status":201,"headers":{"content-type":"application/json","etag":"\"9bf7f96e1b741375ea424c5c8cd8a808\"","location":"/drive/v1/folders/bc979fd2-8010-4837-8148-19826f14a6ce"},"body":"{\"kind\":\"folder\",\"id\":\"bc979fd2-8010-4837-8148-19826f14a6ce\",\"name\":\"报告\",\"folder\":null,\"created_at\":1795828444.569014,\"trashed_at\":null}"}',1.79582844456737685204e+09);
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
CREATE TABLE stale_names (
    number BIGINT NOT NULL,
    owner TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (number, owner, folded)
)
 WITHOUT ROWID;
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
INSERT INTO "tokens" VALUES('1c1ea850-612c-4751-b384-74c64e63c607','a32db327-447e-468e-a21f-690975f5c104','0c8f8272d5864406be740e1fdd13a2b86ebe6d2a85987a02e5ee75869fa61aee','delete read write',1.79582843738711452489e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('de7b1cf1-1602-4421-b55c-40bea71da37c','b0b7e269-94aa-4932-b8e2-c01614421678','dce699b597c51f9edd2395e2849b498a1576f4b113e32087e92f73c8a93b3af3','delete read write',1.79582844203813457488e+09,NULL,NULL,NULL);
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
    folder TEXT,
    PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb','a32db327-447e-468e-a21f-690975f5c104','tus','a86fe261-3e36-40b7-a7d8-8c2c8b7c75cb','年度报告.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79582844279026031491e+09,1.79591484279957437509e+09,1,'vm-21235-a30dee3d',1.79582844779957437513e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.79582844780833411212e+09,'bc88306c-62ed-48fd-8888-4ff7041c0fd4',NULL,1.79582844284058523176e+09,NULL,'{"metadata":"filename 5bm05bqm5oql5ZGKLnR4dA=="}',1,0,0,'crc64:15f9b1ee4cfd9c1d',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('81186f9e-b72a-4822-9a89-84c9708cc75a','a32db327-447e-468e-a21f-690975f5c104','tus','81186f9e-b72a-4822-9a89-84c9708cc75a','begun.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582844294149470334e+09,1.79591484296037054066e+09,0,'vm-21235-a30dee3d',1.7958284511228904724e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename YmVndW4uYmlu"}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('fdb28df5-71e4-4d3f-a9aa-ae2cab611499','b0b7e269-94aa-4932-b8e2-c01614421678','tus','fdb28df5-71e4-4d3f-a9aa-ae2cab611499','theirs.txt',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.79582844308989858627e+09,1.79591484310206794738e+09,1,'vm-21235-a30dee3d',1.79582844810206794733e+09,0,10,'7619ee8cea49187f309616e30ecf54be072259b43760f1f550a644945d5572f2','e388c1c5df4933fa01f6da9f92595589',NULL,1795828448.10488,'19bc2bca-2068-4783-b98c-6ea30a633d26',NULL,1.79582844311335325243e+09,NULL,'{"metadata":"filename dGhlaXJzLnR4dA=="}',1,0,0,'crc64:7b0b0d773a899d3c',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('66dddb89-3796-49d0-a1f7-50ace19a03f8','a32db327-447e-468e-a21f-690975f5c104','tus','66dddb89-3796-49d0-a1f7-50ace19a03f8','one',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582844315651822086e+09,1.79583204348780226707e+09,0,'vm-21235-a30dee3d',1.79582844816588544844e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename b25l","concat":"partial"}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,'partial',1,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('f6ae24e2-c1ac-4880-9304-b9748b01063e','a32db327-447e-468e-a21f-690975f5c104','tus','f6ae24e2-c1ac-4880-9304-b9748b01063e','two',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,5,0,1.79582844324955105781e+09,1.79583204348780226707e+09,0,'vm-21235-a30dee3d',1.79582844825495171548e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename dHdv","concat":"partial"}',1,0,0,'crc64:f87dc887176ce667',NULL,NULL,'partial',1,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('7586d915-e62f-4be3-8a13-a08d892d1539','a32db327-447e-468e-a21f-690975f5c104','tus','7586d915-e62f-4be3-8a13-a08d892d1539','three',NULL,5,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,3,0,1.7958284433531634807e+09,1.79591484337032890319e+09,0,'vm-21235-a30dee3d',1.79582844837032890323e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename dGhyZWU=","concat":"partial"}',1,0,0,'crc64:a69a1fc87bef6bf7',NULL,NULL,'partial',0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('0502661e-44e5-431f-b6cf-ad7581a23d2a','a32db327-447e-468e-a21f-690975f5c104','tus','final faadf4d614a2c522f7b923244c854c46f549b1d662f9c298a2bdd3bd44559bf0','joined.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'sealed',0,1,10,0,1.795828443465110302e+09,1.79591484348498654365e+09,1,'vm-21235-a30dee3d',1.79582844848498654369e+09,0,10,'84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882','781e5e245d69b566979b86e28d23f2c7',NULL,1.7958284484863333702e+09,'379537ae-5a47-445c-98aa-a6ef3bb291ae',NULL,1.79582844349342417712e+09,NULL,'{"metadata":"filename am9pbmVkLmJpbg==","concat":"final;/files/66dddb89-3796-49d0-a1f7-50ace19a03f8 /files/f6ae24e2-c1ac-4880-9304-b9748b01063e","sources":["66dddb89-3796-49d0-a1f7-50ace19a03f8","f6ae24e2-c1ac-4880-9304-b9748b01063e"]}',1,0,5,'crc64:f87dc887176ce667',NULL,NULL,'final',0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('4eed8249-f4ba-42d7-978a-0f0566848f80','a32db327-447e-468e-a21f-690975f5c104','tus','final 4c0f53009ef5a52e43c2bda57d3b8c63a35c810a63a6f9293cdbcb89403f2347','joining.bin',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,0,0,0,1.7958284436500618458e+09,1.79591484364994215965e+09,0,'vm-21235-a30dee3d',1.7958284436500618458e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"metadata":"filename am9pbmluZy5iaW4=","concat":"final;/files/66dddb89-3796-49d0-a1f7-50ace19a03f8 /files/7586d915-e62f-4be3-8a13-a08d892d1539","sources":["66dddb89-3796-49d0-a1f7-50ace19a03f8","7586d915-e62f-4be3-8a13-a08d892d1539"]}',1,0,0,NULL,NULL,NULL,'final',0,1,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('531212b3-0be4-4719-9a6f-c708fde3ee9a','a32db327-447e-468e-a21f-690975f5c104','files','531212b3-0be4-4719-9a6f-c708fde3ee9a','plain.bin',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,5,5,1.79582844383491063112e+09,1.79591484384696626662e+09,1,'vm-21235-a30dee3d',1.79582844884696626657e+09,0,5,'a116c9ed46d6207734a43317d30fd88f52ac8634c37d904bbf4e41d865f90475',NULL,NULL,1.79582844885443902011e+09,'034a08f7-5efb-4d7c-803a-1d17fa5d9f7b',NULL,1.79582844387501358984e+09,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('96452d67-35eb-4bd7-bbb1-e8682d1e073e','a32db327-447e-468e-a21f-690975f5c104','resumable','96452d67-35eb-4bd7-bbb1-e8682d1e073e','upload',NULL,NULL,NULL,NULL,NULL,NULL,5497558138880,1,'open',0,1,4,0,1.79582844402767896653e+09,1.7959148440407569408e+09,0,'vm-21235-a30dee3d',1795828451.77055,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}',1,0,0,'crc64:0acee32cf1fabd91',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('0591ebb9-b0df-451c-8af1-d2b5dd529490','b0b7e269-94aa-4932-b8e2-c01614421678','tus','0591ebb9-b0df-451c-8af1-d2b5dd529490','ended',NULL,10,NULL,NULL,NULL,NULL,5497558138880,1,'cancelled',0,1,5,0,1.7958284441261749267e+09,1.79591484434618091584e+09,1,'vm-21235-a30dee3d',1.79582844934618091579e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.795828444453430891e+09,NULL,'{"metadata":"filename ZW5kZWQ="}',1,0,0,'crc64:da9767c62192b9e2',NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
INSERT INTO "uploads" VALUES('6708d63c-e9fc-4fa8-b5f7-625387af0eb8','a32db327-447e-468e-a21f-690975f5c104','files','6708d63c-e9fc-4fa8-b5f7-625387af0eb8','gone.bin',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,4,4,1.79582844548800468439e+09,1.7959148455025789738e+09,1,'vm-21235-a30dee3d',1.79582845050257897375e+09,0,4,'283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247',NULL,NULL,1.79582845050601935385e+09,'348f2cae-549a-4be2-9a32-9f1f534fbae1',NULL,1.79582844554049253461e+09,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,0,0,NULL,NULL,0,NULL,NULL);
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('a32db327-447e-468e-a21f-690975f5c104',29,4);
INSERT INTO "usage" VALUES('b0b7e269-94aa-4932-b8e2-c01614421678',10,1);
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
INSERT INTO "users" VALUES('a32db327-447e-468e-a21f-690975f5c104','alice','$argon2id$v=19$m=65536,t=3,p=4$3WSJGzXP35xxSWtI+D+MNg$4aDt0paZ6NAGncbrwVlG/h3KBE/ulJUMDLiK/1IcAFc','normal',0,0,1.79582843452367424963e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('b0b7e269-94aa-4932-b8e2-c01614421678','bob','$argon2id$v=19$m=65536,t=3,p=4$gG3GsgYhe1rDYtcEltHdSw$o+bPm+BwnoedcvTv8wH17O45PQSYz8l4TrzokYoy+Yw','normal',0,0,1.79582843952714157108e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','vm-21235-a30dee3d',1.79582845809392070766e+09);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);
CREATE INDEX chain_blocks ON chain_transactions (network, height);
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX folders_at_work ON folders (trashed_with, id) WHERE work IS NOT NULL;
CREATE INDEX folders_by_name ON folders (owner, parent, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX folders_trashed ON folders (owner, trashed_at, id) WHERE trashed_at IS NOT NULL AND trashed_with = id;
CREATE INDEX folders_trashed_with ON folders (trashed_with, parent) WHERE trashed_with IS NOT NULL;
CREATE INDEX limits_by_time ON limits (since);
CREATE INDEX outbox_by_subject ON outbox (subject, number);
CREATE INDEX outbox_due ON outbox (destination, due_at);
CREATE INDEX replies_by_age ON replies (owner, since);
CREATE INDEX replies_by_time ON replies (since);
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
CREATE INDEX files_by_name ON files (owner, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_number ON files (number);
CREATE INDEX files_by_owner ON files (owner, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_owner_and_blob ON files (owner, sha256, created_at);
CREATE INDEX files_by_size ON files (owner, bytes, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_type ON files (owner, media_type, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_upload ON files (upload_id);
CREATE INDEX files_in_folder_by_name ON files (owner, folder, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_size ON files (owner, folder, bytes, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_time ON files (owner, folder, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_type ON files (owner, folder, media_type, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_trash ON files (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trashed_alone ON files (owner, trashed_at, id) WHERE trashed_at IS NOT NULL AND trashed_with IS NULL;
CREATE INDEX files_trashed_with ON files (trashed_with, folder) WHERE trashed_with IS NOT NULL;
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
CREATE TRIGGER files_removed AFTER DELETE ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER files_given AFTER UPDATE OF owner ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
    UPDATE files SET number = NULL WHERE id = NEW.id;
END;
COMMIT;
PRAGMA user_version = 15;
