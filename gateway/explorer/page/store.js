// The tabs and the history, kept in this browser. Tokens and answers are kept nowhere.

const TABS = 'wlijo.tabs';
const HISTORY = 'wlijo.history';
const MOST_RUNS = 50;

/** The tour's tabs as they were left, then one's own. Of another tour, the tour's tabs are as they are now. */
export function loadTabs({ tour, version }) {
  const kept = read(TABS, {});
  const mine = Array.isArray(kept.tabs) ? kept.tabs.filter(whole) : [];
  const fresh = tour.map((tab) => ({ ...tab, tour: true }));
  const left = kept.version === version ? mine.filter((tab) => tab.tour) : [];
  return [...fresh.map((tab) => left.find(({ title }) => title === tab.title) ?? tab), ...mine.filter((tab) => !tab.tour)];
}

export function saveTabs(tabs, version) {
  const kept = tabs.map(({ title, query, variables, headers, tour }) => ({ title, query, variables, headers, tour }));
  write(TABS, { version, tabs: kept });
}

/** What was run, newest first: `{ query, variables, at }`. */
export function history() {
  const kept = read(HISTORY, []);
  return Array.isArray(kept) ? kept.filter(whole) : [];
}

export function remember(query, variables) {
  const others = history().filter((run) => run.query !== query || run.variables !== variables);
  write(HISTORY, [{ query, variables, at: new Date().toISOString() }, ...others].slice(0, MOST_RUNS));
}

const whole = (tab) => typeof tab?.query === 'string' && typeof tab.variables === 'string';

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing, or what somebody else wrote
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // full, or forbidden: the page works without
  }
}
