CREATE TABLE reply_template (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    phase TEXT,
    reason_id {uuid} REFERENCES reason(id),
    created_by {uuid} REFERENCES person(id),
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE reply_text (
    reply_id {uuid} NOT NULL REFERENCES reply_template(id),
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (reply_id, language)
);
CREATE UNIQUE INDEX reply_template_name ON reply_template (name_key) WHERE archived_at IS NULL;
CREATE INDEX reply_template_order ON reply_template (name_key, id);
