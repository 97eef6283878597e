-- What the checks of the promises found when they last ran: one row for each check, in words of ours.
CREATE TABLE proofs (
    name TEXT PRIMARY KEY,
    result TEXT NOT NULL CHECK (result IN ('pass', 'fail', 'not_applicable')),
    what TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    passed_at BIGINT,
    failing_since BIGINT
);

-- What the owners of connected projects are told ahead: a material change of the addendum (`change-2`), or a new
-- subprocessor (`subprocessor-` and the beginning of a hash of its entry). Before `effective_at` it does not count.
CREATE TABLE announcements (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('change', 'subprocessor')),
    title TEXT NOT NULL,
    what TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    effective_at BIGINT NOT NULL
);

-- To which owner of which project, by mail once, and who has taken note.
CREATE TABLE announcement_owners (
    announcement_id TEXT NOT NULL REFERENCES announcements (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    told_at BIGINT NOT NULL,
    mailed_at BIGINT,
    acknowledged_at BIGINT,
    PRIMARY KEY (announcement_id, project_id, person_id)
);
CREATE INDEX announcement_owners_person ON announcement_owners (person_id);
CREATE INDEX announcement_owners_unmailed ON announcement_owners (announcement_id) WHERE mailed_at IS NULL;

-- The version of the addendum at the moment of the consent; none for those of before it was numbered.
ALTER TABLE consents ADD COLUMN addendum BIGINT;
