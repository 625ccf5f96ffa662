// Starts the server and points other people's clients, audits and linters at it. `npm ci && npm
// test`; the last line is the count. A part that ran another number of checks than is written
// here fails: nothing is skipped in silence.

import { Checks } from './harness/checks.js';
import { postgres } from './harness/postgres.js';
import { Server, binary, freePort } from './harness/server.js';
import * as audits from './suite/audits.js';
import * as apollo from './suite/apollo.js';
import * as compression from './suite/compression.js';
import * as documents from './suite/documents.js';
import * as examples from './suite/examples.js';
import * as inspector from './suite/inspector.js';
import * as lint from './suite/lint.js';
import * as pages from './suite/pages.js';
import * as relay from './suite/relay.js';
import * as sse from './suite/sse.js';
import * as urql from './suite/urql.js';
import * as websocket from './suite/websocket.js';

/** What looks at api/schema.graphql alone, with how many checks each has. */
const ON_PAPER = [['lint', lint, 4], ['inspector', inspector, 2], ['relay', relay, 2]];
/** What needs a running server. `sse` and `websocket` restart it at their end, which prints
 * the fresh one-time links that `examples` and `pages` use. */
const RUNNING = [['audits', audits, 62], ['compression', compression, 3], ['apollo', apollo, 7], ['urql', urql, 5], ['documents', documents, 6], ['sse', sse, 9], ['websocket', websocket, 12], ['examples', examples, 17], ['pages', pages, 10]];
/** The same clients over the other database: what passes there tells that the wire does not care. */
const SMOKE = [['audits', audits, 62], ['urql', urql, 5], ['sse', sse, 9], ['examples', examples, 17]];

const checks = new Checks();

async function part(label, module, expected, world) {
  const begun = Date.now();
  try {
    await module.run(checks.forPart(label), world);
  } catch (error) {
    checks.fail(`${label} broke off`, error);
  }
  const count = checks.counts.get(label);
  if (count !== expected) checks.fail(`${label} ran ${count} checks, not ${expected}`);
  console.log(`${label.padEnd(24)} ${String(count).padStart(4)} checks  ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

async function against(database, parts, environment) {
  const server = new Server(binary(), await freePort(), environment);
  try {
    await server.start();
    const tokens = {};
    for (const role of ['nurse', 'reviewer', 'manager', 'admin']) tokens[role] = await server.signIn(role);
    for (const [name, module, expected] of parts) {
      await part(`${name}, ${database}`, module, expected, { server, tokens });
    }
  } catch (error) {
    checks.fail(`${database} broke off`, error);
  } finally {
    await server.remove();
    if (/panicked/.test(server.log)) checks.fail(`${database}: the server panicked`, server.log);
  }
}

for (const [name, module, expected] of ON_PAPER) await part(name, module, expected);
await against('SQLite', RUNNING, { EARSHOT_DOCUMENTS: documents.DOCUMENTS.pathname });
const cluster = await postgres();
try {
  await against('PostgreSQL', SMOKE, { DATABASE_URL: cluster.url });
} finally {
  await cluster.stop();
}

console.log(`\n${checks.passed} passed, ${checks.failed.length} failed`);
process.exit(checks.failed.length === 0 && checks.passed > 0 ? 0 : 1);
