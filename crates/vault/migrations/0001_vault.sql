-- One row: which store this is, and of which epoch. `proof` is a known text sealed under the epoch key.
CREATE TABLE vault (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    store_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    proof BYTEA NOT NULL
);

-- `account_hash` is keyed by the epoch; NULL while the grant is being erased, so that the person may connect anew.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    account_hash BYTEA UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('live', 'dead', 'revoke_only')),
    version BIGINT NOT NULL,
    account BYTEA,
    access BYTEA,
    refresh BYTEA,
    revoke_access BYTEA,
    revoke_refresh BYTEA,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    consented_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until BIGINT,
    CHECK (state = 'live' OR (access IS NULL AND refresh IS NULL)),
    CHECK (state = 'revoke_only' OR (revoke_access IS NULL AND revoke_refresh IS NULL))
);

CREATE TABLE hooks (
    id TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    token BYTEA NOT NULL,
    kept_at BIGINT NOT NULL
);

CREATE TABLE verifiers (
    trip TEXT PRIMARY KEY,
    verifier BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    finished_at BIGINT,
    revocation TEXT,
    epoch_turned_at BIGINT
);

-- `hash` is keyed by the suppression key, which outlives epochs.
CREATE TABLE tombstones (
    hash BYTEA PRIMARY KEY,
    erasure_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    reason TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
