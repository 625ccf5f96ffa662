// graphql-inspector: what was released may be added to, not taken away. released.graphql is the
// schema of the last release; releasing means copying api/schema.graphql there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { ROOT } from '../harness/server.js';

// Breaking changes that were made all the same, and why. A line goes when the next schema is
// released; one that no longer applies is a failure.
const ACCEPTED = [
  // The shown phase of a joined submission is read from the one that it is joined to. A field that
  // can fail is nullable (docs/API-DESIGN.md), or a fault there would take the whole list with it.
  ...['Idea', 'Observation', 'Submission'].map((type) =>
    `${type}.shownPhase: Field '${type}.shownPhase' changed type from 'Phase!' to 'Phase'`),
  // An item of a plan may be about a root cause: then the reminder is about no submission.
  "Notification.submissionId: Field 'Notification.submissionId' changed type from 'ID!' to 'ID'",
  // The queue takes the filter algebra of every other list; its own three filters said less.
  "QueuePart: Type 'QueuePart' was removed",
  "QueuePhases: Type 'QueuePhases' was removed",
  "QueueUnit: Type 'QueueUnit' was removed",
  "QueueFilter.part: Input field 'part' was removed from input object type 'QueueFilter'",
  "QueueFilter.unit: Input field 'QueueFilter.unit' changed type from 'QueueUnit' to 'UnitFilter'",
  "QueueFilter.phase: Input field 'QueueFilter.phase' changed type from 'QueuePhases' to 'QueuePhaseFilter'",
];

function schema(path) {
  return buildSchema(readFileSync(join(ROOT, path), 'utf8'));
}

/** Descriptions of the breaking changes from one schema to the other. */
async function breaking(from, to) {
  const changes = await diff(from, to);
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map((change) => `${change.path}: ${change.message}`);
}

export async function run(check) {
  const [released, present] = ['tests/conformance/released.graphql', 'api/schema.graphql'].map(schema);
  await check('nothing that was released is broken, but for what is accepted', async () => {
    assert.deepEqual((await breaking(released, present)).sort(), [...ACCEPTED].sort());
  });
  await check('the check itself sees what is missing', async () => {
    const without = readFileSync(join(ROOT, 'api/schema.graphql'), 'utf8').replace('\tserverVersion: String!\n', '\tversionOfServer: String!\n');
    const found = await breaking(released, buildSchema(without));
    assert.deepEqual(found.filter((change) => !ACCEPTED.includes(change)), [
      "Query.serverVersion: Field 'serverVersion' was removed from object type 'Query'",
    ]);
  });
}
