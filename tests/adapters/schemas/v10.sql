-- Written by a server of commit 2871ea2 that was called over HTTP.
BEGIN TRANSACTION;
CREATE TABLE about (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','726cd119-817f-4646-8365-9e06ca5eeff9');
INSERT INTO "about" VALUES('wallet','02473e09ece372cb7433d768f91b440f2ecfc3ee7ee06373c7e2b0a5aef2613d97');
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
INSERT INTO "audit" VALUES('300e5a08-757f-4a06-a798-1659713fae98',1.79579176712237024307e+09,'operator','command line','add user','alice','normal');
INSERT INTO "audit" VALUES('76f3f6b9-3fc0-40ce-ae17-e11e4119a85f',1.79579176780454945563e+09,'operator','command line','create token','alice','delete read write');
INSERT INTO "audit" VALUES('37708823-914a-438b-b238-29c4e99634ac',1.7957917685644085407e+09,'operator','command line','operate wallet','','1 new coins');
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
INSERT INTO "blobs" VALUES('ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5','62a32322020cc57edd62f44a016d7745',100,'0b/1d/0b1d0a9c-c283-4aa5-86d9-41a063e54001',NULL,0);
INSERT INTO "blobs" VALUES('d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',NULL,11,'b8/67/b867c4e0-c183-4808-83ec-2d10b0e78ddc',NULL,0);
CREATE TABLE chain_heights (
	network TEXT NOT NULL, 
	height INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (network, height)
);
INSERT INTO "chain_heights" VALUES('embedded-mainnet',1,'a6e8ac96262825d48f47a60202f6651690a9c2759fb2ca0253ed686ccc084c37');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',2,'06d064f954c5f69fa76c2804f5a097ab733d30d4889c93294795bfbe6326047e');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',3,'1b80d7b2823b93e24846924b74e7bc63cac0263a42cef47c56759c6a022d1e9d');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',4,'5f299c25a9ea9bcb9c7dbd2ae9868a87855a7f7ad7946d19049677941a5db016');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',5,'3493439d6385e4af79d638916875da601964346b35d408b08e21aa32bf25427b');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',6,'cbc4b692b5a218cdfb3df675f862e8b356e56e31d416560bde18fb9fb4459459');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',7,'4228ec34ce2adf483003fad77b4dbe9410394c36768915e360717463ca317085');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',8,'a697dcd4cbfaa78bbf38634158c7c1e8aca1923271a5c09bbeb8cbdae9494362');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',9,'8ef6b18229529f9a8c406950b6b5b7038e184ac12060500ed956fc9a236042ed');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',10,'e281ad7a9d8d90f33e4abd95a863ff1f7871487933d4fb5310085b55ed0360f5');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',11,'75c75942c0e8177753bd63fab994c7a3ea6d57f9b436992b619c530b93c5180c');
INSERT INTO "chain_heights" VALUES('embedded-mainnet',12,'3bb98224fc59b490332acd7ebe5fda69f25d1c48cffd137485b53b62d12d6f22');
CREATE TABLE chain_outputs (
	network TEXT NOT NULL, 
	txid TEXT NOT NULL, 
	vout INTEGER NOT NULL, 
	value BIGINT NOT NULL, 
	script BLOB NOT NULL, 
	spent_by TEXT, 
	PRIMARY KEY (network, txid, vout)
);
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','0d7372ddf38cdf287cf898a0d75ba52133be77a56d1cb24d81b2513d8366598c',0,10000000000,X'76A91439270B07194AF28638EADBC29912C17D37892C8988AC','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c');
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c',0,1,X'76A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC',NULL);
INSERT INTO "chain_outputs" VALUES('embedded-mainnet','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c',2,9999999711,X'76A91439270B07194AF28638EADBC29912C17D37892C8988AC',NULL);
CREATE TABLE chain_transactions (
	network TEXT NOT NULL, 
	txid TEXT NOT NULL, 
	height INTEGER, 
	raw BLOB NOT NULL, 
	PRIMARY KEY (network, txid)
);
INSERT INTO "chain_transactions" VALUES('embedded-mainnet','0d7372ddf38cdf287cf898a0d75ba52133be77a56d1cb24d81b2513d8366598c',1,X'0A000000010000000000000000000000000000000000000000000000000000000000000000FFFFFFFF21203D0BB427F77ED4144985A71878941D6A7D460E1B8F6AB5795135A4B01FC36275FFFFFFFF0100E40B54020000001976A91439270B07194AF28638EADBC29912C17D37892C8988AC00000000');
INSERT INTO "chain_transactions" VALUES('embedded-mainnet','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c',7,X'0A000000018C5966833D51B2814DB21C6DA577BE3321A55BD7A098F87C28DF8CF3DD72730D000000006B483045022100C131840C38221A28099704473BE7587946490852ACF6B3B10176D692F0A3DFFE02207E37C3060C7881878678C2B0B037A51471687A30F53C9FF65D70BE866B955921412102473E09ECE372CB7433D768F91B440F2ECFC3EE7EE06373C7E2B0A5AEF2613D97FFFFFFFF0301000000000000001976A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC000000000000000035006A066D657461696406637265617465052F66696C65013005312E302E300A746578742F706C61696E0B68656C6C6F20636861696EDFE20B54020000001976A91439270B07194AF28638EADBC29912C17D37892C8988AC00000000');
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
INSERT INTO "coins" VALUES('embedded-mainnet','0d7372ddf38cdf287cf898a0d75ba52133be77a56d1cb24d81b2513d8366598c',0,10000000000,'spent','task_a901b98f578d4bf8b0941225b3208d3b');
INSERT INTO "coins" VALUES('embedded-mainnet','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c',2,9999999711,'free',NULL);
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
INSERT INTO "files" VALUES('db1f0056-ed98-4b6c-8a0f-f2122e90e279','bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66','scratch','one','0b1d0a9c-c283-4aa5-86d9-41a063e54001','one.txt','text/plain',NULL,NULL,'ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5',1.79579176796282410618e+09,NULL);
INSERT INTO "files" VALUES('e5227ff5-b2ff-4dfa-b894-836ff93a1af0','anonymous','metaid','b867c4e0-c183-4808-83ec-2d10b0e78ddc','b867c4e0-c183-4808-83ec-2d10b0e78ddc','a.txt','text/plain',NULL,NULL,'d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',1795791770.0208,NULL);
CREATE TABLE limits (
	bucket TEXT NOT NULL, 
	client TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	hits INTEGER NOT NULL, 
	PRIMARY KEY (bucket, client)
);
INSERT INTO "limits" VALUES('direct','127.0.0.1',1795791720.0,1);
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
INSERT INTO "parts" VALUES('0b1d0a9c-c283-4aa5-86d9-41a063e54001',0,'plane-50@0',50,'db44d32d957945fc34ad675bc0328441',0,NULL);
INSERT INTO "parts" VALUES('0b1d0a9c-c283-4aa5-86d9-41a063e54001',1,'plane-50@50',50,'f95b8dec4de242e9067db21b3c437b89',0,NULL);
INSERT INTO "parts" VALUES('68e2f559-f611-4b91-aa27-e71e8bc3490d',0,'plane-40@0',40,'cb1de4789a4c2ff467ddec5f3afe14cf',0,NULL);
INSERT INTO "parts" VALUES('b867c4e0-c183-4808-83ec-2d10b0e78ddc',0,'aside-9a43426fac704843a66747c54e7461e6@0',11,'497088471e1676b4c9aaebc1e9626d3a',0,NULL);
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
INSERT INTO "plans" VALUES('task_a901b98f578d4bf8b0941225b3208d3b',0,'pin','9884e81c8c9062ddec2a9853730a73700f906e16e32c3d0f949445c16d8b9e4c',X'0A000000018C5966833D51B2814DB21C6DA577BE3321A55BD7A098F87C28DF8CF3DD72730D000000006B483045022100C131840C38221A28099704473BE7587946490852ACF6B3B10176D692F0A3DFFE02207E37C3060C7881878678C2B0B037A51471687A30F53C9FF65D70BE866B955921412102473E09ECE372CB7433D768F91B440F2ECFC3EE7EE06373C7E2B0A5AEF2613D97FFFFFFFF0301000000000000001976A914FC7250A211DEDDC70EE5A2738DE5F07817351CEF88AC000000000000000029006A066D657461696406637265617465052F66696C65013005312E302E300A746578742F706C61696EDFE20B54020000001976A91439270B07194AF28638EADBC29912C17D37892C8988AC00000000',1,0,11,1.7957917700404291153e+09,7,'4228ec34ce2adf483003fad77b4dbe9410394c36768915e360717463ca317085');
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
INSERT INTO "publications" VALUES('task_a901b98f578d4bf8b0941225b3208d3b','anonymous','127.0.0.1','embedded-mainnet','1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9','create','/file','text/plain','a.txt',1,'direct','d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',11,'e5227ff5-b2ff-4dfa-b894-836ff93a1af0',NULL,'completed',100,'',289,1.79579177003248333932e+09,1.79579177003416323669e+09,0,'task_a901b98f578d4bf8b0941225b3208d3b',NULL,1795791775.02232,1795791770.02232,1.7957917700404291153e+09,1.7957917700404291153e+09,NULL,1.79579177003416323669e+09,1.79579177135001611708e+09,0,0.0,NULL);
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
INSERT INTO "tokens" VALUES('c24e59f9-e059-45d4-9025-b5244c6aacbc','bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66','330159b633f5abf95880980358b3222d9ffcc00858207d0e784d3b3b1decbe90','delete read write',1.79579176780228090288e+09,NULL,NULL,NULL);
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
INSERT INTO "uploads" VALUES('0b1d0a9c-c283-4aa5-86d9-41a063e54001','bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66','scratch','one','one.txt','text/plain',100,2,NULL,NULL,NULL,104857600,1,'sealed',0,2,100,50,1.7957917679333708286e+09,1.79587816794812035565e+09,1,'vm-11361-db589d52',1.79579177294812035556e+09,0,100,'ae68253a475edb0dfcc37e3e60da989e667879ab45e8a4fa17de540a4435c0d5','62a32322020cc57edd62f44a016d7745',NULL,1.79579177295104312891e+09,'db1f0056-ed98-4b6c-8a0f-f2122e90e279',1,1.79579176796282410618e+09,NULL);
INSERT INTO "uploads" VALUES('68e2f559-f611-4b91-aa27-e71e8bc3490d','bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66','scratch','two','two.txt',NULL,80,2,NULL,NULL,NULL,104857600,1,'open',0,1,40,40,1.79579176796640419965e+09,1.7958781679711949825e+09,0,'vm-11361-db589d52',1.79579177812885880469e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "uploads" VALUES('b867c4e0-c183-4808-83ec-2d10b0e78ddc','anonymous','metaid','b867c4e0-c183-4808-83ec-2d10b0e78ddc','a.txt','text/plain',NULL,1,NULL,NULL,NULL,5242880,0,'sealed',0,1,11,11,1.79579176999240517614e+09,1.79587817000315928461e+09,1,'vm-11361-db589d52',1.79579177500315928465e+09,0,11,'d5dc4f7553a856b1d329594fc25bce0426d3c24bb45ba80f5c1ca15853b952ec',NULL,NULL,1.79579177500635266302e+09,'e5227ff5-b2ff-4dfa-b894-836ff93a1af0',NULL,1795791770.0208,'127.0.0.1');
CREATE TABLE usage (
	owner TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	files BIGINT NOT NULL, 
	PRIMARY KEY (owner)
);
INSERT INTO "usage" VALUES('bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66',100,1);
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
INSERT INTO "users" VALUES('bbaabed5-9fd2-4fb1-ab38-ad959d1bbd66','alice','$argon2id$v=19$m=65536,t=3,p=4$lzZYzR3FY//EhgZxPXtBcg$dMSFtrXcifAsG1t6ot8Yi9hdVlwzshIGqZirzpUC1ps','normal',0,0,1.79579176711790037155e+09,NULL,NULL,NULL);
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
INSERT INTO "watches" VALUES('embedded-mainnet','[[12, "3bb98224fc59b490332acd7ebe5fda69f25d1c48cffd137485b53b62d12d6f22"]]','vm-11361-db589d52',1.79579178634150457387e+09);
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
