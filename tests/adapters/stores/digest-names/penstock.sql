BEGIN TRANSACTION;
CREATE TABLE about (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','1ddf549b-6f39-4536-a9f0-66e7ebb0cc30');
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
INSERT INTO "audit" VALUES('da5c05ec-2944-49d2-917e-717a567501ed',1.79578212425264120101e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('9c2b63b8-2e80-4e3e-88bb-e7ad5705adf4',1.79578212564015316961e+09,'operator','command line','create token','alice','delete read write');
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
INSERT INTO "blobs" VALUES('853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020','22c3683b094136c3398391ae71b20f04',13,'85/3f/853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020-6549c346-7db2-4b4b-8b4f-a83c484295ac',NULL,0);
INSERT INTO "blobs" VALUES('6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38',NULL,8893,'62/51/6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38-ff742cb4-c21f-4ed2-b24e-b5b47d926146',NULL,0);
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
INSERT INTO "files" VALUES('d9bdd2fc-25b4-4d57-a6c4-8f31b211fabd','a84e2e40-db34-405c-8154-28790a8db51b','files','6549c346-7db2-4b4b-8b4f-a83c484295ac','6549c346-7db2-4b4b-8b4f-a83c484295ac','greeting.txt','text/plain',NULL,NULL,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',1.79578212597889304161e+09,NULL);
INSERT INTO "files" VALUES('70bf2c9a-f90a-4110-b331-be1d73fd5fc1','a84e2e40-db34-405c-8154-28790a8db51b','files','ff742cb4-c21f-4ed2-b24e-b5b47d926146','ff742cb4-c21f-4ed2-b24e-b5b47d926146','numbers.txt','text/plain',NULL,NULL,'6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38',1.79578212613748335836e+09,NULL);
INSERT INTO "files" VALUES('4e38b4d5-a847-45a4-88e5-99598ddada48','a84e2e40-db34-405c-8154-28790a8db51b','instant','22c3683b094136c3398391ae71b20f04',NULL,'again.txt','text/plain',NULL,'22c3683b094136c3398391ae71b20f04','853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',1.79578212615784883494e+09,NULL);
CREATE TABLE limits (
	bucket TEXT NOT NULL, 
	client TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	hits INTEGER NOT NULL, 
	PRIMARY KEY (bucket, client)
);
INSERT INTO "limits" VALUES('claims','a84e2e40-db34-405c-8154-28790a8db51b',1795782120.0,1);
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
 WITHOUT ROWID

;
INSERT INTO "parts" VALUES('6549c346-7db2-4b4b-8b4f-a83c484295ac',0,'aside-4d08e6acc079432f93924da655b353ec@0',13,'aef7d73364a11a632fc4faefcc422cb8',0,NULL);
INSERT INTO "parts" VALUES('ff742cb4-c21f-4ed2-b24e-b5b47d926146',0,'plane-4608@0',4000,'c45c6674e693e285a59473832cacf380',0,NULL);
INSERT INTO "parts" VALUES('ff742cb4-c21f-4ed2-b24e-b5b47d926146',1,'aside-8036608bc86e4f0d9c43fc376020425d@0',4893,'2057da1faf5fa76dcc04ca6f1d65a032',0,NULL);
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
INSERT INTO "tokens" VALUES('80bddd38-061b-4e71-8246-4b103b0316d5','a84e2e40-db34-405c-8154-28790a8db51b','4b88e679872dd3cbf1b7f19f9103e3a4f57057cbf8e93c2aa514a359f7105052','delete read write',1.7957821256374988556e+09,NULL,NULL,NULL);
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
INSERT INTO "uploads" VALUES('6549c346-7db2-4b4b-8b4f-a83c484295ac','a84e2e40-db34-405c-8154-28790a8db51b','files','6549c346-7db2-4b4b-8b4f-a83c484295ac','greeting.txt',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,13,13,1.79578212595844149586e+09,1.79586852596846389767e+09,1,'process',1.7957821309684638977e+09,0,13,'853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020',NULL,NULL,1.79578213097159337992e+09,'d9bdd2fc-25b4-4d57-a6c4-8f31b211fabd',NULL,1.79578212597889304161e+09,NULL);
INSERT INTO "uploads" VALUES('ff742cb4-c21f-4ed2-b24e-b5b47d926146','a84e2e40-db34-405c-8154-28790a8db51b','files','ff742cb4-c21f-4ed2-b24e-b5b47d926146','numbers.txt',NULL,8893,2,NULL,NULL,NULL,1099511627776,0,'sealed',0,2,8893,4893,1.79578212601587486265e+09,1.79586852610055017469e+09,1,'process',1.79578213110055017473e+09,0,8893,'6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38',NULL,NULL,1.79578213111909556392e+09,'70bf2c9a-f90a-4110-b331-be1d73fd5fc1',NULL,1.79578212613748335836e+09,NULL);
CREATE TABLE usage (
	owner TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	files BIGINT NOT NULL, 
	PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('a84e2e40-db34-405c-8154-28790a8db51b',8919,3);
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
INSERT INTO "users" VALUES('a84e2e40-db34-405c-8154-28790a8db51b','alice','$argon2id$v=19$m=65536,t=3,p=4$6xJ6ifa0nOYNtqwLDF1Gbg$h8UpVIpoDRracfaXmYEIBKeWvBHyagaolxlp0VnRAAk','normal',0,0,1795782124.24326,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[0, "0000000000000000000000000000000000000000000000000000000000000000"]]','process',1.79578214181296133998e+09);
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
PRAGMA user_version = 10;
