CREATE TABLE report (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    comment_id {uuid} REFERENCES comment(id),
    reporter_id {uuid} NOT NULL REFERENCES person(id),
    reason TEXT NOT NULL,
    note TEXT,
    created_at BIGINT NOT NULL,
    resolution TEXT,
    resolved_by {uuid} REFERENCES person(id),
    resolved_at BIGINT
);
CREATE UNIQUE INDEX report_once ON report (reporter_id, submission_id) WHERE comment_id IS NULL;
CREATE UNIQUE INDEX report_comment_once ON report (reporter_id, comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX report_reporter ON report (reporter_id, created_at);
CREATE INDEX report_submission ON report (submission_id, created_at);
CREATE INDEX report_newest ON report (created_at, id);
ALTER TABLE routing_rule ADD COLUMN cause_id {uuid} REFERENCES root_cause(id);
CREATE TABLE link_before (
    link_id {uuid} NOT NULL PRIMARY KEY,
    decision_id {uuid} NOT NULL,
    source TEXT NOT NULL,
    note TEXT
);
CREATE INDEX link_before_decision ON link_before (decision_id);
CREATE INDEX comment_written ON comment (created_at);
CREATE INDEX notification_decision ON notification (decision_id) WHERE decision_id IS NOT NULL;
