// The client graphql-ws over graphql-transport-ws: operations, events without a gap, the close
// codes of the protocol, and coming back after a restart.

import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { accept, idea, plan, settle, until } from '../harness/story.js';

const STEPS = `subscription Steps($ids: [ID!], $after: String) {
  ideaStatusChanged(filter: { ids: $ids }, after: $after) { cursor reference to }
}`;

function client({ server }, token, options = {}) {
  return createClient({
    url: server.socket,
    webSocketImpl: WebSocket,
    connectionParams: token ? { authorization: `Bearer ${token}` } : undefined,
    retryAttempts: 0,
    ...options,
  });
}

async function once(socket, request) {
  for await (const result of socket.iterate(request)) return result;
  throw new Error('no answer');
}

/** Follows steps and collects what is told; `ended` tells the close code if the socket goes. */
function follow(socket, variables) {
  const told = [];
  const followed = { told, ended: undefined, refused: undefined };
  followed.stop = socket.subscribe({ query: STEPS, variables }, {
    next: (result) => told.push(result.data.ideaStatusChanged),
    error: (error) => { if (Array.isArray(error)) followed.refused = error; else followed.ended = error?.code ?? error; },
    complete: () => { followed.ended ??= 'complete'; },
  });
  return followed;
}

/** A bare socket, for what no client does by itself. */
function bare({ server }, protocols = ['graphql-transport-ws']) {
  const socket = new WebSocket(server.socket, protocols);
  const closed = new Promise((resolve) => {
    socket.once('close', (code) => resolve(code));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.once('error', () => {});
  });
  const opened = new Promise((resolve) => socket.once('open', resolve));
  const heard = [];
  socket.on('message', (bytes) => heard.push(JSON.parse(bytes)));
  return { socket, closed, opened, heard, say: (message) => socket.send(JSON.stringify(message)) };
}

async function admitted(world) {
  const one = bare(world);
  await one.opened;
  one.say({ type: 'connection_init', payload: { authorization: `Bearer ${world.tokens.nurse}` } });
  await until('connection_ack', () => one.heard.some((it) => it.type === 'connection_ack'));
  return one;
}

export async function run(check, world) {
  await operations(check, world);
  await following(check, world);
  await codes(check, world);
  await leaving(check, world);
}

async function operations(check, world) {
  const socket = client(world, world.tokens.nurse);
  await check('a query', async () => {
    const { data } = await once(socket, { query: '{ viewer { person { id name } } }' });
    assert.ok(data.viewer.person.name);
  });
  await check('a mutation', async () => {
    const { id } = await idea(world);
    const query = 'mutation Note($input: CommentAddInput!) { commentAdd(input: $input) { comment { id } userErrors { message } } }';
    const { data } = await once(socket, { query, variables: { input: { submissionId: id, text: 'There are three doors.' } } });
    assert.ok(data.commentAdd.comment.id);
  });
  await check('a wrong document is an error of its operation, not of the socket', async () => {
    await assert.rejects(once(socket, { query: '{ thereIsNoSuchField }' }), (errors) => {
      assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      return true;
    });
    assert.ok((await once(socket, { query: '{ __typename }' })).data);
  });
  await socket.dispose();
}

async function following(check, world) {
  const socket = client(world, world.tokens.nurse);
  let cursor;
  await check('an announced step is told, once', async () => {
    const { id, reference } = await idea(world);
    const followed = follow(socket, { ids: [id] });
    await settle();
    await accept(world, id);
    await until('the step', () => followed.told.length > 0);
    await settle();
    assert.deepEqual(followed.told.map((it) => [it.reference, it.to]), [[reference, 'ACCEPTED']]);
    cursor = followed.told[0].cursor;
    followed.stop();
  });
  await check('`after` tells what was missed, without a double', async () => {
    const { id, reference } = await idea(world);
    await accept(world, id);
    const followed = follow(socket, { after: cursor });
    await until('the missed step', () => followed.told.length > 0);
    await settle();
    assert.deepEqual(followed.told.map((it) => it.reference), [reference]);
    followed.stop();
  });
  await check('a cursor of another log is RESYNC_REQUIRED', async () => {
    const followed = follow(socket, { after: 'nonsense' });
    const [error] = await until('the refusal', () => followed.refused);
    assert.ok(['RESYNC_REQUIRED', 'BAD_REQUEST'].includes(error.extensions.code), error.extensions.code);
  });
  await socket.dispose();
}

async function codes(check, world) {
  await check('without a token: 4403', async () => {
    const followed = follow(client(world, undefined), {});
    assert.equal(await until('the close', () => followed.ended), 4403);
  });
  await check('subscribing before the init: 4401', async () => {
    const one = bare(world);
    await one.opened;
    one.say({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    assert.equal(await one.closed, 4401);
  });
  await check('two inits: 4429; an id twice: 4409; no message: 4400', async () => {
    const twice = await admitted(world);
    twice.say({ type: 'connection_init', payload: {} });
    assert.equal(await twice.closed, 4429);
    const same = await admitted(world);
    for (let at = 0; at < 2; at += 1) same.say({ id: '1', type: 'subscribe', payload: { query: STEPS, variables: {} } });
    assert.equal(await same.closed, 4409);
    const noise = await admitted(world);
    noise.say({ type: 'nonsense' });
    assert.equal(await noise.closed, 4400);
  });
  await check('only graphql-transport-ws is spoken', async () => {
    assert.equal(await bare(world, ['graphql-ws']).closed, 400);
  });
}

async function leaving(check, world) {
  await check('who signs out is closed with 4403 within a second', async () => {
    const followed = follow(client(world, world.tokens.manager), {});
    await settle();
    await world.server.ask(world.tokens.manager, 'mutation { signOut(input: {}) { signedOut } }');
    assert.equal(await until('the close', () => followed.ended, 1_000), 4403);
  });
  await check('a restart is 1012; the client comes back and goes on behind its cursor', async () => {
    const { server, tokens } = world;
    const codes = [];
    const socket = client(world, tokens.nurse, {
      retryAttempts: 20,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 300)),
      shouldRetry: () => true,
      on: { closed: (event) => codes.push(event.code) },
    });
    const { id } = await idea(world);
    const variables = { ids: [id] };
    const followed = follow(socket, variables);
    await settle();
    await accept(world, id);
    // Sent again with the variables as they then are: that is how a client resumes.
    variables.after = (await until('the step', () => followed.told[0])).cursor;
    const ended = await server.stop();
    assert.equal(ended.code, 0);
    assert.ok(ended.took < 5_000, `the stop took ${ended.took} ms`);
    await until('the close', () => codes.length > 0);
    assert.equal(codes[0], 1012);
    await server.start();
    await plan(world, id);
    await until('the next step', () => followed.told.length > 1, 15_000);
    await settle();
    assert.deepEqual(followed.told.map((it) => it.to), ['ACCEPTED', 'PLANNED']);
    await socket.dispose();
  });
}
