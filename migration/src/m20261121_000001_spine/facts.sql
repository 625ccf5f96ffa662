CREATE TABLE fact (
    seq {sequenced},
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id {uuid},
    caused_by BIGINT,
    audience TEXT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
);
CREATE TABLE client_key (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    result TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX fact_subject ON fact (subject_id, seq);
CREATE INDEX fact_kind ON fact (kind, seq);
CREATE INDEX client_key_expires ON client_key (expires_at);
@postgres CREATE SEQUENCE fact_seq CACHE 1;
