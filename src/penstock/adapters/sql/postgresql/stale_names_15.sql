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
