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
    created_at DOUBLE PRECISION NOT NULL,
    trashed_at DOUBLE PRECISION,
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
);
CREATE TABLE replies (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    since DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX replies_by_age ON replies (owner, since);
CREATE INDEX replies_by_time ON replies (since);
CREATE TABLE stale_names (
    number BIGINT NOT NULL,
    owner TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (number, owner, folded)
);
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
-- Whoever removes a file or gives it away, older code too: its name is searched for no longer, or for another owner.
CREATE FUNCTION stale_names_15() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.number := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER files_removed BEFORE DELETE ON files FOR EACH ROW WHEN (OLD.number IS NOT NULL)
    EXECUTE FUNCTION stale_names_15();
CREATE TRIGGER files_given BEFORE UPDATE OF owner ON files FOR EACH ROW WHEN (OLD.number IS NOT NULL)
    EXECUTE FUNCTION stale_names_15();
