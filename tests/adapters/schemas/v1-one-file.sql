BEGIN TRANSACTION;
CREATE TABLE about (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('instance','e8a0b321-5f1f-4110-966e-3747db06069e');
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
INSERT INTO "blobs" VALUES('79f076abdd19a752db7267bfff2f9022161d120dea919fdaca2ffdfc24ca8c96','4d8b6084f3d167b76cac66a22a91be02',4,'79/f0/79f076abdd19a752db7267bfff2f9022161d120dea919fdaca2ffdfc24ca8c96-90094e2e-c269-411f-bbc2-ff978101ac7f',NULL,0);
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
INSERT INTO "files" VALUES('e2dd2951-8329-4241-8b1e-cda59f4a6574','24a5f89b-46bf-49ef-be1c-52932af043f7','files','90094e2e-c269-411f-bbc2-ff978101ac7f','90094e2e-c269-411f-bbc2-ff978101ac7f','a.txt','text/plain',NULL,NULL,'79f076abdd19a752db7267bfff2f9022161d120dea919fdaca2ffdfc24ca8c96',1.79526181945316910737e+09,NULL);
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
INSERT INTO "parts" VALUES('90094e2e-c269-411f-bbc2-ff978101ac7f',0,'plane-4@0',4,'08e76caad90e9fa0549fa71b4b204507',0);
CREATE TABLE tokens (
	id TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE, 
	revoked_at DOUBLE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES users (id), 
	UNIQUE (digest)
);
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
	PRIMARY KEY (id)
);
INSERT INTO "uploads" VALUES('90094e2e-c269-411f-bbc2-ff978101ac7f','24a5f89b-46bf-49ef-be1c-52932af043f7','files','90094e2e-c269-411f-bbc2-ff978101ac7f','a.txt',NULL,4,1,NULL,NULL,NULL,100,1,'sealed',0,1,4,4,1.79526181944679427151e+09,1.79534821944895386699e+09,1,'vm-21994-4fa552eb',1.79526182444895386703e+09,0,4,'79f076abdd19a752db7267bfff2f9022161d120dea919fdaca2ffdfc24ca8c96','4d8b6084f3d167b76cac66a22a91be02',NULL,1.79526182445027184487e+09,'e2dd2951-8329-4241-8b1e-cda59f4a6574',NULL);
CREATE TABLE users (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	password TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	admin INTEGER NOT NULL, 
	disabled INTEGER NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "users" VALUES('24a5f89b-46bf-49ef-be1c-52932af043f7','alice','$argon2id$v=19$m=65536,t=3,p=4$CMxXo6+2cxl56UOMmw5Ciw$I4g9ag+z53yw/TiA/h1ml7w361CrJ68/xJc/fbJiul4','normal',0,0,1.79526181944503712651e+09);
CREATE TABLE variants (
	source TEXT NOT NULL, 
	recipe TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	PRIMARY KEY (source, recipe), 
	FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE, 
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE UNIQUE INDEX one_live_upload_per_key ON uploads (owner, dialect, client_key) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_by_key ON uploads (owner, dialect, client_key, opened_at);
CREATE INDEX uploads_by_state ON uploads (state, expires_at);
CREATE INDEX files_by_blob ON files (sha256);
CREATE INDEX files_by_key ON files (owner, dialect, client_key, created_at);
CREATE INDEX files_by_owner ON files (owner, created_at);
CREATE INDEX files_by_upload ON files (upload_id);
CREATE INDEX files_in_trash ON files (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX variants_by_blob ON variants (sha256);
COMMIT;
PRAGMA user_version = 1;
