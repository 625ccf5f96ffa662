CREATE TABLE external_link (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} REFERENCES submission(id),
    item_id {uuid} REFERENCES action_item(id),
    system TEXT NOT NULL,
    key TEXT NOT NULL,
    url TEXT,
    state TEXT,
    service_id {uuid} REFERENCES service_principal(id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX external_link_key ON external_link (system, key);
CREATE INDEX external_link_submission ON external_link (submission_id, id);
CREATE INDEX external_link_item ON external_link (item_id, id);
