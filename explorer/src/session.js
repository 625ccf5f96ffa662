// Who asks: a sign-in of this browser, or a token that was pasted. Nothing is kept: the access token is in the memory of
// this page alone. The refresh cookie is the server's own, and only `sessionRefresh` and `signOut` look at it.

const URL = '/graphql';
// Seconds before its end at which an access token is exchanged.
const EARLY = 30;

const REFRESH = 'mutation { sessionRefresh(input: {delivery: COOKIE}) { accessToken userErrors { message } } }';
const SIGN_OUT = 'mutation { signOut(input: {}) { userErrors { message } } }';
const WHO = '{ viewer { person { name } service { name } } }';

/** Sends a document; answers the body, whatever it says. */
export async function send(document, token, signal) {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(URL, { method: 'POST', headers, body: JSON.stringify(document), credentials: 'same-origin', signal });
  return response.json();
}

/** When a token ends, in seconds since 1970; an API token does not say. */
function endOf(token) {
  try {
    return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).exp ?? Infinity;
  } catch {
    return Infinity;
  }
}

/** The refresh token is spent by each use: tabs of one browser take turns. */
function inTurn(work) {
  return navigator.locks ? navigator.locks.request('earshot-refresh', work) : work();
}

async function refreshed() {
  const { data } = await inTurn(() => send({ query: REFRESH }));
  return data?.sessionRefresh?.accessToken ?? null;
}

export class Session {
  #token;
  #pasted;

  constructor(token, pasted, name) {
    this.#token = token;
    this.#pasted = pasted;
    this.name = name;
  }

  /** The session of this browser, if somebody is signed in here. */
  static async ofBrowser() {
    const token = await refreshed();
    return token && Session.#named(token, false);
  }

  /** A session of a token; throws what the server says against it. */
  static async ofToken(token) {
    return Session.#named(token, true);
  }

  static async #named(token, pasted) {
    const { data, errors } = await send({ query: WHO }, token);
    if (errors || !data?.viewer) throw new Error(errors?.[0]?.message ?? 'This token signs nobody in.');
    return new Session(token, pasted, data.viewer.person?.name ?? data.viewer.service?.name ?? 'somebody');
  }

  /** A token that is good now. */
  async token() {
    if (this.#pasted || endOf(this.#token) - Date.now() / 1000 > EARLY) return this.#token;
    this.#token = (await refreshed()) ?? this.#token;
    return this.#token;
  }

  async end() {
    if (!this.#pasted) await send({ query: SIGN_OUT }, await this.token());
  }
}
