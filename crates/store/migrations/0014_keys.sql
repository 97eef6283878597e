-- When each kind of key or secret was last replaced while the product was in use; the vault knows its own.
CREATE TABLE key_changes (
    name TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- A door's address has a secret part. When it is replaced, what is under way to the old one is taken for a while.
ALTER TABLE hooks ADD COLUMN token_at BIGINT;
ALTER TABLE hooks ADD COLUMN previous_hash BYTEA;
ALTER TABLE hooks ADD COLUMN previous_ids TEXT;
ALTER TABLE hooks ADD COLUMN previous_until BIGINT;
CREATE INDEX hooks_previous ON hooks (previous_hash) WHERE previous_hash IS NOT NULL;

-- A browser gets another secret when it next asks for a page; what it asked for at the same moment comes with the old one.
ALTER TABLE sessions ADD COLUMN secret_at BIGINT;
ALTER TABLE sessions ADD COLUMN previous_hash BYTEA;
ALTER TABLE sessions ADD COLUMN previous_until BIGINT;
CREATE INDEX sessions_previous ON sessions (previous_hash) WHERE previous_hash IS NOT NULL;
