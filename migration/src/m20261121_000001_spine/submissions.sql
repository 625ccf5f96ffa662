CREATE TABLE submission (
    id {uuid} NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL,
    shown_phase TEXT NOT NULL,
    status_id {uuid} NOT NULL REFERENCES status(id),
    shown_status_id {uuid} NOT NULL REFERENCES status(id),
    phase_stack TEXT NOT NULL,
    author_id {uuid} REFERENCES person(id),
    sent_by {uuid} REFERENCES service_principal(id),
    unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    function_id {uuid} REFERENCES org_unit(id),
    touchpoint_id {uuid} REFERENCES touchpoint(id),
    program_id {uuid} NOT NULL REFERENCES program(id),
    channel TEXT NOT NULL,
    severity TEXT,
    audience TEXT NOT NULL,
    concerned_id {uuid} REFERENCES person(id),
    assignee_id {uuid} REFERENCES person(id),
    owner_id {uuid} REFERENCES person(id),
    impact TEXT,
    effort TEXT,
    promised_on TEXT,
    wake_on TEXT,
    merged_into {uuid} REFERENCES submission(id),
    opened_at BIGINT,
    text_id {uuid} NOT NULL,
    language TEXT,
    vote_count INTEGER NOT NULL,
    comment_count INTEGER NOT NULL,
    photo_count INTEGER NOT NULL,
    pending_decision_id {uuid},
    second_look_at BIGINT,
    implemented_shown_at BIGINT,
    entered_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE submission_text (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    customer_words TEXT,
    created_at BIGINT NOT NULL,
    redacted_at BIGINT
);
CREATE TABLE attachment (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    state TEXT NOT NULL,
    file_name TEXT,
    content_type TEXT,
    byte_size BIGINT,
    width INTEGER,
    height INTEGER,
    digest TEXT,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ready_at BIGINT
);
CREATE TABLE comment (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    author_id {uuid} REFERENCES person(id),
    service_id {uuid} REFERENCES service_principal(id),
    visibility TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    redacted_at BIGINT
);
CREATE TABLE submission_tag (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    tag TEXT NOT NULL,
    PRIMARY KEY (submission_id, tag)
);
CREATE INDEX submission_shown ON submission (kind, shown_phase, created_at, id);
CREATE INDEX submission_concerned ON submission (concerned_id) WHERE concerned_id IS NOT NULL;
CREATE INDEX submission_phase ON submission (phase, created_at, id);
CREATE INDEX submission_created ON submission (created_at, id);
CREATE INDEX submission_author ON submission (author_id, created_at, id);
CREATE INDEX submission_unit ON submission (unit_id, created_at, id);
CREATE INDEX submission_function ON submission (function_id, created_at, id) WHERE function_id IS NOT NULL;
CREATE INDEX submission_assignee ON submission (assignee_id, created_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX submission_owner ON submission (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX submission_wake ON submission (wake_on) WHERE wake_on IS NOT NULL;
CREATE INDEX submission_merged ON submission (merged_into) WHERE merged_into IS NOT NULL;
CREATE UNIQUE INDEX submission_text_revision ON submission_text (submission_id, revision);
CREATE INDEX attachment_submission ON attachment (submission_id);
CREATE INDEX comment_submission ON comment (submission_id, created_at, id);
CREATE INDEX submission_tag_tag ON submission_tag (tag, submission_id);
@postgres CREATE SEQUENCE submission_reference CACHE 1;
@sqlite CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
@sqlite INSERT INTO counter (name, value) VALUES ('submission_reference', 0);
