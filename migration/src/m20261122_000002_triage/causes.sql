ALTER TABLE root_cause ADD COLUMN merged_into {uuid} REFERENCES root_cause(id);
ALTER TABLE root_cause ADD COLUMN reach INTEGER NOT NULL DEFAULT 0;
ALTER TABLE root_cause ADD COLUMN submission_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE root_cause ADD COLUMN shown_reach INTEGER NOT NULL DEFAULT 0;
ALTER TABLE root_cause ADD COLUMN shown_submission_count INTEGER NOT NULL DEFAULT 0;
CREATE TABLE cause_closure (
    ancestor {uuid} NOT NULL REFERENCES root_cause(id),
    descendant {uuid} NOT NULL REFERENCES root_cause(id),
    depth INTEGER NOT NULL,
    PRIMARY KEY (ancestor, descendant)
);
CREATE TABLE cause_alias (
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    name_key TEXT NOT NULL,
    name TEXT NOT NULL,
    merge_id {uuid},
    created_at BIGINT NOT NULL,
    PRIMARY KEY (cause_id, name_key)
);
CREATE TABLE cause_edge (
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    contributes_to {uuid} NOT NULL REFERENCES root_cause(id),
    note TEXT,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (cause_id, contributes_to)
);
CREATE TABLE cause_merge (
    id {uuid} NOT NULL PRIMARY KEY,
    cause_id {uuid} NOT NULL REFERENCES root_cause(id),
    into_id {uuid} NOT NULL REFERENCES root_cause(id),
    before TEXT NOT NULL,
    merged_by {uuid} REFERENCES person(id),
    merged_at BIGINT NOT NULL,
    undone_by {uuid} REFERENCES person(id),
    undone_at BIGINT
);
CREATE TABLE cause_merge_link (
    link_id {uuid} NOT NULL,
    merge_id {uuid} NOT NULL REFERENCES cause_merge(id),
    fate TEXT NOT NULL,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    source TEXT NOT NULL,
    created_by {uuid} REFERENCES person(id),
    note TEXT,
    decision_id {uuid},
    created_at BIGINT NOT NULL,
    PRIMARY KEY (merge_id, link_id)
);
CREATE INDEX cause_closure_descendant ON cause_closure (descendant, ancestor);
CREATE INDEX cause_alias_key ON cause_alias (name_key);
CREATE INDEX cause_edge_to ON cause_edge (contributes_to);
CREATE INDEX cause_merge_cause ON cause_merge (cause_id, merged_at);
CREATE INDEX cause_merge_into ON cause_merge (into_id);
CREATE INDEX cause_merge_link_decision ON cause_merge_link (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX cause_link_decision ON cause_link (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX root_cause_parent ON root_cause (parent_id, name_key, id);
CREATE INDEX root_cause_reach ON root_cause (reach, id);
CREATE INDEX root_cause_shown_reach ON root_cause (shown_reach, id);
CREATE INDEX submission_group ON submission (COALESCE(canonical_id, id));
INSERT INTO cause_closure (ancestor, descendant, depth)
WITH RECURSIVE line (ancestor, descendant, depth) AS (
    SELECT id, id, 0 FROM root_cause
    UNION ALL
    SELECT above.parent_id, line.descendant, line.depth + 1
    FROM line JOIN root_cause above ON above.id = line.ancestor
    WHERE above.parent_id IS NOT NULL
)
SELECT ancestor, descendant, depth FROM line;
CREATE TABLE causes_counted AS
SELECT closure.ancestor AS cause_id, sub.id AS submission_id, sub.author_id AS author_id,
    MAX(CASE WHEN link.decision_id IS NULL OR linked.pending_decision_id IS NULL
        OR link.decision_id <> linked.pending_decision_id THEN 1 ELSE 0 END) AS shown
FROM cause_closure closure
JOIN root_cause live ON live.id = closure.descendant AND live.status NOT IN ('REJECTED', 'MERGED')
JOIN cause_link link ON link.cause_id = live.id
JOIN submission linked ON linked.id = link.submission_id AND linked.phase <> 'WITHDRAWN'
JOIN submission sub ON COALESCE(sub.canonical_id, sub.id) = COALESCE(linked.canonical_id, linked.id)
    AND sub.phase <> 'WITHDRAWN'
GROUP BY closure.ancestor, sub.id, sub.author_id;
CREATE INDEX causes_counted_cause ON causes_counted (cause_id);
CREATE TABLE causes_reached AS
SELECT cause_id, person_id, MAX(shown) AS shown FROM (
    SELECT cause_id, author_id AS person_id, shown FROM causes_counted WHERE author_id IS NOT NULL
    UNION ALL
    SELECT causes_counted.cause_id, vote.person_id, causes_counted.shown
    FROM causes_counted JOIN vote ON vote.submission_id = causes_counted.submission_id
) people GROUP BY cause_id, person_id;
CREATE INDEX causes_reached_cause ON causes_reached (cause_id);
UPDATE root_cause SET
    submission_count = (SELECT COUNT(*) FROM causes_counted c WHERE c.cause_id = root_cause.id),
    shown_submission_count = (SELECT COUNT(*) FROM causes_counted c WHERE c.cause_id = root_cause.id AND c.shown = 1),
    reach = (SELECT COUNT(*) FROM causes_reached r WHERE r.cause_id = root_cause.id)
        + (SELECT COUNT(*) FROM causes_counted c WHERE c.cause_id = root_cause.id AND c.author_id IS NULL),
    shown_reach = (SELECT COUNT(*) FROM causes_reached r WHERE r.cause_id = root_cause.id AND r.shown = 1)
        + (SELECT COUNT(*) FROM causes_counted c WHERE c.cause_id = root_cause.id AND c.author_id IS NULL AND c.shown = 1);
DROP TABLE causes_counted;
DROP TABLE causes_reached;
