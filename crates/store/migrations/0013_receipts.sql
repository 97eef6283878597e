-- What was said of each erasure, signed, once it was final. It names nobody.
CREATE TABLE receipts (
    erasure_id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    final_at BIGINT NOT NULL,
    jws TEXT NOT NULL
);

CREATE INDEX receipts_by_time ON receipts (final_at);

-- A return from Atlassian by an account that asked to be left alone: which erasure that was, and what became of the
-- tokens that came along; and a way there that was begun to take it back. The erasure is an id of ours.
ALTER TABLE connect_attempts ADD COLUMN met_erasure TEXT;
ALTER TABLE connect_attempts ADD COLUMN met_reason TEXT;
ALTER TABLE connect_attempts ADD COLUMN met_since BIGINT;
ALTER TABLE connect_attempts ADD COLUMN met_revocation TEXT;
ALTER TABLE connect_attempts ADD COLUMN lifts_erasure TEXT;
