CREATE TRIGGER files_removed AFTER DELETE ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER files_given AFTER UPDATE OF owner ON files WHEN OLD.number IS NOT NULL BEGIN
    INSERT INTO stale_names (number, owner, folded) VALUES (OLD.number, OLD.owner, OLD.folded) ON CONFLICT DO NOTHING;
    UPDATE files SET number = NULL WHERE id = NEW.id;
END;
