CREATE TABLE outcome (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} REFERENCES submission(id),
    cause_id {uuid} REFERENCES root_cause(id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    measure TEXT NOT NULL,
    direction TEXT NOT NULL,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE outcome_figure (
    id {uuid} NOT NULL PRIMARY KEY,
    outcome_id {uuid} NOT NULL REFERENCES outcome(id),
    stage TEXT NOT NULL,
    number INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    day TEXT NOT NULL,
    evidence TEXT,
    reason TEXT,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL
);
CREATE TABLE outcome_confirmation (
    figure_id {uuid} NOT NULL PRIMARY KEY REFERENCES outcome_figure(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    created_at BIGINT NOT NULL
);
CREATE INDEX outcome_submission ON outcome (submission_id) WHERE submission_id IS NOT NULL;
CREATE INDEX outcome_cause ON outcome (cause_id) WHERE cause_id IS NOT NULL;
CREATE UNIQUE INDEX outcome_figure_number ON outcome_figure (outcome_id, number);
