CREATE TABLE cause_resolution (
    id {uuid} NOT NULL PRIMARY KEY,
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    state TEXT NOT NULL,
    ideas TEXT NOT NULL,
    announce TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    resolved_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    release_at BIGINT,
    undone_by {uuid} REFERENCES person(id),
    undone_at BIGINT
);
CREATE TABLE resolved_cause (
    resolution_id {uuid} NOT NULL REFERENCES cause_resolution(id),
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    status_before TEXT NOT NULL,
    PRIMARY KEY (resolution_id, cause_id)
);
CREATE TABLE resolution_text (
    resolution_id {uuid} NOT NULL REFERENCES cause_resolution(id),
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (resolution_id, language)
);
CREATE TABLE resolution_item (
    resolution_id {uuid} NOT NULL REFERENCES cause_resolution(id),
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    state TEXT NOT NULL,
    why TEXT,
    decision_id {uuid} REFERENCES decision(id),
    PRIMARY KEY (resolution_id, submission_id)
);
CREATE TABLE resolution_told (
    resolution_id {uuid} NOT NULL REFERENCES cause_resolution(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    fact_seq BIGINT NOT NULL,
    PRIMARY KEY (resolution_id, person_id)
);
CREATE TABLE sustain_question (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    shown_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    answer TEXT,
    answered_by {uuid} REFERENCES person(id),
    answered_at BIGINT,
    flagged_at BIGINT,
    closed_at BIGINT
);
CREATE TABLE decision_seen (
    decision_id {uuid} NOT NULL REFERENCES decision(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (decision_id, person_id)
);
CREATE INDEX cause_resolution_cause ON cause_resolution (cause_id, created_at);
CREATE INDEX resolved_cause_cause ON resolved_cause (cause_id);
CREATE INDEX resolution_item_state ON resolution_item (resolution_id, state, submission_id);
CREATE UNIQUE INDEX resolution_item_decision ON resolution_item (decision_id) WHERE decision_id IS NOT NULL;
CREATE UNIQUE INDEX sustain_question_period ON sustain_question (submission_id, shown_at);
CREATE INDEX sustain_question_open ON sustain_question (asked_at, id) WHERE answer IS NULL AND flagged_at IS NULL AND closed_at IS NULL;
CREATE INDEX sustain_question_flagged ON sustain_question (flagged_at, id) WHERE flagged_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX submission_done ON submission (implemented_shown_at) WHERE shown_phase = 'IMPLEMENTED';
DROP INDEX job_ready;
CREATE INDEX job_next ON job (state, priority, run_at, id);
