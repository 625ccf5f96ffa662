CREATE TABLE absence (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person(id),
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    delegate_id {uuid} REFERENCES person(id),
    created_by {uuid} REFERENCES person(id),
    cancelled_at BIGINT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE rota (
    id {uuid} NOT NULL PRIMARY KEY,
    unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    kind TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE rota_place (
    rota_id {uuid} NOT NULL REFERENCES rota(id),
    position INTEGER NOT NULL,
    person_id {uuid} NOT NULL REFERENCES person(id),
    PRIMARY KEY (rota_id, position)
);
CREATE TABLE load_limit (
    person_id {uuid} NOT NULL PRIMARY KEY REFERENCES person(id),
    open_limit INTEGER NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX absence_person ON absence (person_id, to_on) WHERE cancelled_at IS NULL;
CREATE INDEX absence_delegate ON absence (delegate_id, to_on) WHERE cancelled_at IS NULL AND delegate_id IS NOT NULL;
CREATE INDEX absence_order ON absence (from_on, id);
CREATE UNIQUE INDEX rota_unit ON rota (unit_id);
CREATE INDEX rota_place_person ON rota_place (person_id);
CREATE INDEX submission_assignee_phase ON submission (assignee_id, phase) WHERE assignee_id IS NOT NULL;
CREATE INDEX root_cause_owner ON root_cause (owner_id) WHERE owner_id IS NOT NULL;
