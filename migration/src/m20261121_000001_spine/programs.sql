CREATE TABLE program (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    standard TEXT NOT NULL,
    ends_on TEXT,
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE reason (
    id {uuid} NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    phase TEXT NOT NULL,
    position INTEGER NOT NULL,
    archived_at BIGINT,
    version INTEGER NOT NULL
);
CREATE TABLE status (
    id {uuid} NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    phase TEXT NOT NULL,
    standard TEXT NOT NULL,
    position INTEGER NOT NULL,
    archived_at BIGINT,
    version INTEGER NOT NULL
);
CREATE TABLE label (
    subject_id {uuid} NOT NULL,
    locale TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (subject_id, locale)
);
CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX program_default ON program (standard) WHERE standard = 'DEFAULT';
CREATE UNIQUE INDEX status_default ON status (phase) WHERE standard = 'DEFAULT';
