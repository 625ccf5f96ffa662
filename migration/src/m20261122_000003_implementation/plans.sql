CREATE TABLE action_plan (
    id {uuid} NOT NULL PRIMARY KEY,
    submission_id {uuid} REFERENCES submission(id),
    cause_id {uuid} REFERENCES root_cause(id),
    filled_at BIGINT,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL
);
CREATE TABLE action_item (
    id {uuid} NOT NULL PRIMARY KEY,
    plan_id {uuid} NOT NULL REFERENCES action_plan(id),
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT,
    assignee_id {uuid} REFERENCES person(id),
    function_id {uuid} REFERENCES org_unit(id),
    due_on TEXT,
    status TEXT NOT NULL,
    remind_at BIGINT,
    done_at BIGINT,
    created_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE action_check (
    id {uuid} NOT NULL PRIMARY KEY,
    item_id {uuid} NOT NULL REFERENCES action_item(id),
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    ticked_by {uuid} REFERENCES person(id),
    ticked_at BIGINT
);
CREATE TABLE action_wait (
    item_id {uuid} NOT NULL REFERENCES action_item(id),
    waits_for {uuid} NOT NULL REFERENCES action_item(id),
    PRIMARY KEY (item_id, waits_for)
);
CREATE TABLE help (
    submission_id {uuid} NOT NULL REFERENCES submission(id),
    person_id {uuid} NOT NULL REFERENCES person(id),
    state TEXT NOT NULL,
    named_by {uuid} REFERENCES person(id),
    created_at BIGINT NOT NULL,
    named_at BIGINT,
    PRIMARY KEY (submission_id, person_id)
);
CREATE UNIQUE INDEX action_plan_submission ON action_plan (submission_id) WHERE submission_id IS NOT NULL;
CREATE UNIQUE INDEX action_plan_cause ON action_plan (cause_id) WHERE cause_id IS NOT NULL;
CREATE INDEX action_item_plan ON action_item (plan_id, position);
CREATE INDEX action_item_assignee ON action_item (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX action_item_function ON action_item (function_id) WHERE function_id IS NOT NULL;
CREATE INDEX action_item_remind ON action_item (remind_at, id) WHERE remind_at IS NOT NULL;
CREATE UNIQUE INDEX action_check_place ON action_check (item_id, position);
