-- How several linked issues move their post, for all boards of the project.
CREATE TABLE sync_rules (
    project_id TEXT PRIMARY KEY REFERENCES projects (id),
    combination TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What a step to this status asks for, as JSON of field ids and Jira's values. Never a person.
ALTER TABLE rules ADD COLUMN fields TEXT;
-- Jira had this status when the map was saved and has it no more.
ALTER TABLE rules ADD COLUMN vanished_at BIGINT;

-- The board asked this issue to go with this status, and it does not yet.
ALTER TABLE links ADD COLUMN ordered_status_id TEXT;

-- The status map as it was saved, each time. `rows` is JSON: ids, directions, and names as labels of that day.
CREATE TABLE rule_versions (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    combination TEXT NOT NULL,
    rows TEXT NOT NULL,
    changed BIGINT NOT NULL,
    restored_from TEXT,
    saved_by TEXT REFERENCES people (id),
    saved_at BIGINT NOT NULL
);
CREATE INDEX rule_versions_connection ON rule_versions (connection_id, id);
