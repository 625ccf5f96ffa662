// GraphiQL for whoever is signed in. Without a sign-in the page says how to sign in, and asks the server nothing else.

import { GraphiQL } from 'graphiql';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './explorer.css';
import { Session, send } from './session.js';

const WELCOME = `# Write a query, a mutation or a subscription, and press Ctrl-Enter.
# Ctrl-Space completes; the book at the left explains everything there is.

{
  viewer { person { name } service { name } }
  ideas(first: 5) {
    totalCount
    nodes { reference title shownPhase }
  }
}
`;

/** Whether a document asks to follow something; by its text, for the editor's own tree of it comes a little later. */
function follows({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false;
  }
}

/** Asks as this session; streams what is followed. */
function fetcherOf(session) {
  const streams = createClient({
    url: '/graphql',
    headers: async () => ({ authorization: `Bearer ${await session.token()}` }),
    retryAttempts: 0,
  });
  return async (document) => (follows(document) ? streams.iterate(document) : send(document, await session.token()));
}

function SignIn({ onSession, searching }) {
  const [wrong, setWrong] = useState('');
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  async function submit(event) {
    event.preventDefault();
    if (!token.trim()) {
      setWrong('Paste a token first.');
      return;
    }
    setBusy(true);
    try {
      onSession(await Session.ofToken(token.trim()));
    } catch (error) {
      setWrong(error.message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <main className="sign-in">
      <h1>API explorer</h1>
      {searching ? (
        <p role="status">Looking for a sign-in of this browser…</p>
      ) : (
        <>
          <p>The explorer is for people who are signed in: it shows what you may see, and does what you may do, on the real data.</p>
          <p>
            Open your sign-in link in this browser and come back here, or paste a token: an access token, or the API token of an integration
            (<code>earshot token create</code>). It stays in this page until you close it.
          </p>
          <form onSubmit={submit} noValidate>
            <label htmlFor="token">Token</label>
            <input
              id="token"
              type="password"
              autoComplete="off"
              spellCheck="false"
              value={token}
              onChange={(event) => setToken(event.target.value)}
              aria-describedby={wrong ? 'wrong' : undefined}
              aria-invalid={wrong ? 'true' : undefined}
            />
            {wrong && <p id="wrong" role="alert">{wrong}</p>}
            <button type="submit" disabled={busy}>Open the explorer</button>
          </form>
          <p>
            Without a token: <a href="/docs/start">Getting started</a>, <a href="/docs/api">Reference</a>,{' '}
            <a href="/docs/errors">Errors</a>.
          </p>
        </>
      )}
    </main>
  );
}

function Bar({ session, onEnd }) {
  return (
    <header className="bar">
      <h1>Earshot API explorer</h1>
      <nav aria-label="Documentation">
        <a href="/docs/start">Getting started</a> <a href="/docs/api">Reference</a> <a href="/docs/errors">Errors</a>
      </nav>
      <p>{session.name}</p>
      <button type="button" onClick={onEnd}>Sign out</button>
    </header>
  );
}

function Explorer() {
  const [session, setSession] = useState(null);
  const [fetcher, setFetcher] = useState(null);
  const [searching, setSearching] = useState(true);
  const open = (found) => {
    setSession(found);
    setFetcher(() => fetcherOf(found));
  };
  useEffect(() => {
    Session.ofBrowser()
      .then((found) => found && open(found))
      .catch(() => {})
      .finally(() => setSearching(false));
  }, []);
  if (!session) return <SignIn onSession={open} searching={searching} />;
  const end = async () => {
    await session.end().catch(() => {});
    // Nothing of what was asked and answered stays.
    sessionStorage.clear();
    location.reload();
  };
  return (
    <>
      <Bar session={session} onEnd={end} />
      <div className="explorer">
        <GraphiQL
          fetcher={fetcher}
          storage={sessionStorage}
          defaultQuery={WELCOME}
          isHeadersEditorEnabled={false}
          inputValueDeprecation
        />
      </div>
    </>
  );
}

createRoot(document.getElementById('explorer')).render(<Explorer />);
