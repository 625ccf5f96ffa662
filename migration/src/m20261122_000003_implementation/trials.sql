CREATE TABLE trial (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    number INTEGER NOT NULL,
    guess TEXT NOT NULL,
    measure TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    result TEXT,
    learned TEXT,
    state TEXT NOT NULL,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    ended_by {uuid} REFERENCES person(id),
    ended_at BIGINT,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX trial_number ON trial (submission_id, number);
CREATE UNIQUE INDEX trial_running ON trial (submission_id) WHERE state = 'RUNNING';
