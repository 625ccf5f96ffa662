// The audits of GraphQL over HTTP (package graphql-http). Every one of them must be met, also
// those that only SHOULD or MAY be.

import assert from 'node:assert/strict';
import { serverAudits } from 'graphql-http';

// How many the package has; another number means another release to look at.
const AUDITS = 61;

export async function run(check, { server, tokens }) {
  // Some audits ask for `__type`, which is for signed-in callers.
  const fetchFn = (url, init = {}) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${tokens.nurse}` } });
  const audits = serverAudits({ url: server.url, fetchFn });
  await check(`there are ${AUDITS} audits`, () => assert.equal(audits.length, AUDITS));
  for (const audit of audits) {
    await check(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', result.reason);
    });
  }
}
