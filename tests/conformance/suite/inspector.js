// graphql-inspector: what was released may be added to, not taken away. api/released/ has the schema of each release, and
// breaking.json what was broken all the same, and why.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { ROOT } from '../harness/server.js';

const RELEASED = join(ROOT, 'api/released');
const PRESENT = join(ROOT, 'api/schema.graphql');

const text = (path) => readFileSync(path, 'utf8');
const place = (version) => join(RELEASED, `schema-${version}.graphql`);

/** Versions with a schema, oldest first. */
function versions() {
  const found = readdirSync(RELEASED).flatMap((name) => name.match(/^schema-(.+)\.graphql$/)?.[1] ?? []);
  return found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Descriptions of the breaking changes from one schema to the other. */
async function breaking(from, to) {
  const changes = await diff(buildSchema(from), buildSchema(to));
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map((change) => `${change.path}: ${change.message}`);
}

export async function run(check) {
  const accepted = JSON.parse(text(join(RELEASED, 'breaking.json')));
  const of = (version) => accepted[version].flatMap(({ changes }) => changes);
  const last = versions().at(-1);
  await check('nothing that was released is broken, but for what is listed with its reason', async () => {
    assert.deepEqual(Object.keys(accepted).sort(), versions().sort());
    for (const [index, version] of versions().entries()) {
      const next = versions()[index + 1];
      const found = await breaking(text(place(version)), text(next ? place(next) : PRESENT));
      assert.deepEqual(found.sort(), of(version).sort(), `since ${version}: list it in api/released/breaking.json, or undo it`);
      assert.ok(accepted[version].every(({ why }) => why.length > 20), 'a reason is a sentence');
    }
  });
  await check('the check itself sees what is missing', async () => {
    const without = text(PRESENT).replace('\tserverVersion: String!\n', '\tversionOfServer: String!\n');
    const found = await breaking(text(place(last)), without);
    assert.deepEqual(found.filter((change) => !of(last).includes(change)), [
      "Query.serverVersion: Field 'serverVersion' was removed from object type 'Query'",
    ]);
  });
}
