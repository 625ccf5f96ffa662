CREATE TABLE org_unit (
    id {uuid} NOT NULL PRIMARY KEY,
    parent_id {uuid} REFERENCES org_unit(id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT UNIQUE,
    site_id {uuid} NOT NULL,
    zone TEXT,
    active_from TEXT,
    active_to TEXT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE unit_closure (
    ancestor {uuid} NOT NULL REFERENCES org_unit(id),
    descendant {uuid} NOT NULL REFERENCES org_unit(id),
    depth INTEGER NOT NULL,
    PRIMARY KEY (ancestor, descendant)
);
CREATE TABLE person (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    email_key TEXT UNIQUE,
    staff_code TEXT UNIQUE,
    home_unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    locale TEXT NOT NULL,
    password_hash TEXT,
    pin_hash TEXT,
    pin_once TEXT NOT NULL,
    vote_follows TEXT NOT NULL,
    bounced_at BIGINT,
    deactivated_at BIGINT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE service_principal (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE role_grant (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} REFERENCES person(id),
    service_id {uuid} REFERENCES service_principal(id),
    role TEXT NOT NULL,
    unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    granted_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL
);
CREATE TABLE api_token (
    id {uuid} NOT NULL PRIMARY KEY,
    service_id {uuid} NOT NULL REFERENCES service_principal(id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person(id),
    device_id {uuid},
    method TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE TABLE refresh_token (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id {uuid} NOT NULL REFERENCES session(id),
    previous TEXT,
    issued_at BIGINT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE TABLE device (
    id {uuid} NOT NULL PRIMARY KEY,
    unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    enrolled_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE TABLE known_device (
    person_id {uuid} NOT NULL REFERENCES person(id),
    fingerprint TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, fingerprint)
);
CREATE TABLE login_code (
    id {uuid} NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_id {uuid} REFERENCES person(id),
    account TEXT,
    request_hash TEXT,
    attempts INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE TABLE guess (
    id {serial},
    account TEXT NOT NULL,
    device TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX org_unit_parent ON org_unit (parent_id);
CREATE INDEX org_unit_site ON org_unit (site_id);
CREATE INDEX unit_closure_descendant ON unit_closure (descendant, ancestor);
CREATE INDEX person_home_unit ON person (home_unit_id);
CREATE INDEX person_name ON person (name, id);
CREATE UNIQUE INDEX role_grant_person ON role_grant (person_id, role, unit_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX role_grant_service ON role_grant (service_id, role, unit_id) WHERE service_id IS NOT NULL;
CREATE INDEX role_grant_unit ON role_grant (unit_id);
CREATE INDEX api_token_service ON api_token (service_id);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX device_unit ON device (unit_id);
CREATE INDEX login_code_request ON login_code (request_hash) WHERE request_hash IS NOT NULL;
CREATE INDEX login_code_account ON login_code (account, created_at) WHERE account IS NOT NULL;
CREATE INDEX login_code_expires ON login_code (expires_at);
CREATE INDEX guess_account ON guess (account, at);
CREATE TABLE server_key (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
