-- Setting a connection up with somebody who has no account here: links that ask for an authorisation, and what they led to.

-- Whoever agrees by such a link has no account here, and none is made: then `person_id` is empty, and `invite_id` says by
-- which link. Dropping a column is what both databases do without rebuilding the tables that point here.
ALTER TABLE consents ADD COLUMN given_by TEXT REFERENCES people (id);
UPDATE consents SET given_by = person_id;
ALTER TABLE consents DROP COLUMN person_id;
ALTER TABLE consents RENAME COLUMN given_by TO person_id;
ALTER TABLE consents ADD COLUMN invite_id TEXT;

-- A link that asks a Jira admin to authorise. Of its secret only the hash is here. `browser_hash` is of the cookie of the
-- browser that agreed first: nobody else can go on with it. `connection_id` is the one to bring back to life, or the one
-- it made. States: open, begun, authorised, done, revoked.
CREATE TABLE connect_invites (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    invited_by TEXT NOT NULL REFERENCES people (id),
    secret_hash BYTEA NOT NULL UNIQUE,
    state TEXT NOT NULL,
    reconnects BOOLEAN NOT NULL,
    connection_id TEXT REFERENCES connections (id),
    browser_hash BYTEA,
    created_at BIGINT NOT NULL,
    begun_at BIGINT,
    ended_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX connect_invites_project ON connect_invites (project_id, id);

-- Round trips are short, so the old ones go. `browser_hash` is of the session's or the invited browser's secret.
DROP TABLE connect_attempts;
CREATE TABLE connect_attempts (
    state_hash BYTEA PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    session_id TEXT,
    person_id TEXT REFERENCES people (id),
    invite_id TEXT REFERENCES connect_invites (id),
    consent_id TEXT NOT NULL REFERENCES consents (id),
    connection_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX connect_attempts_project ON connect_attempts (project_id, created_at);

-- Another account authorised than before, and an admin is asked whether to use it. `other_grant_id` names a record of the vault.
ALTER TABLE connections ADD COLUMN other_grant_id TEXT;
ALTER TABLE connections ADD COLUMN other_consent_id TEXT REFERENCES consents (id);
ALTER TABLE connections ADD COLUMN other_until BIGINT;

-- Issues that the set-up made to try the rights, until they are gone. States: waiting, made, removed, left, failed.
CREATE TABLE test_issues (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    jira_project_id TEXT NOT NULL,
    state TEXT NOT NULL,
    tried_at BIGINT,
    issue_id TEXT,
    issue_key TEXT,
    is_closed BOOLEAN NOT NULL,
    problem TEXT,
    created_by TEXT REFERENCES people (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX test_issues_connection ON test_issues (connection_id, id);
