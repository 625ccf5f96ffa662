// What the checks of several clients need: an idea, and a step of it that is announced.

let told = 0;

const SEND = `mutation Send($input: SubmissionSendInput!) {
  submissionSend(input: $input) { submission { id reference } userErrors { message } }
}`;
const MOVE = `mutation Move($input: SubmissionMoveInput!) {
  submissionMove(input: $input) { submission { id phase } userErrors { field code message } }
}`;

/** The nurse sends an idea; answers its id and reference. */
export async function idea({ server, tokens }) {
  told += 1;
  const input = { text: `A hook on door ${told} of the changing rooms, for wet coats.`, kind: 'IDEA' };
  const { submissionSend } = await server.ask(tokens.nurse, SEND, { input });
  if (submissionSend.userErrors.length > 0) throw new Error(JSON.stringify(submissionSend.userErrors));
  return submissionSend.submission;
}

/** The reviewer accepts an idea and tells at once. */
export async function accept({ server, tokens }, id) {
  const input = { id, to: 'ACCEPTED', message: 'Good idea. It comes in March.', announce: 'NOW' };
  const { submissionMove } = await server.ask(tokens.reviewer, MOVE, { input });
  if (submissionMove.userErrors.length > 0) throw new Error(JSON.stringify(submissionMove.userErrors));
}

/** Waits until `holds` answers something, and answers that. */
export async function until(what, holds, longest = 10_000) {
  for (const end = Date.now() + longest; Date.now() < end;) {
    const found = await holds();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what}: not within ${longest} ms`);
}

// A follower that has begun hears what is announced from then on; there is no word for having begun.
export const settle = () => new Promise((resolve) => setTimeout(resolve, 400));

/** The reviewer plans what was accepted and tells at once. */
export async function plan({ server, tokens }, id) {
  const input = { id, to: 'PLANNED', announce: 'NOW', promisedOn: '2030-01-01' };
  const { submissionMove } = await server.ask(tokens.reviewer, MOVE, { input });
  if (submissionMove.userErrors.length > 0) throw new Error(JSON.stringify(submissionMove.userErrors));
}
