// The page: what its parts do together.
import { completionsAt } from './completion.js';
import { Docs } from './docs.js';
import { at, make } from './dom.js';
import { Editor } from './editor.js';
import { Missing, resolved } from './formulas.js';
import { operation } from './lexer.js';
import { ask, follow } from './run.js';
import { introspect } from './schema.js';
import { byInbox, enter, send } from './signin.js';
import { history, loadTabs, remember, saveTabs } from './store.js';
import { Tabs } from './tabs.js';

const URL_OF_THE_GRAPH = '/graphql';
const MOST_SHOWN = 200_000;
const NOTHING_TO_COMPLETE = { start: 0, prefix: '', options: [] };

const start = await fetch('/graphql/start').then((answer) => answer.json());
const answers = {};
const docs = new Docs();
let schema = null;
let following = null;
let signingIn = null;

const keep = () => saveTabs(tabs.all, start.version);
const state = (text) => (at('state').textContent = text);

const editor = new Editor({
  complete: (text, offset) => (schema ? completionsAt(text, offset, schema) : NOTHING_TO_COMPLETE),
  changed: (text) => {
    tabs.tab.query = text;
    keep();
  },
});
const tabs = new Tabs(loadTabs(start), { chosen: shown, changed: keep });

function shown(tab) {
  editor.text = tab.query;
  at('variables').value = tab.variables;
  at('headers').value = tab.headers ?? '{}';
  print(tab);
}

function print(tab, text) {
  if (text !== undefined) tab.answer = text.slice(0, MOST_SHOWN);
  if (tab !== tabs.tab) return;
  at('answer').textContent = tab.answer ?? '';
  at('sent').textContent = tab.sent ?? '';
  at('sent-box').hidden = !tab.sent;
}

/** Raises SyntaxError when it is not JSON, Missing when another operation must run first. */
function request(tab) {
  const { name } = operation(tab.query);
  const told = object(tab.variables, 'Variables');
  tab.sent = '';
  const variables = resolved(told, answers);
  const sent = JSON.stringify(variables, null, 2);
  if (sent !== JSON.stringify(told, null, 2)) tab.sent = sent;
  return { query: tab.query, variables, ...(name ? { operationName: name } : {}) };
}

function object(text, what) {
  try {
    return JSON.parse(text.trim() || '{}');
  } catch (error) {
    throw new SyntaxError(`${what} must be JSON: ${error.message}`);
  }
}

function headers(tab) {
  const token = at('token').value.trim();
  return { ...(token ? { authorization: `Bearer ${token}` } : {}), ...object(tab.headers ?? '{}', 'Headers') };
}

async function run() {
  following?.stop();
  const tab = tabs.tab;
  const { kind, name } = operation(tab.query);
  try {
    const asked = request(tab);
    await signingIn;
    const told = headers(tab);
    remember(tab.query, tab.variables);
    if (kind === 'subscription') return subscribe(tab, asked, told);
    state('asking …');
    const began = performance.now();
    const { status, answer } = await ask(URL_OF_THE_GRAPH, asked, told);
    if (name && answer.data) answers[name] = answer.data;
    print(tab, JSON.stringify(answer, null, 2));
    state(`${status} in ${Math.round(performance.now() - began)} ms`);
  } catch (error) {
    print(tab, error.message);
    state(error instanceof Missing || error instanceof SyntaxError ? 'not sent' : 'no answer');
  }
  return seen();
}

function subscribe(tab, asked, told) {
  at('stop').hidden = false;
  print(tab, '');
  following = follow(URL_OF_THE_GRAPH, asked, told, {
    state,
    // The newest is on top: it is what one waits for.
    next: (answer) => print(tab, `${JSON.stringify(answer, null, 2)}\n\n${tab.answer}`),
    end: () => {
      at('stop').hidden = true;
      following = null;
    },
  });
  seen();
}

/** Where the answer is below the operation, as on a phone, the page goes there. */
function seen() {
  const answer = at('answer-box');
  if (answer.getBoundingClientRect().top > window.innerHeight * 0.6) answer.scrollIntoView({ block: 'start' });
}

async function learn() {
  try {
    const asking = (body) => ask(URL_OF_THE_GRAPH, body, headers({})).then(({ answer }) => answer);
    schema = await introspect(asking);
    docs.tell(schema, '');
  } catch (error) {
    docs.tell(null, `The gateway does not tell its schema: ${error.message}`);
  }
}

/** Shows what comes of it; a token is put into its field. */
async function signIn(token) {
  const said = (text) => (at('signed').textContent = text);
  said('signing in …');
  try {
    at('token').value = await token;
    at('code').value = '';
    said('signed in');
  } catch (error) {
    said(error.message);
  }
}

function sendCode() {
  const phone = at('phone').value.trim();
  if (start.inbox) signingIn = signIn(byInbox(URL_OF_THE_GRAPH, phone));
  else send(URL_OF_THE_GRAPH, phone).then(() => (at('signed').textContent = 'a code is on its way'), (error) => (at('signed').textContent = error.message));
  return signingIn;
}

function showHistory() {
  const runs = history().map(({ query, variables, at: when }) => {
    const { kind, name } = operation(query);
    const open = () => {
      at('history').close();
      tabs.add({ title: name || kind, query, variables });
    };
    return make('li', {}, make('button', { type: 'button', onclick: open }, `${name || kind}, ${new Date(when).toLocaleString()}`));
  });
  at('runs').replaceChildren(...(runs.length ? runs : [make('li', {}, 'Nothing was run yet.')]));
  at('history').showModal();
}

/** `#follow?id=ord_…`: a tab of the tour with variables of its own, as the demo prints it. */
function fromAddress() {
  const [title, given] = decodeURIComponent(location.hash.slice(1)).split('?');
  const index = tabs.all.findIndex((tab) => tab.tour && tab.title === title);
  if (index < 0) return 0;
  if (given) tabs.all[index] = { ...tabs.all[index], variables: JSON.stringify(Object.fromEntries(new URLSearchParams(given)), null, 2) };
  return index;
}

function restart() {
  tabs.all = [...start.tour.map((tab) => ({ ...tab, tour: true })), ...tabs.all.filter((tab) => !tab.tour)];
  keep();
  tabs.show(0);
}

at('phone').value = start.phone;
at('by-code').hidden = start.inbox;
if (start.phone) sendCode();
at('inbox').hidden = !start.inbox;
at('variables').addEventListener('input', () => {
  tabs.tab.variables = at('variables').value;
  keep();
});
at('headers').addEventListener('input', () => {
  tabs.tab.headers = at('headers').value;
  keep();
});
at('run').addEventListener('click', run);
at('stop').addEventListener('click', () => following?.stop());
at('send').addEventListener('click', sendCode);
at('enter').addEventListener('click', () => signIn(enter(URL_OF_THE_GRAPH, at('phone').value.trim(), at('code').value.trim())));
at('history-open').addEventListener('click', showHistory);
at('restart').addEventListener('click', restart);
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
});
window.addEventListener('hashchange', () => tabs.show(fromAddress()));
tabs.show(fromAddress());
document.body.dataset.ready = 'page';
await learn();
document.body.dataset.ready = 'schema';
