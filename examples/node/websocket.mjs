// Follows announced steps of ideas over a WebSocket (graphql-transport-ws): prints each, until it is stopped.
//   node websocket.mjs [CURSOR]     goes on behind the event that has this cursor

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = `${process.env.EARSHOT_URL ?? 'http://127.0.0.1:8080'}/graphql`.replace(/^http/, 'ws');

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  // Called for every connection: an access token that expires is exchanged here.
  connectionParams: () => ({ authorization: `Bearer ${process.env.EARSHOT_TOKEN}` }),
  // Closed with 1012, 1013 or 4403 the client comes back by itself, and asks with what `variables` holds then.
  retryAttempts: Infinity,
});

const variables = { after: process.argv[2] };
const steps = client.iterate({
  query: `subscription Follow($after: String) {
    ideaStatusChanged(after: $after) { cursor reference from to idea { title } }
  }`,
  variables,
});
for await (const { data, errors } of steps) {
  if (errors) throw new Error(JSON.stringify(errors));
  const step = data.ideaStatusChanged;
  console.log(`${step.reference} "${step.idea.title}": ${step.from} -> ${step.to} (${step.cursor})`);
  variables.after = step.cursor;
}
