-- Fields of new issues, and what issues show of votes.

-- What the board puts into the fields of its issues, and which fields are asked for each time: ids and values, as JSON.
ALTER TABLE board_targets ADD COLUMN fields TEXT;

-- Values that were given for this one issue, as JSON. Gone once the issue exists.
ALTER TABLE links ADD COLUMN given TEXT;
-- When the remote link was last written: a popular post is not written more often than so and so.
ALTER TABLE links ADD COLUMN pushed_at BIGINT;

-- The number field of a Jira project that shows the votes. `problem`: Jira refused it; not tried again until it is chosen anew.
CREATE TABLE vote_fields (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    jira_project_id TEXT NOT NULL,
    field_id TEXT NOT NULL,
    problem TEXT,
    PRIMARY KEY (connection_id, jira_project_id)
);

-- What an issue was last told of the votes of its posts: the property as a digest, the number in the field.
CREATE TABLE issue_votes (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    issue_id TEXT NOT NULL,
    property TEXT,
    property_at BIGINT,
    field_id TEXT,
    number BIGINT,
    number_at BIGINT,
    PRIMARY KEY (connection_id, issue_id)
);
