-- Files in folders, sorted, searched, labelled and trashed. Code of version 11 leaves the new columns alone: what it
-- records is found in lists at once, and by search once upkeep has seen it.
ALTER TABLE uploads ADD COLUMN folder TEXT;
ALTER TABLE files ADD COLUMN folder TEXT DEFAULT '' NOT NULL;
ALTER TABLE files ADD COLUMN folded TEXT DEFAULT '' NOT NULL;
ALTER TABLE files ADD COLUMN bytes BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE files ADD COLUMN labels TEXT DEFAULT '[]' NOT NULL;
ALTER TABLE files ADD COLUMN trashed_with TEXT;
ALTER TABLE files ADD COLUMN number BIGINT;
DROP INDEX files_by_owner;
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
CREATE TABLE stale_names (
    number BIGINT NOT NULL,
    owner TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (number, owner, folded)
)
 WITHOUT ROWID;
CREATE INDEX files_by_name ON files (owner, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_number ON files (number);
CREATE INDEX files_by_owner ON files (owner, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_size ON files (owner, bytes, id) WHERE trashed_at IS NULL;
CREATE INDEX files_by_type ON files (owner, media_type, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_name ON files (owner, folder, folded, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_size ON files (owner, folder, bytes, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_time ON files (owner, folder, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_in_folder_by_type ON files (owner, folder, media_type, id) WHERE trashed_at IS NULL;
CREATE INDEX files_trashed_alone ON files (owner, trashed_at, id) WHERE trashed_at IS NOT NULL AND trashed_with IS NULL;
CREATE INDEX files_trashed_with ON files (trashed_with, folder) WHERE trashed_with IS NOT NULL;
CREATE TRIGGER files_removed AFTER DELETE ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER files_given AFTER UPDATE OF owner ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
    UPDATE files SET number = NULL WHERE id = NEW.id;
END;
