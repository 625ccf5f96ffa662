CREATE TABLE announcement (
    id {uuid} NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    cause_id {uuid} REFERENCES root_cause(id),
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_by {uuid} REFERENCES person(id),
    published_at BIGINT,
    withdrawn_by {uuid} REFERENCES person(id),
    withdrawn_at BIGINT,
    told INTEGER NOT NULL,
    told_up_to {uuid},
    told_at BIGINT,
    version INTEGER NOT NULL
);
CREATE TABLE announcement_text (
    announcement_id {uuid} NOT NULL REFERENCES announcement(id),
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (announcement_id, language)
);
CREATE TABLE announcement_unit (
    announcement_id {uuid} NOT NULL REFERENCES announcement(id),
    unit_id {uuid} NOT NULL REFERENCES org_unit(id),
    PRIMARY KEY (announcement_id, unit_id)
);
CREATE TABLE announcement_submission (
    announcement_id {uuid} NOT NULL REFERENCES announcement(id),
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    PRIMARY KEY (announcement_id, submission_id)
);
CREATE INDEX announcement_created ON announcement (created_at, id);
CREATE INDEX announcement_published ON announcement (published_at, id) WHERE state = 'PUBLISHED';
CREATE INDEX announcement_unit_unit ON announcement_unit (unit_id, announcement_id);
ALTER TABLE notification ADD COLUMN announcement_id {uuid} REFERENCES announcement(id);
CREATE TABLE hearing (
    person_id {uuid} NOT NULL REFERENCES person(id),
    topic TEXT NOT NULL,
    channel TEXT NOT NULL,
    delivery TEXT NOT NULL,
    PRIMARY KEY (person_id, topic, channel)
);
INSERT INTO hearing (person_id, topic, channel, delivery)
    SELECT person_id,
           CASE WHEN kind IN ('OWN_DECISION', 'OWN_QUESTION', 'STILL_FIXED') THEN 'OWN'
                WHEN kind = 'FOLLOWED_DECISION' THEN 'FOLLOWED'
                WHEN kind IN ('OWN_COMMENT', 'MENTION') THEN 'COMMENTS'
                ELSE 'WORK' END,
           'EMAIL', MAX(email)
      FROM preference
     GROUP BY 1, 2;
DROP TABLE preference;
CREATE TABLE digest_line (
    notification_id {uuid} NOT NULL PRIMARY KEY REFERENCES notification(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    due_at BIGINT NOT NULL,
    mail_id {uuid} REFERENCES mail(id)
);
CREATE INDEX digest_line_due ON digest_line (due_at, person_id) WHERE mail_id IS NULL;
CREATE INDEX digest_line_mail ON digest_line (mail_id) WHERE mail_id IS NOT NULL;
