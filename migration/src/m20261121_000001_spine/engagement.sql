CREATE TABLE vote (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (submission_id, person_id)
);
CREATE TABLE follow (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (submission_id, person_id)
);
CREATE INDEX vote_person ON vote (person_id, submission_id);
CREATE INDEX follow_person ON follow (person_id, created_at);
