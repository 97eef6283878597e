-- What people, admins and Atlassian asked of us about data of people in Jira, and what became of it.

-- One case. There is nothing of a person in Jira here: `grant_id` names a record of the vault and goes when the case is
-- closed. `email` is where whoever wrote on the contact page wants letters; it goes with the case's term. Of the secret in
-- their link only the hash is here. States: open, verified, working, done, denied.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL,
    route TEXT NOT NULL,
    law TEXT NOT NULL,
    state TEXT NOT NULL,
    connection_id TEXT REFERENCES connections (id),
    grant_id TEXT,
    cloud_id TEXT,
    person_id TEXT,
    secret_hash BYTEA UNIQUE,
    email TEXT,
    received_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    acknowledge_by BIGINT,
    acknowledged_at BIGINT,
    verified_at BIGINT,
    ceiling_at BIGINT,
    paused_at BIGINT,
    stood BIGINT NOT NULL,
    extended_at BIGINT,
    closed_at BIGINT,
    reason TEXT,
    result TEXT
);
CREATE INDEX cases_project ON cases (project_id, id DESC);
CREATE INDEX cases_open ON cases (due_at) WHERE closed_at IS NULL;

-- What happened to a case, and what proves it: codes and ids of ours.
CREATE TABLE case_events (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX case_events_case ON case_events (case_id, id);

-- The erasures that a case began; their receipts are the vault's.
CREATE TABLE case_erasures (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    erasure_id TEXT NOT NULL,
    PRIMARY KEY (case_id, erasure_id)
);

-- Letters about a case, so that none is written twice. `reader` is `asker`, `contact` or the id of an owner.
CREATE TABLE case_letters (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    reader TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, reader, kind)
);

-- Alarms: which part of which clock was used up when.
CREATE TABLE case_alarms (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    clock TEXT NOT NULL,
    percent BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, clock, percent)
);

-- A way to Atlassian and back to show who is asking. Short, so the old ones go.
CREATE TABLE case_trips (
    state_hash BYTEA PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    case_id TEXT REFERENCES cases (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id),
    kind TEXT NOT NULL,
    law TEXT NOT NULL,
    site TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- A copy that can be fetched once, for some minutes, by the browser that was verified. The copy itself is made when it is
-- fetched and is kept nowhere.
CREATE TABLE case_exports (
    case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    browser_hash BYTEA NOT NULL,
    suppressed_at BIGINT,
    expires_at BIGINT NOT NULL
);
