CREATE TABLE job (
    id {uuid} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    dedupe_key TEXT UNIQUE,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    run_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until BIGINT,
    fence BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE TABLE reader_cursor (
    reader TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX job_ready ON job (state, priority, run_at);
CREATE INDEX job_lease ON job (leased_until) WHERE state = 'RUNNING';
