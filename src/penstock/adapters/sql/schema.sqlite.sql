CREATE TABLE about (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);
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
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_failures ON audit (at) WHERE outcome IN ('wrong', 'wrong code');
CREATE TABLE blobs (
    sha256 TEXT NOT NULL,
    md5 TEXT,
    size BIGINT NOT NULL,
    location TEXT NOT NULL,
    condemned_at DOUBLE,
    damaged INTEGER NOT NULL,
    crc32 BIGINT,
    PRIMARY KEY (sha256),
    UNIQUE (location)
);
CREATE INDEX blobs_by_md5 ON blobs (md5, size);
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE condemned_at IS NOT NULL;
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
CREATE INDEX chain_outputs_by_script ON chain_outputs (network, script);
CREATE TABLE chain_transactions (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    height INTEGER,
    raw BLOB NOT NULL,
    PRIMARY KEY (network, txid)
);
CREATE INDEX chain_blocks ON chain_transactions (network, height);
CREATE TABLE coins (
    network TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    value BIGINT NOT NULL,
    state TEXT NOT NULL,
    publication_id TEXT,
    PRIMARY KEY (network, txid, vout)
);
CREATE INDEX coins_by_publication ON coins (publication_id, state);
CREATE INDEX coins_by_state ON coins (network, state, value);
CREATE TABLE deliveries (
    id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    since DOUBLE NOT NULL,
    at DOUBLE NOT NULL,
    tries INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    why TEXT NOT NULL,
    seconds DOUBLE NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, since, id);
CREATE TABLE events (
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    subject TEXT NOT NULL,
    at DOUBLE NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (number)
);
CREATE INDEX events_by_owner ON events (owner, number);
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
CREATE INDEX folders_at_work ON folders (trashed_with, id) WHERE work IS NOT NULL;
CREATE INDEX folders_by_name ON folders (owner, parent, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX folders_trashed ON folders (owner, trashed_at, id) WHERE trashed_at IS NOT NULL AND trashed_with = id;
CREATE INDEX folders_trashed_with ON folders (trashed_with, parent) WHERE trashed_with IS NOT NULL;
CREATE TABLE fragments (
    fragment BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (fragment, number)
)
 WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    repair INTEGER NOT NULL,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at DOUBLE NOT NULL,
    ended_at DOUBLE,
    progress TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE limits (
    bucket TEXT NOT NULL,
    client TEXT NOT NULL,
    since DOUBLE NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (bucket, client)
);
CREATE INDEX limits_by_time ON limits (since);
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
CREATE INDEX outbox_by_subject ON outbox (subject, number);
CREATE INDEX outbox_due ON outbox (destination, due_at);
CREATE TABLE replies (
    owner TEXT NOT NULL,
    "key" TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER,
    answer TEXT,
    since DOUBLE NOT NULL,
    PRIMARY KEY (owner, "key")
);
CREATE INDEX replies_by_age ON replies (owner, since);
CREATE INDEX replies_by_time ON replies (since);
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
CREATE INDEX reservations_by_owner ON reservations (owner, until);
CREATE TABLE samples (
    minute BIGINT NOT NULL,
    process TEXT NOT NULL,
    requests BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    came BIGINT NOT NULL,
    went BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    free BIGINT,
    stored BIGINT NOT NULL,
    PRIMARY KEY (minute, process)
)
 WITHOUT ROWID;
CREATE TABLE secrets (
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE shares (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    owner TEXT NOT NULL,
    item TEXT NOT NULL,
    of_folder INTEGER NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    password TEXT,
    most BIGINT,
    downloads BIGINT NOT NULL,
    revoked_at DOUBLE,
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX shares_by_owner ON shares (owner, created_at, id);
CREATE TABLE stale_names (
    number BIGINT NOT NULL,
    owner TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (number, owner, folded)
)
 WITHOUT ROWID;
CREATE TABLE tickets (
    digest TEXT NOT NULL,
    share_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX tickets_by_share ON tickets (share_id);
CREATE INDEX tickets_by_time ON tickets (until);
CREATE TABLE tombstones (
    owner TEXT NOT NULL,
    identifier TEXT NOT NULL,
    buried_at DOUBLE NOT NULL,
    PRIMARY KEY (owner, identifier)
);
CREATE INDEX tombstones_by_age ON tombstones (owner, buried_at);
CREATE TABLE upload_requests (
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    owner TEXT NOT NULL,
    folder TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    most_bytes BIGINT,
    most_files BIGINT,
    largest BIGINT,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    revoked_at DOUBLE,
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX upload_requests_by_owner ON upload_requests (owner, created_at, id);
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
    found_crc32 TEXT,
    upload_request TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX live_uploads_by_address ON uploads (owner, address) WHERE address IS NOT NULL AND state IN ('open', 'sealing', 'placing');
CREATE INDEX live_uploads_by_owner ON uploads (owner, state, expires_at, bytes, covered, spent) WHERE state IN ('open', 'sealing', 'placing');
CREATE UNIQUE INDEX one_live_upload_per_key ON uploads (owner, dialect, client_key) WHERE state IN ('open', 'sealing', 'placing');
CREATE INDEX uploads_by_key ON uploads (owner, dialect, client_key, opened_at);
CREATE INDEX uploads_by_state ON uploads (state, expires_at);
CREATE INDEX uploads_joining ON uploads (id) WHERE concat = 'final' AND state = 'open';
CREATE INDEX uploads_requested ON uploads (upload_request) WHERE upload_request IS NOT NULL;
CREATE INDEX uploads_wished ON uploads (holder) WHERE wished IS NOT NULL;
CREATE TABLE usage (
    owner TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files BIGINT NOT NULL,
    PRIMARY KEY (owner)
);
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
CREATE TABLE watches (
    network TEXT NOT NULL,
    trail TEXT NOT NULL,
    worker TEXT,
    worker_until DOUBLE NOT NULL,
    PRIMARY KEY (network)
);
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    topics TEXT NOT NULL,
    owner TEXT,
    enabled INTEGER NOT NULL,
    why TEXT NOT NULL,
    secret TEXT NOT NULL,
    former TEXT,
    former_until DOUBLE NOT NULL,
    position BIGINT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE zip_entries (
    zip_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    folder_id TEXT,
    file_id TEXT,
    sha256 TEXT,
    size BIGINT NOT NULL,
    crc32 BIGINT,
    modified DOUBLE NOT NULL,
    missing INTEGER DEFAULT 0 NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    recorded BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (zip_id, number)
)
 WITHOUT ROWID;
CREATE TABLE zips (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at DOUBLE NOT NULL,
    expires_at DOUBLE NOT NULL,
    entries INTEGER NOT NULL,
    paths BIGINT DEFAULT 0 NOT NULL,
    listed INTEGER DEFAULT 0 NOT NULL,
    mark TEXT,
    unchecked BIGINT DEFAULT 0 NOT NULL,
    checked BIGINT DEFAULT 0 NOT NULL,
    missing INTEGER DEFAULT 0 NOT NULL,
    manifest TEXT,
    directory BIGINT DEFAULT 0 NOT NULL,
    length BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX zips_by_end ON zips (expires_at);
CREATE INDEX zips_by_owner ON zips (owner, made_at);
CREATE TABLE clients (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id)
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
CREATE TABLE joins (
    upload_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (upload_id, position),
    FOREIGN KEY(upload_id) REFERENCES uploads (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE INDEX joins_by_source ON joins (source);
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
CREATE TABLE proofs (
    digest TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    expires_at DOUBLE NOT NULL,
    PRIMARY KEY (digest),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX proofs_by_end ON proofs (expires_at);
CREATE INDEX proofs_by_user ON proofs (user_id);
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
CREATE TABLE recipes (
    source TEXT NOT NULL,
    recipe TEXT NOT NULL,
    spec TEXT NOT NULL,
    PRIMARY KEY (source, recipe),
    FOREIGN KEY(source) REFERENCES blobs (sha256) ON DELETE CASCADE
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
CREATE INDEX sessions_by_user ON sessions (user_id);
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
CREATE INDEX variants_by_blob ON variants (sha256);
CREATE INDEX variants_by_use ON variants (source, used_at) WHERE owner IS NOT NULL;
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
CREATE INDEX plans_by_role ON plans (publication_id, role);
CREATE INDEX plans_by_transaction ON plans (txid);
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
CREATE INDEX refreshes_by_session ON refreshes (session_id);
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
CREATE INDEX tokens_by_session ON tokens (session_id);
CREATE INDEX tokens_by_user ON tokens (user_id);
