// The words of a GraphQL document with their places. Whatever is typed has words, so nothing here fails.

const WORD = new RegExp(
  [
    '(?<comment>#[^\\n\\r]*)',
    '(?<string>"""[\\s\\S]*?(?:(?<!\\\\)"""|$)|"(?:\\\\.|[^"\\\\\\n\\r])*"?)',
    '(?<spread>\\.\\.\\.)',
    '(?<variable>\\$\\w*)',
    '(?<directive>@\\w*)',
    '(?<name>[A-Za-z_]\\w*)',
    '(?<number>-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)',
    '(?<mark>[!&(){}\\[\\]:=|])',
    '(?<other>[^\\s,\\uFEFF])',
  ].join('|'),
  'g',
);

/** Each word as `{ kind, text, start, end }`, in order; white space and commas are between them. */
export function words(text) {
  return [...text.matchAll(WORD)].map((match) => ({
    kind: Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined),
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const KEYWORDS = new Set(['query', 'mutation', 'subscription', 'fragment', 'on', 'true', 'false', 'null']);

/** The words as pieces for colouring: `{ text, kind }`, which together are the text. */
export function pieces(text) {
  const found = [];
  let at = 0;
  for (const word of words(text)) {
    if (word.start > at) found.push({ text: text.slice(at, word.start), kind: '' });
    found.push({ text: word.text, kind: KEYWORDS.has(word.text) ? 'keyword' : word.kind });
    at = word.end;
  }
  return [...found, { text: text.slice(at), kind: '' }];
}

/** Kind and name of the document's first operation. A document without any is a query, as the server will say. */
export function operation(text) {
  let depth = 0;
  const bare = words(text).filter(({ kind }) => kind !== 'comment' && kind !== 'string');
  for (const [index, word] of bare.entries()) {
    if (depth === 0 && /^(query|mutation|subscription)$/.test(word.text) && bare[index - 1]?.text !== 'fragment') {
      const next = bare[index + 1];
      return { kind: word.text, name: next?.kind === 'name' ? next.text : '' };
    }
    if (word.text === '{') depth += 1;
    if (word.text === '}') depth -= 1;
  }
  return { kind: 'query', name: '' };
}
