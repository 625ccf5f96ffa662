// Follows announced steps of ideas over server-sent events: prints each, until it is stopped.
//   node sse.mjs [CURSOR]     goes on behind the event that has this cursor

import { createClient } from 'graphql-sse';

/** Says why, and ends. */
function stop(why) {
  console.error(why);
  process.exit(1);
}

if (!process.env.EARSHOT_TOKEN) stop('set EARSHOT_TOKEN');
const client = createClient({
  url: `${process.env.EARSHOT_URL ?? 'http://127.0.0.1:8080'}/graphql`,
  headers: { Authorization: `Bearer ${process.env.EARSHOT_TOKEN}` },
  retryAttempts: 0, // we come back ourselves, below
});

// A query over the same client: what is there now.
try {
  for await (const { data, errors } of client.iterate({ query: '{ ideas(first: 3) { totalCount nodes { reference shownPhase } } }' })) {
    if (errors) throw errors[0];
    console.log(`${data.ideas.totalCount} ideas, the first: ${JSON.stringify(data.ideas.nodes)}`);
  }
} catch (error) {
  // Refused before anything was executed: the answer says why, with 401 for a token that is no good.
  stop(error.response ? await error.response.text() : error.message);
}

const FOLLOW = `subscription Follow($after: String) {
  ideaStatusChanged(after: $after) { cursor reference from to idea { title } }
}`;

// The cursor of the last event: whoever comes back with it misses nothing and hears nothing twice. Keep it where a
// restart of yours finds it again.
let after = process.argv[2];
for (;;) {
  try {
    for await (const { data, errors } of client.iterate({ query: FOLLOW, variables: { after } })) {
      if (errors) throw errors[0];
      const step = data.ideaStatusChanged;
      console.log(`${step.reference} "${step.idea.title}": ${step.from} -> ${step.to} (${step.cursor})`);
      after = step.cursor;
    }
  } catch (error) {
    const code = error.extensions?.code;
    // Too old to be continued: read the state anew (the query above), then follow from now on.
    if (code === 'RESYNC_REQUIRED') after = undefined;
    // Nothing else that names a code gets better by being asked again, but for a server that has no time now.
    else if (code && !['UNAVAILABLE', 'RATE_LIMITED'].includes(code)) stop(`${code}: ${error.message}`);
    if (error.response?.status === 401) stop(await error.response.text());
    console.error(`cut: ${error.message}; coming back`);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000 + Math.random() * 2_000));
}
