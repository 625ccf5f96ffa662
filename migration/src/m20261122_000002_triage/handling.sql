CREATE TABLE moderation (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    act TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT,
    done_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    lifted_by {uuid} REFERENCES person(id),
    lifted_at BIGINT
);
CREATE INDEX moderation_submission ON moderation (submission_id, created_at);
CREATE TABLE redaction (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    reason TEXT NOT NULL,
    note TEXT,
    done_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL
);
CREATE INDEX redaction_submission ON redaction (submission_id, created_at);
CREATE TABLE division (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    done_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    text_before {uuid} NOT NULL,
    text_after {uuid} NOT NULL,
    kind_before TEXT NOT NULL,
    version_after INTEGER NOT NULL,
    undone_at BIGINT
);
CREATE INDEX division_of ON division (submission_id, created_at);
CREATE TABLE mention (
    comment_id {uuid} NOT NULL REFERENCES comment(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    PRIMARY KEY (comment_id, person_id)
);
CREATE INDEX notification_submission ON notification (submission_id);
CREATE TABLE division_part (
    split_id {uuid} NOT NULL REFERENCES division(id),
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    position INTEGER NOT NULL,
    PRIMARY KEY (split_id, submission_id)
);
