CREATE TABLE twin_span (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    root_id {uuid} NOT NULL REFERENCES submission(id),
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (submission_id, root_id, since)
);
CREATE INDEX twin_span_root ON twin_span (root_id, since);
INSERT INTO twin_span (submission_id, root_id, since)
WITH RECURSIVE line (submission_id, at_id, since) AS (
    SELECT submission_id, into_id, since FROM joining
    UNION ALL
    SELECT line.submission_id, up.into_id, CASE WHEN up.since > line.since THEN up.since ELSE line.since END
    FROM line JOIN joining up ON up.submission_id = line.at_id
)
SELECT line.submission_id, line.at_id, line.since
FROM line JOIN submission twin ON twin.id = line.submission_id AND twin.canonical_id = line.at_id;
CREATE INDEX cause_merge_link_link ON cause_merge_link (link_id);
CREATE INDEX cause_merge_link_submission ON cause_merge_link (submission_id);
CREATE INDEX clock_paused ON clock (submission_id) WHERE state = 'PAUSED';
