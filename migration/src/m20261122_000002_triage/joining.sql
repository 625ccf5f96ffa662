CREATE TABLE joining (
    submission_id {uuid} NOT NULL PRIMARY KEY REFERENCES submission(id),
    into_id {uuid} NOT NULL REFERENCES submission(id),
    since BIGINT NOT NULL
);
CREATE INDEX joining_into ON joining (into_id);
INSERT INTO joining (submission_id, into_id, since)
    SELECT id, merged_into, entered_at FROM submission WHERE merged_into IS NOT NULL AND shown_phase = 'MERGED';
UPDATE submission SET canonical_id = merged_into WHERE id IN (SELECT submission_id FROM joining);
UPDATE submission SET vote_count = (
        SELECT COUNT(*) FROM (
            SELECT v.person_id AS person FROM vote v JOIN submission m ON m.id = v.submission_id
                WHERE m.id = submission.id OR m.canonical_id = submission.id
            UNION SELECT t.author_id FROM submission t WHERE t.canonical_id = submission.id AND t.author_id IS NOT NULL
        ) counted WHERE submission.author_id IS NULL OR counted.person <> submission.author_id
    ) + (SELECT COUNT(*) FROM submission t WHERE t.canonical_id = submission.id AND t.author_id IS NULL)
    WHERE id IN (SELECT canonical_id FROM submission WHERE canonical_id IS NOT NULL);
UPDATE submission SET reach = vote_count + 1 WHERE id IN (SELECT canonical_id FROM submission WHERE canonical_id IS NOT NULL);
