-- The main database. It never holds an Atlassian accountId or a token in any form: those live in the vault.
-- Kinds: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION, BYTEA. Times are milliseconds since 1970. Ids are 32 hex digits.

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE boards (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    visibility TEXT NOT NULL,
    posts BIGINT NOT NULL,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (project_id, slug)
);

CREATE TABLE statuses (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    color TEXT NOT NULL,
    position BIGINT NOT NULL,
    is_default BOOLEAN NOT NULL,
    on_roadmap BOOLEAN NOT NULL,
    UNIQUE (project_id, name)
);

-- Somebody who signed in to the board. Never a person in Jira.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    project_id TEXT NOT NULL REFERENCES projects (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, person_id)
);
CREATE INDEX members_person ON members (person_id);

-- Secrets of sessions, links and tokens are kept as SHA-256: they are 256 random bits, so a slow hash adds nothing.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    secret_hash BYTEA NOT NULL UNIQUE,
    device TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);

-- A link that was used is deleted, and its address with it.
CREATE TABLE one_time_links (
    secret_hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    email TEXT,
    name TEXT,
    next_path TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_links_expires ON one_time_links (expires_at);

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_tokens_project ON api_tokens (project_id, id);

-- `votes`, `comments` (those everybody can see) and `trend`, and the `posts` of a board, are kept in step by the
-- transactions that change them, so that a list never counts.
CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    board_id TEXT NOT NULL REFERENCES boards (id),
    author_id TEXT REFERENCES people (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    words TEXT NOT NULL,
    status_id TEXT NOT NULL REFERENCES statuses (id),
    votes BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    trend DOUBLE PRECISION NOT NULL,
    submit_key TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    status_at BIGINT NOT NULL,
    UNIQUE (project_id, author_id, submit_key)
);
CREATE INDEX posts_trend ON posts (project_id, trend DESC, id DESC);
CREATE INDEX posts_top ON posts (project_id, votes DESC, id DESC);
CREATE INDEX posts_new ON posts (project_id, id DESC);
CREATE INDEX posts_discussed ON posts (project_id, comments DESC, id DESC);
CREATE INDEX posts_board_trend ON posts (board_id, trend DESC, id DESC);
CREATE INDEX posts_board_top ON posts (board_id, votes DESC, id DESC);
CREATE INDEX posts_board_new ON posts (board_id, id DESC);
CREATE INDEX posts_board_discussed ON posts (board_id, comments DESC, id DESC);
CREATE INDEX posts_status ON posts (status_id, votes DESC, id DESC);
CREATE INDEX posts_status_board ON posts (status_id, board_id);
CREATE INDEX posts_author ON posts (author_id, id DESC);

-- `words` is made by the program, so that both databases find the same: nothing is left here to fold or to strip.
-- begin: sqlite
CREATE VIRTUAL TABLE post_search USING fts5 (words, content='posts', content_rowid='rowid', tokenize='ascii', prefix='1 2 3', detail='none');
CREATE TRIGGER post_search_insert AFTER INSERT ON posts BEGIN
    INSERT INTO post_search (rowid, words) VALUES (new.rowid, new.words);
END;
CREATE TRIGGER post_search_delete AFTER DELETE ON posts BEGIN
    INSERT INTO post_search (post_search, rowid, words) VALUES ('delete', old.rowid, old.words);
END;
CREATE TRIGGER post_search_update AFTER UPDATE OF words ON posts BEGIN
    INSERT INTO post_search (post_search, rowid, words) VALUES ('delete', old.rowid, old.words);
    INSERT INTO post_search (rowid, words) VALUES (new.rowid, new.words);
END;
-- end
-- begin: postgres
ALTER TABLE posts ADD COLUMN found_by TSVECTOR GENERATED ALWAYS AS (array_to_tsvector(string_to_array(ltrim(words), ' '))) STORED;
CREATE INDEX posts_found_by ON posts USING GIN (found_by);
-- end

CREATE TABLE votes (
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, person_id)
);
CREATE INDEX votes_person ON votes (person_id);
CREATE INDEX votes_newest ON votes (post_id, created_at DESC, person_id DESC);

CREATE TABLE comments (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    author_id TEXT REFERENCES people (id),
    body TEXT NOT NULL,
    is_internal BOOLEAN NOT NULL,
    is_official BOOLEAN NOT NULL,
    submit_key TEXT,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    UNIQUE (post_id, author_id, submit_key)
);
CREATE INDEX comments_post ON comments (post_id, id);

-- What happened to a post, for its history: `cause` is page, api, jira or program.
CREATE TABLE post_changes (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    what TEXT NOT NULL,
    from_value TEXT,
    to_value TEXT,
    person_id TEXT REFERENCES people (id),
    cause TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX post_changes_post ON post_changes (post_id, id);

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    text_version TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    agreed_at BIGINT NOT NULL
);

-- One round trip to Atlassian. `state` is kept only as a hash; the PKCE verifier is derived from the browser's session secret and not kept at all.
CREATE TABLE connect_attempts (
    state_hash BYTEA PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    session_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    consent_id TEXT NOT NULL REFERENCES consents (id),
    connection_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- One webhook door: a grant on a site. `grant_id` names a record of the vault. The address itself is in the vault, here only its hash.
CREATE TABLE hooks (
    id TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    cloud_id TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    webhook_ids TEXT NOT NULL,
    watched TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT,
    registered_at BIGINT,
    refused_at BIGINT,
    expires_at BIGINT,
    last_event_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (grant_id, cloud_id)
);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    grant_id TEXT,
    hook_id TEXT REFERENCES hooks (id),
    consent_id TEXT NOT NULL REFERENCES consents (id),
    cloud_id TEXT,
    site_name TEXT,
    site_url TEXT,
    state TEXT NOT NULL,
    generation BIGINT NOT NULL,
    problem TEXT,
    paused_until BIGINT,
    connected_by TEXT REFERENCES people (id),
    erasure_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX connections_project ON connections (project_id, id);
CREATE INDEX connections_grant ON connections (grant_id);

-- What became of each step of a disconnect, for the page that tells it truthfully.
CREATE TABLE goodbye_steps (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    step TEXT NOT NULL,
    result TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, step)
);

CREATE TABLE connection_projects (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    jira_project_id TEXT NOT NULL,
    project_key TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (connection_id, jira_project_id)
);

CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    jira_project_id TEXT NOT NULL,
    jira_status_id TEXT NOT NULL,
    jira_status_name TEXT NOT NULL,
    category TEXT NOT NULL,
    status_id TEXT REFERENCES statuses (id),
    direction TEXT NOT NULL,
    position BIGINT NOT NULL,
    UNIQUE (connection_id, jira_project_id, jira_status_id)
);

-- Where issues of a board's posts are made, unless asked otherwise.
CREATE TABLE board_targets (
    board_id TEXT PRIMARY KEY REFERENCES boards (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    jira_project_id TEXT NOT NULL,
    issue_type_id TEXT NOT NULL,
    issue_type_name TEXT NOT NULL
);

-- A post tied to an issue. Identity is (connection, issue_id); key, type and status are labels that follow Jira.
CREATE TABLE links (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    state TEXT NOT NULL,
    jira_project_id TEXT,
    issue_type_id TEXT,
    issue_id TEXT,
    issue_key TEXT,
    jira_status_id TEXT,
    category TEXT,
    is_restricted BOOLEAN NOT NULL,
    is_primary BOOLEAN NOT NULL,
    issue_updated_at BIGINT,
    synced_at BIGINT,
    pushed_digest TEXT,
    create_tried_at BIGINT,
    problem TEXT,
    problem_detail TEXT,
    submit_key TEXT,
    created_by TEXT REFERENCES people (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (connection_id, issue_id, post_id),
    UNIQUE (post_id, submit_key)
);
CREATE INDEX links_post ON links (post_id, id);
CREATE INDEX links_issue ON links (issue_id);

-- All that is kept of a webhook delivery.
CREATE TABLE signals (
    id TEXT PRIMARY KEY,
    hook_id TEXT NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    delivery_id TEXT NOT NULL,
    event TEXT NOT NULL,
    issue_id TEXT NOT NULL,
    issue_key TEXT,
    issue_type_id TEXT,
    jira_status_id TEXT,
    sent_at BIGINT,
    received_at BIGINT NOT NULL,
    UNIQUE (hook_id, delivery_id)
);
CREATE INDEX signals_received ON signals (received_at);

-- Durable work. `lane` orders: jobs of one lane run one after another. A job waiting in a lane under the same `name` is not doubled.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    lane TEXT NOT NULL,
    project_id TEXT NOT NULL,
    connection_id TEXT,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_waiting ON jobs (name) WHERE state = 'waiting';
CREATE UNIQUE INDEX jobs_running ON jobs (lane) WHERE state = 'running';
CREATE INDEX jobs_due ON jobs (state, run_at, id);
CREATE INDEX jobs_connection ON jobs (connection_id);

-- Privileged acts. No personal data but the board's own person ids.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    project_id TEXT,
    person_id TEXT,
    via TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX audit_project ON audit (project_id, id);
