// Follows announced steps of ideas over a WebSocket (graphql-transport-ws): prints each, until it is stopped.
//   node websocket.mjs [CURSOR]     goes on behind the event that has this cursor

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = `${process.env.EARSHOT_URL ?? 'http://127.0.0.1:8080'}/graphql`.replace(/^http/, 'ws');

if (!process.env.EARSHOT_TOKEN) {
  console.error('set EARSHOT_TOKEN');
  process.exit(1);
}
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  // Called for every connection: exchange an access token of a person here when it expires.
  connectionParams: () => ({ authorization: `Bearer ${process.env.EARSHOT_TOKEN}` }),
  // Cut, or closed with 1012 or 1013, the client comes back by itself, and asks with what `variables` holds then.
  // 4403: the token is no good. It is the same one at every try here, so trying again would last for ever.
  retryAttempts: Infinity,
  shouldRetry: ({ code }) => code !== 4403,
});

const variables = { after: process.argv[2] };
const steps = client.iterate({
  query: `subscription Follow($after: String) {
    ideaStatusChanged(after: $after) { cursor reference from to idea { title } }
  }`,
  variables,
});
try {
  for await (const { data, errors } of steps) {
    if (errors) throw new Error(JSON.stringify(errors));
    const step = data.ideaStatusChanged;
    console.log(`${step.reference} "${step.idea.title}": ${step.from} -> ${step.to} (${step.cursor})`);
    variables.after = step.cursor;
  }
} catch (end) {
  // An array: the server refused the subscription itself.
  console.error(end.code ? `closed: ${end.code} ${end.reason}` : end.message ?? JSON.stringify(end));
  process.exit(1);
}
