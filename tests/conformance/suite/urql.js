// urql: queries by POST and GET, mutations, errors, subscriptions over graphql-ws.

import assert from 'node:assert/strict';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { pipe, subscribe } from 'wonka';
import { accept, idea, until } from '../harness/story.js';

function client({ server }, token, options = {}) {
  return new Client({
    url: server.url,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    ...options,
  });
}

export async function run(check, world) {
  const urql = client(world, world.tokens.nurse);
  await check('a query by POST', async () => {
    const { data, error } = await urql.query(gql`{ viewer { person { id name } } }`, {});
    assert.ok(data?.viewer.person.id, error?.message);
  });
  await check('a query by GET', async () => {
    const methods = [];
    const fetched = (url, init) => { methods.push(init.method); return fetch(url, init); };
    const getting = client(world, world.tokens.nurse, { preferGetMethod: 'force', fetch: fetched });
    const { data, error } = await getting.query(gql`query Ideas($first: Int) { ideas(first: $first) { nodes { id } } }`, { first: 2 });
    assert.equal(data?.ideas.nodes.length, 2, error?.message);
    assert.deepEqual(methods, ['GET']);
  });
  await check('a mutation', async () => {
    const { id } = await idea(world);
    const { data, error } = await urql.mutation(gql`mutation Drop($input: SubmissionUnfollowInput!) {
      submissionUnfollow(input: $input) { submission { id } userErrors { message } }
    }`, { input: { submissionId: id } });
    assert.equal(data?.submissionUnfollow.submission.id, id, error?.message);
  });
  await check('errors keep their codes', async () => {
    const { error } = await urql.query(gql`{ thereIsNoSuchField }`, {});
    assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    const refused = await client(world, 'nonsense').query(gql`{ serverVersion }`, {});
    assert.equal(refused.error.response.status, 401);
  });
  await check('a subscription over graphql-ws', async () => {
    const socket = createClient({
      url: world.server.socket,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${world.tokens.nurse}` },
    });
    const forwardSubscription = (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
    });
    const live = client(world, world.tokens.nurse, { exchanges: [subscriptionExchange({ forwardSubscription })] });
    const { id } = await idea(world);
    const told = [];
    const steps = gql`subscription Steps($ids: [ID!]) { ideaStatusChanged(filter: { ids: $ids }) { cursor to } }`;
    const { unsubscribe } = pipe(
      live.subscription(steps, { ids: [id] }),
      subscribe(({ data }) => { if (data) told.push(data.ideaStatusChanged.to); }),
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
    await accept(world, id);
    await until('the step', () => told.length > 0);
    assert.deepEqual(told, ['ACCEPTED']);
    unsubscribe();
    await socket.dispose();
  });
}
