-- Audit lines become a chain for each project (and one, `server`, for what belongs to none): a line holds its number and
-- a hash over what it says and over the hash of the line before it. Lines that were there before get theirs from the
-- program, right after this step.
ALTER TABLE audit ADD COLUMN chain TEXT;
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN prev TEXT;
ALTER TABLE audit ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX audit_chain ON audit (chain, seq);
CREATE INDEX audit_unchained ON audit (id) WHERE seq IS NULL;

-- Where each chain ends. Whoever adds a line holds this row.
CREATE TABLE audit_heads (
    chain TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);

-- What was signed of a chain: up to which line, and from which on it is kept.
CREATE TABLE audit_checkpoints (
    chain TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    from_seq BIGINT NOT NULL,
    from_hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    signed TEXT NOT NULL,
    PRIMARY KEY (chain, seq, from_seq)
);
