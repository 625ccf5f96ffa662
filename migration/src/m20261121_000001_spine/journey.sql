CREATE TABLE journey (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    position INTEGER NOT NULL,
    owner_id {uuid} REFERENCES person(id),
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE touchpoint (
    id {uuid} NOT NULL PRIMARY KEY,
    journey_id {uuid} NOT NULL REFERENCES journey(id),
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    owner_id {uuid} REFERENCES person(id),
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX touchpoint_name ON touchpoint (journey_id, name);
