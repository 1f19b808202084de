// Writes gateway/static/graphiql.html: GraphiQL as one file that asks no other site for anything.
// Usage: node build.mjs, after `npm ci --ignore-scripts` in gateway/compose.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const from = createRequire(new URL('../compose/package.json', import.meta.url));
const { renderGraphiQL } = await import(pathToFileURL(from.resolve('@graphql-yoga/render-graphiql')));

const marker = '{"title":"Wlijo"}';
const html = renderGraphiQL({ title: 'Wlijo' });
const place = html.lastIndexOf(marker);
if (place < 0) throw new Error('render-graphiql changed: its options are not where they were');

const options = `(() => {
  const start = /*WLIJO_START*/null || { tabs: [], token: '', url: '/graphql' };
  const headers = start.token ? { Authorization: 'Bearer ' + start.token } : {};
  return {
    title: 'Wlijo',
    endpoint: start.url,
    subscriptionsProtocol: 'WS',
    additionalHeaders: headers,
    connectionParams: headers,
    // The first tab's own, or its variables are not shown.
    query: start.tabs[0]?.query,
    variables: start.tabs[0]?.variables,
    defaultTabs: start.tabs.map(({ query, variables }) => ({ query, variables })),
  };
})()`;
writeFileSync(
  new URL('../static/graphiql.html', import.meta.url),
  html.slice(0, place) + options + html.slice(place + marker.length),
);
