-- The reporting of personal data to Atlassian. An account is named by the vault's record alone, and who it is stands
-- nowhere here.

-- One row for each account. `before_*` is what a batch that Atlassian did not take is put back to; `most` is the largest
-- batch it may be in, which shrinks when a batch with it was refused.
CREATE TABLE account_reports (
    grant_id TEXT PRIMARY KEY,
    fetched_at BIGINT NOT NULL,
    asked_at BIGINT,
    due_at BIGINT NOT NULL,
    batch_id TEXT,
    before_asked_at BIGINT,
    before_due_at BIGINT,
    answered_at BIGINT,
    answer TEXT NOT NULL,
    action TEXT NOT NULL,
    most BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX account_reports_due ON account_reports (due_at) WHERE gone_at IS NULL;
CREATE INDEX account_reports_action ON account_reports (action);

-- One row: how the cycle stands. `cycle_for` is what Atlassian asked for, in milliseconds, if it did.
CREATE TABLE account_reporting (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    cycle_for BIGINT,
    paused_until BIGINT,
    problem TEXT,
    problem_at BIGINT,
    reporter_grant_id TEXT,
    foreign_at BIGINT,
    asked_at BIGINT
);

-- What came of it for a connection, for its project's owners.
CREATE TABLE account_acts (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL,
    answer TEXT NOT NULL,
    action TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX account_acts_project ON account_acts (project_id, id DESC);
CREATE INDEX account_acts_at ON account_acts (at);

-- Signatures that were used, until they are too old to be taken anyway.
CREATE TABLE relay_nonces (
    sender TEXT NOT NULL,
    nonce TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sender, nonce)
);
CREATE INDEX relay_nonces_at ON relay_nonces (at);
