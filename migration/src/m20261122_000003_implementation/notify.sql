@postgres ALTER TABLE notification ALTER COLUMN submission_id DROP NOT NULL;
@postgres ALTER TABLE notification ADD COLUMN item_id {uuid} REFERENCES action_item(id);
@sqlite ALTER TABLE notification RENAME TO notification_before;
@sqlite CREATE TABLE notification (
@sqlite     id {uuid} NOT NULL PRIMARY KEY,
@sqlite     person_id {uuid} NOT NULL REFERENCES person(id),
@sqlite     submission_id {uuid} REFERENCES submission(id),
@sqlite     kind TEXT NOT NULL,
@sqlite     fact_seq BIGINT NOT NULL,
@sqlite     decision_id {uuid},
@sqlite     comment_id {uuid},
@sqlite     created_at BIGINT NOT NULL,
@sqlite     read_at BIGINT,
@sqlite     item_id {uuid} REFERENCES action_item(id)
@sqlite );
@sqlite INSERT INTO notification (id, person_id, submission_id, kind, fact_seq, decision_id, comment_id, created_at, read_at)
@sqlite     SELECT id, person_id, submission_id, kind, fact_seq, decision_id, comment_id, created_at, read_at FROM notification_before;
@sqlite DROP TABLE notification_before;
@sqlite CREATE UNIQUE INDEX notification_fact ON notification (person_id, fact_seq);
@sqlite CREATE INDEX notification_person ON notification (person_id, created_at, id);
