-- Written by a server of commit 2871ea2 that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','7fd13695-b673-443a-86bf-1d3ec079410b');
INSERT INTO "about" VALUES('wallet','02caf874799f8f56d2223b35ff47cc0912c84ecf020751f50fe4fa421934f502a7');
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
INSERT INTO "audit" VALUES('ec910dca-c4ea-4aa8-8110-b2ab91e87202',1.79579294253700971597e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('35998142-f64a-422c-b85d-c68099fa9406',1.79579294325752806659e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('9f08d809-3b09-497f-b0bd-9671c652f289',1.79579294410464835162e+09,'operator','command line','add user','bob','normal');
INSERT INTO "audit" VALUES('607107d0-7729-4dcc-bfb2-37304b6a34c5',1.79579294485905957218e+09,'operator','command line','create token','bob','delete read write');
INSERT INTO "audit" VALUES('25208f0c-4183-4d8e-b306-8ed33e31ed04',1.7957929456055839062e+09,'operator','command line','operate wallet','','1 new coins');
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
INSERT INTO "blobs" VALUES('ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5','62a32322020cc57edd62f44a016d7745',100,'aa/0c/aa0c5191-2c3c-45a4-b0d2-2e45d9ec155f',NULL,0);
INSERT INTO "blobs" VALUES('d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',NULL,11,'05/c4/05c428fa-8b1c-4cf1-9ab7-bd7427137d6c',NULL,0);
CREATE TABLE chain_heights (
	network TEXT NOT NULL, 
	height INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (network, height)
);
INSERT INTO "chain_heights" VALUES('embedded-mainnet',1,'6704f51e631aa96b1a2af50b14b1c1df9a6359389d417051a1f151775bfd1061');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',2,'f56dffcf7250b9eddf60931aaf6cbfe9101302102b428b15b49da73e2cbdc6f9');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',3,'c866ed1aaace88260c611eb0c07d3bb61010335220004e731a599f0852005a20');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',4,'fe37e49f0ef3034f5308f12c7ef336f313cfde9f8027b56134fd8ed251e779f6');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',5,'0a7692dc3cb17346afa863f6bd088324e2fba73e3b0def693b0c027a8752e7ad');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',6,'419d1ddfa5dd83bc2ba3aac110b84692207e94a5aa3d2e8df09a56a609af7d50');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',7,'82da7ab5aa48ae2ba912a5a1e836fbe2476fc91f0c41f190aa71beb188d29f5d');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',8,'4076e0ecd38b0fe291aaa99e416f49613c8b1b3a094a756fe4800822f2145e8c');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',9,'7696649fa684c04dab0df4112e8c423a668e23de7af04f5f858e856bb7d7360c');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',10,'a8aac5e423addea9f398e64205244d440a030e9119c3e12d210935c8dcf9ff0c');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',11,'d271f5b45628fcc07188a644491a460c5352c23993603c200c5e2d792ff2f2f6');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',12,'e38c83ccf7b4a73b5d09b11da083522c80c3409adaf084f79708c5b0d2005bfc');
CREATE TABLE chain_outputs (
	network TEXT NOT NULL, 
	txid TEXT NOT NULL, 
	vout INTEGER NOT NULL, 
	value BIGINT NOT NULL, 
	script BLOB NOT NULL, 
	spent_by TEXT, 
	PRIMARY KEY (network, txid, vout)
);
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','a09848d02cc3b74c82b525caf9cd0d1fc8f7d8d0c17f9fb07e195796763479ab',0,10000000000,X'76A914C18759DA87F4124225478EF36A4B8A4513A7EF8488AC','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f');
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f',0,1,X'76A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC',NULL);
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f',2,9999999711,X'76A914C18759DA87F4124225478EF36A4B8A4513A7EF8488AC',NULL);
CREATE TABLE chain_transactions (
	network TEXT NOT NULL, 
	txid TEXT NOT NULL, 
	height INTEGER, 
	raw BLOB NOT NULL, 
	PRIMARY KEY (network, txid)
);
INSERT INTO "chain_transactions" VALUES('embedded-mainnet','a09848d02cc3b74c82b525caf9cd0d1fc8f7d8d0c17f9fb07e195796763479ab',1,X'0A000000010000000000000000000000000000000000000000000000000000000000000000FFFFFFFF212038DF169FB760540B3E080CB741AD2B7C3223C9C379A199F7387BA4A36F5E6436FFFFFFFF0100E40B54020000001976A914C18759DA87F4124225478EF36A4B8A4513A7EF8488AC00000000');
INSERT INTO "chain_transactions" VALUES('embedded-mainnet','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f',7,X'0A00000001AB7934769657197EB09F7FC1D0D8F7C81F0DCDF9CA25B5824CB7C32CD04898A0000000006A4730440220418ABE553FF7B1FBC64F0E22C1699E71EDF257D37945234F7621CF6094954B0D02201B09E50DE2CC6638278C59AF8206251438339CC1A8B84BB735C7CC5814993947412102CAF874799F8F56D2223B35FF47CC0912C84ECF020751F50FE4FA421934F502A7FFFFFFFF0301000000000000001976A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC000000000000000035006A066D657461696406637265617465052F66696C65013005312E302E300A746578742F706C61696E0B68656C6C6F20636861696EDFE20B54020000001976A914C18759DA87F4124225478EF36A4B8A4513A7EF8488AC00000000');
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
INSERT INTO "coins" VALUES('embedded-mainnet','a09848d02cc3b74c82b525caf9cd0d1fc8f7d8d0c17f9fb07e195796763479ab',0,10000000000,'spent','task_af88b3f70a027ee9c853db841d6730ac');
INSERT INTO "coins" VALUES('embedded-mainnet','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f',2,9999999711,'free',NULL);
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
INSERT INTO "files" VALUES('a59e3ba3-f236-4169-bc8c-79452b8e494a','c3c50b67-d5e8-4069-b2fe-95a6b2bef898','scratch','one','aa0c5191-2c3c-45a4-b0d2-2e45d9ec155f','one.txt','text/plain',NULL,NULL,'ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5',1.79579294501691436765e+09,NULL);
INSERT INTO "files" VALUES('657638ac-a46d-4a6f-bbf5-3903aff9eb67','anonymous','metaid','05c428fa-8b1c-4cf1-9ab7-bd7427137d6c','05c428fa-8b1c-4cf1-9ab7-bd7427137d6c','a.txt','text/plain',NULL,NULL,'d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',1.79579294715455937384e+09,NULL);
CREATE TABLE limits (
	bucket TEXT NOT NULL, 
	client TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	hits INTEGER NOT NULL, 
	PRIMARY KEY (bucket, client)
);
INSERT INTO "limits" VALUES('direct','127.0.0.1',1795792920.0,1);
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
INSERT INTO "parts" VALUES('05c428fa-8b1c-4cf1-9ab7-bd7427137d6c',0,'aside-31ab5ceddc3f43f982ee5bcc68774313@0',11,'497088471e1676b4c9aaebc1e9626d3a',0,NULL);
INSERT INTO "parts" VALUES('9cd6b771-321c-49a6-bbd7-a718bd08a32d',0,'plane-40@0',40,'cb1de4789a4c2ff467ddec5f3afe14cf',0,NULL);
INSERT INTO "parts" VALUES('aa0c5191-2c3c-45a4-b0d2-2e45d9ec155f',0,'plane-50@0',50,'db44d32d957945fc34ad675bc0328441',0,NULL);
INSERT INTO "parts" VALUES('aa0c5191-2c3c-45a4-b0d2-2e45d9ec155f',1,'plane-50@50',50,'f95b8dec4de242e9067db21b3c437b89',0,NULL);
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
INSERT INTO "plans" VALUES('task_af88b3f70a027ee9c853db841d6730ac',0,'pin','d946a6d02c6e21cf96b275c015aba53ebbe63d0ec409637d2ad76de30337ed9f',X'0A00000001AB7934769657197EB09F7FC1D0D8F7C81F0DCDF9CA25B5824CB7C32CD04898A0000000006A4730440220418ABE553FF7B1FBC64F0E22C1699E71EDF257D37945234F7621CF6094954B0D02201B09E50DE2CC6638278C59AF8206251438339CC1A8B84BB735C7CC5814993947412102CAF874799F8F56D2223B35FF47CC0912C84ECF020751F50FE4FA421934F502A7FFFFFFFF0301000000000000001976A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC000000000000000029006A066D657461696406637265617465052F66696C65013005312E302E300A746578742F706C61696EDFE20B54020000001976A914C18759DA87F4124225478EF36A4B8A4513A7EF8488AC00000000',1,0,11,1.79579294716202592843e+09,NULL,NULL);
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
INSERT INTO "publications" VALUES('task_af88b3f70a027ee9c853db841d6730ac','anonymous','127.0.0.1','embedded-mainnet','1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9','create','/file','text/plain','a.txt',1,'direct','d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',11,'657638ac-a46d-4a6f-bbf5-3903aff9eb67','d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec','completed',100,'',289,1.79579294715900301938e+09,1.79579294716041731839e+09,0,'task_af88b3f70a027ee9c853db841d6730ac',NULL,1795792952.15574,1795792947.15574,1.79579294716202592843e+09,1.79579294716202592843e+09,NULL,1.79579294716041731839e+09,NULL,0,0.0,NULL);
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
INSERT INTO "tokens" VALUES('1a19f941-c9be-42f9-85fc-a205c937c539','c3c50b67-d5e8-4069-b2fe-95a6b2bef898','5724113e830dae98048c77ae92c2fcaefa360633c08a7a5a9e98ba2e0feb8b7f','delete read write',1.79579294325577402111e+09,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('3a22a955-9c3b-416a-aadd-a1828c22e62b','e38ac473-8934-4409-9517-43059baeb09c','53f321ec5b21e5b837da460db6d26589b9486b33e88dc3723516f777d08d0d53','delete read write',1.79579294485716891294e+09,NULL,NULL,NULL);
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
INSERT INTO "uploads" VALUES('aa0c5191-2c3c-45a4-b0d2-2e45d9ec155f','c3c50b67-d5e8-4069-b2fe-95a6b2bef898','scratch','one','one.txt','text/plain',100,2,NULL,NULL,NULL,104857600,1,'sealed',0,2,100,50,1.79579294500288701055e+09,1.79587934501065611845e+09,1,'vm-22319-bd1561bb',1.79579295001065611836e+09,0,100,'ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5','62a32322020cc57edd62f44a016d7745',NULL,1.79579295001197910305e+09,'a59e3ba3-f236-4169-bc8c-79452b8e494a',1,1.79579294501691436765e+09,NULL);
INSERT INTO "uploads" VALUES('9cd6b771-321c-49a6-bbd7-a718bd08a32d','c3c50b67-d5e8-4069-b2fe-95a6b2bef898','scratch','two','two.txt',NULL,80,2,NULL,NULL,NULL,104857600,1,'open',0,1,40,40,1.79579294502058100699e+09,1.795879345023653984e+09,0,'vm-22319-bd1561bb',1.79579295517862868314e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('05c428fa-8b1c-4cf1-9ab7-bd7427137d6c','anonymous','metaid','05c428fa-8b1c-4cf1-9ab7-bd7427137d6c','a.txt','text/plain',NULL,1,NULL,NULL,NULL,5242880,0,'sealed',0,1,11,11,1.79579294714702320098e+09,1.79587934715023875235e+09,1,'vm-22319-bd1561bb',1.79579295215023875239e+09,0,11,'d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',NULL,NULL,1.79579295215119767183e+09,'657638ac-a46d-4a6f-bbf5-3903aff9eb67',NULL,1.79579294715455937384e+09,'127.0.0.1');
CREATE TABLE usage (
	owner TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	files BIGINT NOT NULL, 
	PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('c3c50b67-d5e8-4069-b2fe-95a6b2bef898',100,1);
INSERT INTO "usage" VALUES('anonymous',11,1);
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
INSERT INTO "users" VALUES('c3c50b67-d5e8-4069-b2fe-95a6b2bef898','alice','$argon2id$v=19$m=65536,t=3,p=4$qwTgcJLy04J60AlTkVPFYQ$096aOOUjJYWoACknyIfg9Ac78zUxKtchjiAjxOAF6GI','normal',0,0,1.79579294253502726556e+09,NULL,NULL,NULL);
INSERT INTO "users" VALUES('e38ac473-8934-4409-9517-43059baeb09c','bob','$argon2id$v=19$m=65536,t=3,p=4$1mUdu9ME1u17FxDCdRJkuA$svJg2uYoZxYzbZ8U/owjJpL5hqS0xMdsR3d2WbUgPHU','normal',0,0,1.79579294410298395158e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[6, "419d1ddfa5dd83bc2ba3aac110b84692207e94a5aa3d2e8df09a56a609af7d50"]]','vm-22319-bd1561bb',1.79579296185732865337e+09);
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
