CREATE TABLE routing_rule (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    touchpoint_id {uuid} REFERENCES touchpoint(id),
    unit_id {uuid} REFERENCES org_unit(id),
    words TEXT NOT NULL,
    word_match TEXT NOT NULL,
    kind TEXT,
    channel TEXT,
    severity TEXT,
    function_id {uuid} REFERENCES org_unit(id),
    assignee_id {uuid} REFERENCES person(id),
    tags TEXT NOT NULL,
    created_by {uuid} REFERENCES person(id),
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX routing_rule_name ON routing_rule (name_key) WHERE archived_at IS NULL;
CREATE INDEX routing_rule_order ON routing_rule (position, id) WHERE archived_at IS NULL;
