-- Votes of people whose account is gone: how many, on which day. Nothing leads to who they were. A table with rows of
-- its own order would tell which of them came from one person, so SQLite keeps it by its key alone.
CREATE TABLE nameless_votes (
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    day_at BIGINT NOT NULL,
    votes BIGINT NOT NULL,
    PRIMARY KEY (post_id, day_at)
)
WITHOUT ROWID -- only: sqlite
;

-- What is deleted when its term is over is found by its time.
CREATE INDEX jobs_dead_at ON jobs (updated_at) WHERE state = 'dead';
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX post_changes_at ON post_changes (at);
CREATE INDEX rule_versions_at ON rule_versions (saved_at);

-- What an erasure of a board's account looks for.
CREATE INDEX comments_author ON comments (author_id);
CREATE INDEX post_changes_person ON post_changes (person_id);
