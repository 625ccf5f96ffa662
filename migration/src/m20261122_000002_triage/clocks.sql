CREATE TABLE calendar (
    id {uuid} NOT NULL PRIMARY KEY,
    unit_id {uuid} NOT NULL UNIQUE REFERENCES org_unit(id),
    zone TEXT,
    openings TEXT NOT NULL,
    holidays TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE clock (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    kind TEXT NOT NULL,
    round INTEGER NOT NULL,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    target_days INTEGER,
    promised_on TEXT,
    target BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    counted_from BIGINT NOT NULL,
    paused_remaining BIGINT,
    stopped_at BIGINT,
    took BIGINT,
    started_by {uuid},
    stopped_by {uuid},
    met TEXT NOT NULL,
    reminded_at BIGINT,
    PRIMARY KEY (submission_id, kind, round)
);
CREATE TABLE escalated (
    person_id {uuid} NOT NULL REFERENCES person(id),
    day TEXT NOT NULL,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, day, submission_id)
);
CREATE INDEX clock_due ON clock (kind, due_at) WHERE state = 'RUNNING';
CREATE INDEX clock_open ON clock (submission_id) WHERE state IN ('RUNNING', 'PAUSED');
CREATE INDEX clock_started ON clock (kind, started_at);
CREATE INDEX escalated_day ON escalated (day);
