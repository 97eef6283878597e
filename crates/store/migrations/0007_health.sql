-- What an admin sees of the health of a connection.

-- One row for each run of a job, and for each link that it was about: ids, codes and numbers only.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    link_id TEXT,
    job_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT,
    http_status BIGINT,
    calls BIGINT NOT NULL,
    writes BIGINT NOT NULL,
    number BIGINT NOT NULL,
    took BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX attempts_connection ON attempts (connection_id, id DESC);
CREATE INDEX attempts_link ON attempts (link_id, id DESC);
CREATE INDEX attempts_at ON attempts (at);
CREATE INDEX attempts_written ON attempts (connection_id, at DESC) WHERE writes > 0;

-- Since when a problem is there, and when it was last met.
ALTER TABLE links ADD COLUMN problem_at BIGINT;
ALTER TABLE links ADD COLUMN problem_seen_at BIGINT;
ALTER TABLE connections ADD COLUMN problem_at BIGINT;
ALTER TABLE hooks ADD COLUMN problem_at BIGINT;
CREATE INDEX links_problem ON links (connection_id, problem) WHERE problem IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (name) WHERE state = 'dead';

-- Something that needs a person. At most one of a class is open for a connection, whatever happens at the same moment.
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    class TEXT NOT NULL,
    cause TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE UNIQUE INDEX incidents_open ON incidents (connection_id, class) WHERE closed_at IS NULL;
CREATE INDEX incidents_closed ON incidents (closed_at);

-- The letters of an incident: one row for each owner and kind, so that none is written twice.
CREATE TABLE incident_letters (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, person_id, kind)
);
