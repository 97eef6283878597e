-- Automations make issues by themselves; notices tell voters.

-- `reaches` is `status` or `votes`. Without a board it is about every board. A status that is removed leaves the
-- automation without one: it stays, and does nothing until somebody chooses another.
CREATE TABLE automations (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    board_id TEXT REFERENCES boards (id) ON DELETE CASCADE,
    reaches TEXT NOT NULL,
    status_id TEXT REFERENCES statuses (id) ON DELETE SET NULL,
    votes BIGINT,
    skips_linked BOOLEAN NOT NULL,
    is_on BOOLEAN NOT NULL,
    catches_up BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX automations_project ON automations (project_id, id);

-- What an automation did: its key is why it acts at most once per post, ever. The link may go; the act stays.
CREATE TABLE automation_acts (
    automation_id TEXT NOT NULL REFERENCES automations (id) ON DELETE CASCADE,
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    link_id TEXT,
    problem TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (automation_id, post_id)
);
CREATE INDEX automation_acts_newest ON automation_acts (automation_id, at DESC, post_id DESC);
CREATE INDEX automation_acts_post ON automation_acts (post_id);

-- Whether voters hear of a status: `never`, `ask` or `always`. Without a row the status's kind decides.
CREATE TABLE status_notices (
    status_id TEXT PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    tells TEXT NOT NULL
);

-- A notice: `waiting` for a member to decide, `gathering` until `due_at`, `sending`, `sent`, or `dropped`. Who caused
-- it is kept until it goes out, for they need no mail about what they did.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    from_status_id TEXT REFERENCES statuses (id) ON DELETE SET NULL,
    status_id TEXT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    people BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    actor_id TEXT REFERENCES people (id) ON DELETE SET NULL,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notices_open ON notices (post_id) WHERE state IN ('waiting', 'gathering');
CREATE INDEX notices_project ON notices (project_id, id);
CREATE INDEX notices_post ON notices (post_id);

-- Who is still to be told. A row goes when its letter went.
CREATE TABLE notice_people (
    notice_id TEXT NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    tried_at BIGINT,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (notice_id, person_id)
);
CREATE INDEX notice_people_person ON notice_people (person_id);

-- Who wants no mail: about one post, or without a post about anything of the project.
CREATE TABLE mail_stops (
    project_id TEXT NOT NULL REFERENCES projects (id),
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    post_id TEXT REFERENCES posts (id) ON DELETE CASCADE,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX mail_stops_one ON mail_stops (project_id, person_id, COALESCE(post_id, ''));
CREATE INDEX mail_stops_person ON mail_stops (person_id);
CREATE INDEX mail_stops_post ON mail_stops (post_id);

-- Keys of the program's own, such as the one that signs the addresses which end mail.
CREATE TABLE program_keys (
    name TEXT PRIMARY KEY,
    secret BYTEA NOT NULL
);
