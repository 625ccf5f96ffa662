// The client graphql-sse in its distinct connections mode: events, errors, resuming, sign-out, and
// coming back after a restart.

import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { accept, idea, plan, settle, until } from '../harness/story.js';

const STEPS = `subscription Steps($ids: [ID!], $after: String) {
  ideaStatusChanged(filter: { ids: $ids }, after: $after) { cursor reference to }
}`;

function client({ server }, token, options = {}) {
  return createClient({
    url: server.url,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    ...options,
  });
}

async function once(streams, request) {
  for await (const result of streams.iterate(request)) return result;
  throw new Error('no answer');
}

/** Follows steps and collects what is told. */
function follow(streams, variables) {
  const followed = { told: [], errors: [], broken: undefined, complete: false };
  followed.stop = streams.subscribe({ query: STEPS, variables }, {
    next: ({ data, errors }) => {
      if (data) followed.told.push(data.ideaStatusChanged);
      if (errors) followed.errors.push(...errors);
    },
    error: (error) => { followed.broken = error; },
    complete: () => { followed.complete = true; },
  });
  return followed;
}

/** The stream as bytes, for what the client does not show. */
function bare({ server }, token, { headers = {}, ...request }) {
  return fetch(server.url + request.query, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, ...headers },
    signal: request.signal,
  });
}

export async function run(check, world) {
  const streams = client(world, world.tokens.nurse);
  await check('a query is one event', async () => {
    const { data } = await once(streams, { query: '{ viewer { person { id name } } }' });
    assert.ok(data.viewer.person.name);
  });
  await check('a mutation too', async () => {
    const { id } = await idea(world);
    const query = 'mutation Drop($input: SubmissionUnfollowInput!) { submissionUnfollow(input: $input) { submission { id } } }';
    const { data } = await once(streams, { query, variables: { input: { submissionId: id } } });
    assert.equal(data.submissionUnfollow.submission.id, id);
  });
  await check('a wrong document is an event with errors, and the end', async () => {
    for (const [query, code] of [['{ thereIsNoSuchField }', 'GRAPHQL_VALIDATION_FAILED'], ['{', 'GRAPHQL_PARSE_FAILED']]) {
      const results = [];
      for await (const result of streams.iterate({ query })) results.push(result);
      assert.deepEqual(results.map((it) => it.errors[0].extensions.code), [code]);
    }
  });
  let cursor;
  await check('an announced step is told, once', async () => {
    const { id, reference } = await idea(world);
    const followed = follow(streams, { ids: [id] });
    await settle();
    await accept(world, id);
    await until('the step', () => followed.told.length > 0);
    await settle();
    assert.deepEqual(followed.told.map((it) => [it.reference, it.to]), [[reference, 'ACCEPTED']]);
    cursor = followed.told[0].cursor;
    followed.stop();
  });
  await resuming(check, world, () => cursor);
  await refusals(check, world);
  await leaving(check, world);
}

async function resuming(check, world, cursor) {
  await check('`after` and `Last-Event-ID` tell what was missed, without a double', async () => {
    const { id, reference } = await idea(world);
    await accept(world, id);
    const followed = follow(client(world, world.tokens.nurse), { after: cursor() });
    await until('the missed step', () => followed.told.length > 0);
    assert.deepEqual(followed.told.map((it) => it.reference), [reference]);
    followed.stop();
    // By GET, as an EventSource would come back: the header is newer than what the document says.
    const gone = new AbortController();
    const query = `?query=${encodeURIComponent('subscription { ideaStatusChanged { cursor reference } }')}`;
    const response = await bare(world, world.tokens.nurse, { query, headers: { 'last-event-id': cursor() }, signal: gone.signal });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    let text = '';
    for await (const bytes of response.body) {
      text += new TextDecoder().decode(bytes);
      if (text.includes(reference)) break;
    }
    assert.match(text, /event: next\nid: \S+\ndata: \{/);
    gone.abort();
  });
}

async function refusals(check, world) {
  await check('a bad token is 401, a mutation by GET 405', async () => {
    assert.equal((await bare(world, 'nonsense', { query: '?query={__typename}' })).status, 401);
    const mutation = `?query=${encodeURIComponent('mutation { signOut(input: {}) { signedOut } }')}`;
    assert.equal((await bare(world, world.tokens.nurse, { query: mutation })).status, 405);
    const followed = follow(client(world, 'nonsense'), {});
    assert.equal((await until('the refusal', () => followed.broken)).response.status, 401);
  });
  await check('signing in and out is not for streams', async () => {
    const { errors } = await once(client(world, world.tokens.nurse), { query: 'mutation { signOut(input: {}) { signedOut } }' });
    assert.equal(errors[0].extensions.code, 'BAD_REQUEST');
  });
}

async function leaving(check, world) {
  await check('who signs out is told, and the stream ends, within a second', async () => {
    const followed = follow(client(world, world.tokens.admin), {});
    await settle();
    await world.server.ask(world.tokens.admin, 'mutation { signOut(input: {}) { signedOut } }');
    await until('the end', () => followed.broken, 1_000);
    assert.deepEqual(followed.errors.map((it) => it.extensions.code), ['UNAUTHENTICATED']);
    assert.equal(followed.complete, false);
  });
  await check('a restart is told; the client comes back and goes on behind its cursor', async () => {
    const { server, tokens } = world;
    const streams = client(world, tokens.nurse, {
      retryAttempts: 20,
      retry: () => new Promise((resolve) => setTimeout(resolve, 300)),
    });
    const { id } = await idea(world);
    const variables = { ids: [id] };
    const followed = follow(streams, variables);
    await settle();
    await accept(world, id);
    // Sent again with the variables as they then are: that is how a client resumes.
    variables.after = (await until('the step', () => followed.told[0])).cursor;
    const ended = await server.stop();
    assert.equal(ended.code, 0);
    assert.ok(ended.took < 5_000, `the stop took ${ended.took} ms`);
    assert.deepEqual(followed.errors.map((it) => it.extensions.code), ['UNAVAILABLE']);
    await server.start();
    await plan(world, id);
    await until('the next step', () => followed.told.length > 1, 15_000);
    await settle();
    assert.deepEqual(followed.told.map((it) => it.to), ['ACCEPTED', 'PLANNED']);
    followed.stop();
  });
}
