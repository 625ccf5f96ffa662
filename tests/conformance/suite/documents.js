// Documents that are named instead of sent: Apollo's automatic persisted queries, `documentId`, and
// the mode that executes nothing else. Cost and budget as a client sees them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Server, binary, freePort } from '../harness/server.js';

export const DOCUMENTS = new URL('../documents.json', import.meta.url);
const registered = JSON.parse(readFileSync(DOCUMENTS, 'utf8'));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function post({ server }, token, body) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { response, body: await response.json() };
}

const code = ({ body }) => body.errors?.[0]?.extensions?.code;
const persisted = (sha256Hash) => ({ persistedQuery: { version: 1, sha256Hash } });

export async function run(check, world) {
  const nurse = world.tokens.nurse;
  await automatic(check, world);
  await check('a registered document by its id', async () => {
    const { body } = await post(world, nurse, { documentId: 'Viewer' });
    assert.ok(body.data.viewer.person.name);
    assert.ok((await post(world, nurse, { documentId: `sha256:${sha256(registered.Viewer)}` })).body.data);
    assert.equal(code(await post(world, nurse, { documentId: 'Other' })), 'PERSISTED_QUERY_NOT_FOUND');
    assert.equal(code(await post(world, nurse, { documentId: 'Viewer', query: '{ __typename }' })), 'BAD_REQUEST');
    const both = { documentId: 'Viewer', extensions: persisted(sha256('another')) };
    assert.equal(code(await post(world, nurse, both)), 'BAD_REQUEST', 'one name, or others would be answered by it');
  });
  await check('what it cost and what is left is told', async () => {
    const { response, body } = await post(world, nurse, { query: '{ rateLimit { cost limit remaining fullAt } serverVersion }' });
    const { cost, limit, remaining } = body.data.rateLimit;
    assert.equal(body.extensions.cost.requested, cost);
    assert.ok(cost > 0 && limit > 0 && remaining <= limit - cost, JSON.stringify(body));
    assert.equal(response.headers.get('ratelimit-policy'), `"cost";q=${limit};w=60`);
    assert.match(response.headers.get('ratelimit'), new RegExp(`^"cost";r=${remaining};t=\\d+$`));
  });
  await closed(check);
}

async function automatic(check, world) {
  await check('automatic persisted queries of Apollo Client', async () => {
    const bodies = [];
    const seen = new ApolloLink((operation, forward) => {
      bodies.push(operation.getContext().http?.includeQuery !== false);
      return forward(operation);
    });
    const hashing = new PersistedQueryLink({ sha256 });
    const link = ApolloLink.from([hashing, seen, new HttpLink({ uri: world.server.url, headers: { authorization: `Bearer ${world.tokens.nurse}` } })]);
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const query = gql`query Persisted { viewer { person { id name } } }`;
    for (let at = 0; at < 2; at += 1) {
      const { data } = await client.query({ query, fetchPolicy: 'network-only' });
      assert.ok(data.viewer.person.name);
    }
    assert.deepEqual(bodies, [false, true, false], 'the hash, then the text, then the hash alone');
  });
  await check('a hash that is another text\'s, or none, is refused', async () => {
    const query = '{ serverVersion }';
    const wrong = await post(world, world.tokens.nurse, { query, extensions: persisted(sha256('other')) });
    assert.equal(code(wrong), 'BAD_REQUEST');
    const none = await post(world, world.tokens.nurse, { query, extensions: persisted('x') });
    assert.equal(code(none), 'BAD_REQUEST');
    const unknown = await post(world, world.tokens.nurse, { extensions: persisted(sha256('never sent')) });
    assert.deepEqual([code(unknown), unknown.body.errors[0].message], ['PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound']);
  });
}

/** A server of its own that executes registered documents only, with small budgets. */
async function closed(check) {
  const server = new Server(binary(), await freePort(), {
    EARSHOT_DOCUMENTS: DOCUMENTS.pathname,
    EARSHOT_DOCUMENTS_MODE: 'registered-only',
    EARSHOT_BUDGET_ADDRESS: '40',
  });
  await server.start();
  try {
    await check('registered-only: nothing else, over no wire', async () => {
      const world = { server };
      assert.ok((await post(world, undefined, { documentId: 'Version' })).body.data.serverVersion);
      assert.ok((await post(world, undefined, { query: registered.Version })).body.data.serverVersion);
      assert.equal(code(await post(world, undefined, { query: '{ __typename }' })), 'PERSISTED_QUERY_NOT_FOUND');
      const stream = await fetch(`${server.url}?query={__typename}`, { headers: { accept: 'text/event-stream' } });
      assert.match(await stream.text(), /PERSISTED_QUERY_NOT_FOUND/);
    });
    await check('an empty budget is 429 with Retry-After', async () => {
      let last;
      for (let at = 0; at < 60 && last?.response.status !== 429; at += 1) {
        last = await post({ server }, undefined, { documentId: 'Version' });
      }
      assert.equal(last.response.status, 429);
      assert.equal(code(last), 'RATE_LIMITED');
      assert.ok(Number(last.response.headers.get('retry-after')) >= 1);
    });
  } finally {
    await server.remove();
  }
}
