-- Comparing all linked issues of a connection with Jira. One at a time per connection; `after_link` is the last link
-- that was compared, so that whoever goes on after a crash goes on there. `applies`: the saved rules count for issues
-- that did not change, too.
CREATE TABLE reconciles (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    cause TEXT NOT NULL,
    applies BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    after_link TEXT NOT NULL,
    total BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    problem TEXT,
    resumed_at BIGINT NOT NULL,
    resumed_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX reconciles_open ON reconciles (connection_id) WHERE state IN ('running', 'paused');
CREATE INDEX reconciles_connection ON reconciles (connection_id, id);
CREATE INDEX links_connection ON links (connection_id, id);

-- What Jira asked to wait, until when: the whole app, a site, one kind of call on a site, writes to one issue. Shared by
-- all nodes. `background_only`: the limit is near, so only work that can wait does.
CREATE TABLE pauses (
    subject TEXT PRIMARY KEY,
    cloud_id TEXT,
    reason TEXT NOT NULL,
    background_only BOOLEAN NOT NULL,
    since BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX pauses_until ON pauses (until_at);

-- When any node was last at work: a gap means that what Jira said meanwhile was said to nobody.
CREATE TABLE pulse (
    one BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);

ALTER TABLE connections ADD COLUMN unreachable_since BIGINT;

-- The address and projects that Jira was last asked for; and when its list was last looked at.
ALTER TABLE hooks ADD COLUMN asked_for TEXT;
ALTER TABLE hooks ADD COLUMN looked_at BIGINT;

-- A webhook that an administrator of Jira makes by hand, as a second way in. The secret it signs with is in the vault
-- under this id; of the address only the hash is kept.
CREATE TABLE admin_hooks (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL UNIQUE REFERENCES connections (id),
    token_hash BYTEA NOT NULL UNIQUE,
    made_at BIGINT NOT NULL,
    last_event_at BIGINT
);
