-- Written by a server of commit 91dad98 that was called over HTTP, migrated by commit bda7697.
BEGIN TRANSACTION;
CREATE TABLE about (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','5e778829-1111-47b7-8eba-2d991b691165');
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
INSERT INTO "blobs" VALUES('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',NULL,5,'2c/f2/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824-78c8ba73-091e-456d-9cdc-de26bd279df2',NULL,0);
INSERT INTO "blobs" VALUES('283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247',NULL,4,'28/3b/283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247-9d5c549b-1c8c-40a3-aaec-0f481fe65319',NULL,0);
INSERT INTO "blobs" VALUES('936a185caaa266bb9cbe981e9e05cb78cd732b0b3280eb944412bb6f8f8f07af',NULL,10,'93/6a/936a185caaa266bb9cbe981e9e05cb78cd732b0b3280eb944412bb6f8f8f07af-4f69a1d7-8677-4d5f-be4a-f701cb72fe29',NULL,0);
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
INSERT INTO "files" VALUES('29c50b69-6ab2-41a7-85f8-3e2b75dbd59c','38936449-bda7-4006-9841-8fc63c20695d','files','78c8ba73-091e-456d-9cdc-de26bd279df2','78c8ba73-091e-456d-9cdc-de26bd279df2','a.txt','text/plain',NULL,NULL,'2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',1.79577885211476016044e+09,NULL);
INSERT INTO "files" VALUES('16ab5df8-030d-4450-afff-1c06a9323157','38936449-bda7-4006-9841-8fc63c20695d','files','4f69a1d7-8677-4d5f-be4a-f701cb72fe29','4f69a1d7-8677-4d5f-be4a-f701cb72fe29','b.txt','text/plain',NULL,NULL,'936a185caaa266bb9cbe981e9e05cb78cd732b0b3280eb944412bb6f8f8f07af',1.79577885214082789422e+09,NULL);
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
	PRIMARY KEY (upload_id, number), 
	FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "parts" VALUES('4f69a1d7-8677-4d5f-be4a-f701cb72fe29',0,'plane-5@0',5,'b5e9c1ad071b3e7fc779cfaa5e523818',0);
INSERT INTO "parts" VALUES('4f69a1d7-8677-4d5f-be4a-f701cb72fe29',1,'plane-8@8',5,'fa0d38a9b38280d0891e4985bdb2583e',0);
INSERT INTO "parts" VALUES('78c8ba73-091e-456d-9cdc-de26bd279df2',0,'aside-fa73d2f576784278ba946abdeef2540e@0',5,'b5e9c1ad071b3e7fc779cfaa5e523818',0);
INSERT INTO "parts" VALUES('9d5c549b-1c8c-40a3-aaec-0f481fe65319',0,'aside-4a6cfa2d8ce04dfab0813d0ef68000e1@0',4,'5781379cfc6f3867e3b856fed11ded31',0);
INSERT INTO "parts" VALUES('c822c74f-a8d7-42b3-bed8-90db8c68e8f3',0,'plane-8@0',5,'c9cbc8166703d7b011d9552b2b5188a5',0);
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
	PRIMARY KEY (id), 
	FOREIGN KEY(pinned) REFERENCES blobs (sha256)
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
	revoked_at DOUBLE, session_id TEXT REFERENCES sessions (id), 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES users (id), 
	UNIQUE (digest)
);
INSERT INTO "tokens" VALUES('6be1149c-75ab-43dd-9c39-15a69252e44f','38936449-bda7-4006-9841-8fc63c20695d','0cddfc632e252f89b9b6df18b5d73d029b8dd2075e949392b8fc3f701dd37fdb','delete read write',1.7957788519215550423e+09,NULL,NULL,NULL);
CREATE TABLE tombstones (
	owner TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	buried_at DOUBLE NOT NULL, 
	PRIMARY KEY (owner, identifier)
);
INSERT INTO "tombstones" VALUES('38936449-bda7-4006-9841-8fc63c20695d','555cc7aa-9312-4ac0-9141-190fa0777736',1.79577885212682223326e+09);
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
	completed_by INTEGER, ended_at DOUBLE, address TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('78c8ba73-091e-456d-9cdc-de26bd279df2','38936449-bda7-4006-9841-8fc63c20695d','files','78c8ba73-091e-456d-9cdc-de26bd279df2','a.txt',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,5,5,1.79577885210583329195e+09,1.79586525210915398599e+09,1,'host-4179-a25e88c5',1.7957788571091539859e+09,0,5,'2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',NULL,NULL,1.79577885711076712608e+09,'29c50b69-6ab2-41a7-85f8-3e2b75dbd59c',NULL,1.79577885210583329195e+09,NULL);
INSERT INTO "uploads" VALUES('9d5c549b-1c8c-40a3-aaec-0f481fe65319','38936449-bda7-4006-9841-8fc63c20695d','files','9d5c549b-1c8c-40a3-aaec-0f481fe65319','gone.txt',NULL,NULL,1,NULL,NULL,NULL,1099511627776,0,'sealed',0,1,4,4,1.79577885211828207974e+09,1.79586525212074184414e+09,1,'host-4179-a25e88c5',1.79577885712074184418e+09,0,4,'283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247',NULL,NULL,1.79577885712149024014e+09,'555cc7aa-9312-4ac0-9141-190fa0777736',NULL,1.79577885211828207974e+09,NULL);
INSERT INTO "uploads" VALUES('4f69a1d7-8677-4d5f-be4a-f701cb72fe29','38936449-bda7-4006-9841-8fc63c20695d','files','4f69a1d7-8677-4d5f-be4a-f701cb72fe29','b.txt',NULL,10,2,NULL,NULL,NULL,1099511627776,0,'sealed',0,2,10,5,1.79577885212908053402e+09,1.79586525213617157932e+09,1,'host-4179-a25e88c5',1.79577885713617157936e+09,0,10,'936a185caaa266bb9cbe981e9e05cb78cd732b0b3280eb944412bb6f8f8f07af',NULL,NULL,1.79577885713810467714e+09,'16ab5df8-030d-4450-afff-1c06a9323157',NULL,1.79577885212908053402e+09,NULL);
INSERT INTO "uploads" VALUES('c822c74f-a8d7-42b3-bed8-90db8c68e8f3','38936449-bda7-4006-9841-8fc63c20695d','files','c822c74f-a8d7-42b3-bed8-90db8c68e8f3','c.txt',NULL,10,2,NULL,NULL,NULL,1099511627776,0,'open',0,1,5,5,1.79577885214291977887e+09,1.79586525214554142953e+09,0,'host-4179-a25e88c5',1.79577885714554142957e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE usage (
	owner TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	files BIGINT NOT NULL, 
	PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('38936449-bda7-4006-9841-8fc63c20695d',15,2);
CREATE TABLE users (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	password TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	admin INTEGER NOT NULL, 
	disabled INTEGER NOT NULL, 
	created_at DOUBLE NOT NULL, quota_bytes BIGINT, quota_files BIGINT, quota_uploads BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "users" VALUES('38936449-bda7-4006-9841-8fc63c20695d','alice','$argon2id$v=19$m=65536,t=3,p=4$v9xIYmpFLZPIv0ZCUTpywg$ZQafllECxd5g7x9spp+mzUt9qGmtiJaJI9RFIgBPbvA','normal',0,0,1.79577885056447958942e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('c3cda3b7-13dd-491a-bf8d-d6dc48b8a55e','bob','$argon2id$v=19$m=65536,t=3,p=4$W3X6nQTWc7Sa6Qmc5bacQQ$P7enxUQ/z7B9BYhiDWYB8hdXsQEgP6f+OeFLyLyauUE','normal',1,0,1.7957788512901725769e+09,NULL,NULL,NULL);
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE UNIQUE INDEX one_live_upload_per_key ON uploads (owner, dialect, client_key) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_by_key ON uploads (owner, dialect, client_key, opened_at);
CREATE INDEX uploads_by_state ON uploads (state, expires_at);
CREATE INDEX files_by_key ON files (owner, dialect, client_key);
CREATE INDEX files_by_owner ON files (owner, created_at);
CREATE INDEX files_by_upload ON files (upload_id);
CREATE INDEX files_in_trash ON files (trashed_at);
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);
CREATE INDEX chain_blocks ON chain_transactions (network, height);
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE INDEX limits_by_time ON limits (since);
CREATE UNIQUE INDEX one_live_publication ON publications (owner, method, sha256, network, address, operation, path, content_type, name) WHERE completed_at IS NULL AND failed_at IS NULL;
CREATE INDEX publications_by_address ON publications (owner, network, address, method, created_at);
CREATE INDEX publications_by_content ON publications (sha256, network, address, operation, path, content_type, name);
CREATE INDEX publications_by_day ON publications (network, prepared_at);
CREATE INDEX publications_by_pin ON publications (pinned);
CREATE INDEX publications_completed ON publications (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX publications_due ON publications (worker_until) WHERE completed_at IS NULL AND failed_at IS NULL;
CREATE INDEX publications_failed ON publications (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX plans_by_role ON plans (publication_id, role);
CREATE INDEX plans_by_transaction ON plans (txid);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX refreshes_by_session ON refreshes (session_id);
CREATE INDEX tokens_by_session ON tokens (session_id);
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX proofs_by_end ON proofs (expires_at);
CREATE INDEX proofs_by_user ON proofs (user_id);
CREATE INDEX files_by_blob ON files (sha256, created_at);
CREATE INDEX files_by_owner_and_blob ON files (owner, sha256, created_at);
CREATE INDEX live_uploads_by_address ON uploads (owner, address) WHERE address IS NOT NULL AND state IN ('open', 'sealing', 'placing');
CREATE INDEX reservations_by_owner ON reservations (owner, until);
COMMIT;
PRAGMA user_version = 9;
