// The Relay compiler over api/schema.graphql: fragments, a refetchable connection, a
// subscription and a mutation as a Relay app would write them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import compiler from 'relay-compiler';
import { ROOT } from '../harness/server.js';

const SOURCES = fileURLToPath(new URL('./relay', import.meta.url));

/** Runs the compiler in a folder of its own and answers it; `change` may touch the sources before. */
function compiled(work, change = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-relay-'));
  try {
    cpSync(SOURCES, join(folder, 'src'), { recursive: true });
    cpSync(join(ROOT, 'api/schema.graphql'), join(folder, 'schema.graphql'));
    writeFileSync(join(folder, 'relay.config.json'), JSON.stringify({
      src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: true,
      schemaConfig: { nodeInterfaceIdField: 'id' },
    }));
    change(join(folder, 'src'));
    const ran = spawnSync(compiler, ['relay.config.json'], { cwd: folder, encoding: 'utf8' });
    return work(ran, join(folder, 'src', '__generated__'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function run(check) {
  await check('an app compiles', () => compiled((ran, generated) => {
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    for (const name of ['appIdeasQuery', 'appIdeas_ideas', 'IdeasPaginationQuery', 'appMoveMutation', 'appStepsSubscription', 'appOneRefetchQuery']) {
      assert.ok(existsSync(join(generated, `${name}.graphql.js`)), `${name} is missing`);
    }
    assert.match(readFileSync(join(generated, 'IdeasPaginationQuery.graphql.js'), 'utf8'), /appIdeas_ideas/);
  }));
  await check('a field that is not there is found', () => compiled(
    (ran) => {
      assert.notEqual(ran.status, 0);
      assert.match(ran.stdout + ran.stderr, /thereIsNoSuchField/);
    },
    (folder) => {
      const file = join(folder, 'app.js');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/\breference\b/, 'thereIsNoSuchField'));
    },
  ));
}
