CREATE TABLE root_cause (
    id {uuid} NOT NULL PRIMARY KEY,
    parent_id {uuid} REFERENCES root_cause(id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    category TEXT NOT NULL,
    status TEXT NOT NULL,
    owner_id {uuid} REFERENCES person(id),
    owner_unit_id {uuid} REFERENCES org_unit(id),
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE cause_why (
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (cause_id, position)
);
CREATE TABLE cause_link (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    source TEXT NOT NULL,
    created_by {uuid} REFERENCES person(id),
    note TEXT,
    decision_id {uuid},
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX root_cause_name ON root_cause (parent_id, name_key) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX root_cause_top_name ON root_cause (name_key) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX cause_link_pair ON cause_link (submission_id, cause_id);
CREATE INDEX cause_link_cause ON cause_link (cause_id);
