CREATE TABLE adoption (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    site_id {uuid} NOT NULL REFERENCES org_unit(id),
    state TEXT NOT NULL,
    message TEXT,
    reason TEXT,
    offered_by {uuid} REFERENCES person(id),
    offered_at BIGINT NOT NULL,
    accepted_by {uuid} REFERENCES person(id),
    accepted_at BIGINT,
    closed_by {uuid} REFERENCES person(id),
    closed_at BIGINT,
    version INTEGER NOT NULL
);
ALTER TABLE outcome ADD COLUMN adoption_id {uuid} REFERENCES adoption(id);
ALTER TABLE notification ADD COLUMN adoption_id {uuid} REFERENCES adoption(id);
CREATE UNIQUE INDEX adoption_live ON adoption (submission_id, site_id) WHERE state IN ('OFFERED', 'ADOPTING', 'ADOPTED');
CREATE INDEX adoption_submission ON adoption (submission_id);
CREATE INDEX adoption_site ON adoption (site_id, offered_at, id);
CREATE INDEX outcome_adoption ON outcome (adoption_id) WHERE adoption_id IS NOT NULL;
