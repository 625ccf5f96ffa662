CREATE TABLE notification (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person(id),
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    kind TEXT NOT NULL,
    fact_seq BIGINT NOT NULL,
    decision_id {uuid},
    comment_id {uuid},
    created_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE TABLE mail (
    id {uuid} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    person_id {uuid} REFERENCES person(id),
    notification_id {uuid},
    login_code_id {uuid},
    message_id TEXT NOT NULL UNIQUE,
    to_address TEXT,
    bytes {blob},
    state TEXT NOT NULL,
    why TEXT,
    attempts INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE TABLE preference (
    person_id {uuid} NOT NULL REFERENCES person(id),
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (person_id, kind)
);
CREATE UNIQUE INDEX notification_fact ON notification (person_id, fact_seq);
CREATE INDEX notification_person ON notification (person_id, created_at, id);
CREATE INDEX mail_created ON mail (created_at, id);
CREATE INDEX mail_notification ON mail (notification_id) WHERE notification_id IS NOT NULL;
