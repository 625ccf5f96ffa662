// Apollo Client: HTTP by POST and GET, its normalised cache over Node ids, pages, errors by code,
// subscriptions.

import assert from 'node:assert/strict';
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { accept, idea, until } from '../harness/story.js';

function cache() {
  return new InMemoryCache({
    possibleTypes: { Submission: ['Idea', 'Observation'] },
    typePolicies: { Query: { fields: { ideas: relayStylePagination() } } },
  });
}

function client({ server }, token, options = {}) {
  const link = new HttpLink({ uri: server.url, headers: { authorization: `Bearer ${token}` }, ...options });
  return new ApolloClient({ link, cache: cache() });
}

const IDEAS = gql`query Ideas($first: Int!, $after: String) {
  ideas(first: $first, after: $after) {
    edges { cursor node { id reference title } }
    pageInfo { hasNextPage endCursor startCursor hasPreviousPage }
  }
}`;

export async function run(check, world) {
  const apollo = client(world, world.tokens.nurse);
  await check('a query by POST', async () => {
    const { data } = await apollo.query({ query: gql`{ viewer { person { id name } } }` });
    assert.ok(data.viewer.person.id);
  });
  await check('a query by GET', async () => {
    const methods = [];
    const fetched = (url, init) => { methods.push(init.method); return fetch(url, init); };
    const getting = client(world, world.tokens.nurse, { useGETForQueries: true, fetch: fetched });
    const { data } = await getting.query({ query: IDEAS, variables: { first: 1 } });
    assert.equal(data.ideas.edges.length, 1);
    assert.deepEqual(methods, ['GET']);
  });
  await check('pages follow each other without a gap or a double', async () => {
    const watched = apollo.watchQuery({ query: IDEAS, variables: { first: 3 } });
    const watching = watched.subscribe({ error() {} });
    const { data } = await apollo.query({ query: IDEAS, variables: { first: 3 } });
    await watched.fetchMore({ variables: { after: data.ideas.pageInfo.endCursor } });
    const { edges } = apollo.readQuery({ query: IDEAS, variables: { first: 3 } }).ideas;
    watching.unsubscribe();
    assert.equal(edges.length, 6);
    assert.equal(new Set(edges.map((it) => it.node.id)).size, 6);
  });
  await check('a mutation updates what the cache holds, by id', async () => {
    const { id } = await idea(world);
    const one = gql`query One($id: ID!) { node(id: $id) { id ... on Idea { voteCount viewerFollows } } }`;
    const before = await apollo.query({ query: one, variables: { id } });
    const follow = gql`mutation Follow($input: SubmissionFollowInput!) {
      submissionFollow(input: $input) { submission { id ... on Idea { viewerFollows } } userErrors { message } }
    }`;
    await apollo.mutate({ mutation: follow, variables: { input: { submissionId: id } } });
    const after = apollo.readQuery({ query: one, variables: { id } });
    assert.deepEqual([before.data.node.viewerFollows, after.node.viewerFollows], [false, true]);
  });
  await failures(check, world, apollo);
  await check('a subscription over graphql-ws', async () => {
    const socket = createClient({
      url: world.server.socket,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${world.tokens.nurse}` },
    });
    const live = new ApolloClient({ link: new GraphQLWsLink(socket), cache: cache() });
    const { id } = await idea(world);
    const query = gql`subscription Steps($ids: [ID!]) {
      ideaStatusChanged(filter: { ids: $ids }) { cursor to idea { id phase } }
    }`;
    const told = [];
    const followed = live.subscribe({ query, variables: { ids: [id] } })
      .subscribe({ next: ({ data }) => told.push(data.ideaStatusChanged) });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await accept(world, id);
    const step = await until('the step', () => told[0]);
    assert.deepEqual([step.to, step.idea.id, step.idea.phase], ['ACCEPTED', id, 'ACCEPTED']);
    followed.unsubscribe();
    await socket.dispose();
  });
}

async function failures(check, world, apollo) {
  await check('errors keep their codes', async () => {
    await assert.rejects(apollo.query({ query: gql`{ thereIsNoSuchField }` }), (error) => {
      // 400 with application/graphql-response+json.
      assert.ok(CombinedGraphQLErrors.is(error) || ServerError.is(error), error.constructor.name);
      const [first] = error.errors ?? JSON.parse(error.bodyText).errors;
      assert.equal(first.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      return true;
    });
  });
  await check('a bad token is 401', async () => {
    await assert.rejects(client(world, 'nonsense').query({ query: gql`{ viewer { unit { id } } }` }), (error) => {
      const status = error.statusCode ?? error.cause?.statusCode;
      const code = error.errors?.[0]?.extensions?.code;
      assert.ok(status === 401 || code === 'UNAUTHENTICATED', `${error.constructor.name} ${status} ${code}`);
      return true;
    });
  });
}
