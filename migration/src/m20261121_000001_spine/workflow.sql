CREATE TABLE response (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    author_id {uuid} REFERENCES person(id),
    body TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    redacted_at BIGINT
);
CREATE TABLE decision (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    decider_id {uuid} REFERENCES person(id),
    letter TEXT NOT NULL,
    from_phase TEXT NOT NULL,
    to_phase TEXT NOT NULL,
    to_status_id {uuid} NOT NULL REFERENCES status(id),
    reason_id {uuid} REFERENCES reason(id),
    response_id {uuid} REFERENCES response(id),
    state TEXT NOT NULL,
    before TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    release_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX decision_submission ON decision (submission_id, decided_at);
CREATE INDEX decision_release ON decision (release_at) WHERE state = 'PENDING' AND release_at IS NOT NULL;
CREATE INDEX response_submission ON response (submission_id, created_at);
