CREATE TABLE timed_work (
    kind TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    period TEXT NOT NULL,
    done_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id, period)
);
DELETE FROM setting WHERE key = 'clocks_next_round';
