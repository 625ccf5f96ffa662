CREATE TABLE search_document (
    number {serial},
    submission_id {uuid} NOT NULL UNIQUE REFERENCES submission(id),
@postgres     vector TSVECTOR GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED,
    words TEXT NOT NULL
);
@postgres CREATE INDEX search_document_vector ON search_document USING GIN (vector);
@sqlite CREATE VIRTUAL TABLE search_index USING fts5(words, content = 'search_document', content_rowid = 'number', tokenize = 'ascii', detail = none, prefix = '2 3');
@sqlite INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);
@sqlite CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN
@sqlite     INSERT INTO search_index (rowid, words) VALUES (new.number, new.words);
@sqlite END;
@sqlite CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN
@sqlite     INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.number, old.words);
@sqlite END;
@sqlite CREATE TRIGGER search_document_changed AFTER UPDATE ON search_document BEGIN
@sqlite     INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.number, old.words);
@sqlite     INSERT INTO search_index (rowid, words) VALUES (new.number, new.words);
@sqlite END;
CREATE TABLE queue_view (
    id {uuid} NOT NULL PRIMARY KEY,
    owner_id {uuid} NOT NULL REFERENCES person(id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    sharing TEXT NOT NULL,
    unit_id {uuid} REFERENCES org_unit(id),
    filter TEXT NOT NULL,
    sorted TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE queue_view_default (
    person_id {uuid} NOT NULL PRIMARY KEY REFERENCES person(id),
    view_id {uuid} NOT NULL REFERENCES queue_view(id)
);
CREATE UNIQUE INDEX queue_view_name ON queue_view (owner_id, name_key);
CREATE INDEX queue_view_shared ON queue_view (sharing, position, name_key, id) WHERE sharing <> 'PRIVATE';
CREATE INDEX queue_view_default_view ON queue_view_default (view_id);
CREATE INDEX submission_open_age ON submission (created_at, id) WHERE (phase IN ('SUBMITTED', 'UNDER_REVIEW')) IS TRUE;
CREATE INDEX submission_open_due ON submission (coalesce(due_at, 9223372036854775807), created_at, id) WHERE (phase IN ('SUBMITTED', 'UNDER_REVIEW')) IS TRUE;
CREATE INDEX submission_open_severity ON submission ((CASE severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END), created_at, id) WHERE (phase IN ('SUBMITTED', 'UNDER_REVIEW')) IS TRUE;
