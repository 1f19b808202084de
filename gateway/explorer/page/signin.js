// Signing in as people do: a code goes to a phone, and whoever has it gets a token. Where messages end in an inbox, it is read there.
import { ask } from './run.js';

const SEND = `mutation Send($phone: String!) {
  requestSignInCode(phone: $phone) { problems { code message } }
}`;
const ENTER = `mutation Enter($phone: String!, $code: String!) {
  signIn(phone: $phone, code: $code, device: "Explorer") {
    tokens { accessToken }
    problems { code message }
  }
}`;
const LOOK_EVERY_MS = 200;
const LOOKS = 100;

/** What the payload says. Raises Error with the words of whoever refused it. */
async function done(url, query, variables) {
  const { answer } = await ask(url, { query, variables }, {});
  const [payload] = Object.values(answer.data ?? {});
  const refused = [...(answer.errors ?? []), ...(payload?.problems ?? [])];
  if (refused.length || !payload) throw new Error(refused.map(({ message }) => message).join('; ') || 'no answer');
  return payload;
}

export const send = (url, phone) => done(url, SEND, { phone });

/** An access token. */
export async function enter(url, phone, code) {
  return (await done(url, ENTER, { phone, code })).tokens.accessToken;
}

async function codes(phone) {
  const inbox = await fetch(`/inbox?phone=${encodeURIComponent(phone)}`, { headers: { accept: 'application/json' } });
  if (!inbox.ok) throw new Error('there is no inbox here');
  return (await inbox.json()).flatMap(({ text, sentAt }) => (text.match(/\b\d{6}\b/) ?? []).map((code) => ({ code, sentAt })));
}

/** An access token, by the code that comes into the inbox: each who signs in has one of their own. */
export async function byInbox(url, phone) {
  const tried = new Set((await codes(phone)).map(({ sentAt }) => sentAt));
  await send(url, phone);
  for (let look = 0; look < LOOKS; look += 1) {
    for (const { code, sentAt } of await codes(phone)) {
      if (tried.has(sentAt)) continue;
      tried.add(sentAt);
      // Another's, who is called so: theirs is used, ours comes.
      const token = await enter(url, phone, code).catch(() => null);
      if (token) return token;
    }
    await new Promise((later) => setTimeout(later, LOOK_EVERY_MS));
  }
  throw new Error('no code came');
}
