// Where in a document a place is, and what could stand there.
import { words } from './lexer.js';
import { named } from './schema.js';

/**
 * `{ wants, type, taken, start, prefix }`: `wants` is what may stand there (keyword, field, spread, condition, argument, value, type, directive,
 * nothing), `type` the type's name or, of arguments, what may be given; `prefix` the part that is typed already, from `start` on.
 */
export function contextAt(text, offset, schema) {
  const all = words(text);
  if (all.some((word) => within(word, offset))) return { wants: 'nothing', start: offset, prefix: '' };
  const typed = all.find((word) => word.start < offset && offset <= word.end && /^(name|variable|directive)$/.test(word.kind));
  const stack = [{ kind: 'document' }];
  for (const word of all) {
    if (word.end > offset || word === typed) break;
    if (word.kind !== 'comment') read(word, stack, schema);
  }
  const prefix = typed ? text.slice(typed.start, offset) : '';
  const place = { start: typed?.start ?? offset, prefix };
  if (prefix.startsWith('@')) return { ...place, wants: 'directive' };
  return { ...place, ...wanted(stack.at(-1)) };
}

/** Variables that the document declares, with the names of their types. */
export function declared(text) {
  const all = words(text).filter(({ kind }) => kind !== 'comment');
  // Only a declaration has a colon behind a variable.
  return all.flatMap(({ kind, text: name }, index) => {
    if (kind !== 'variable' || all[index + 1]?.text !== ':') return [];
    return [{ name, type: all.slice(index + 2).find((word) => word.kind === 'name')?.text ?? '' }];
  });
}

function within(word, offset) {
  if (word.kind === 'comment') return word.start < offset && offset <= word.end;
  const open = word.kind === 'string' && (word.text.length < 2 || !word.text.endsWith('"'));
  return word.kind === 'string' && word.start < offset && (offset < word.end || (open && offset === word.end));
}

function wanted(frame) {
  switch (frame.kind) {
    case 'document':
      return { wants: 'keyword' };
    case 'fragment':
      return { wants: frame.on ? 'condition' : 'nothing' };
    case 'selection':
      if (frame.spread === 'on') return { wants: 'condition', type: frame.type };
      return { wants: frame.spread === 'open' ? 'spread' : 'field', type: frame.type };
    case 'given':
      if (frame.value) return { wants: 'value', type: frame.value };
      return { wants: 'argument', type: frame.inputs, taken: frame.taken };
    case 'list':
      return { wants: 'value', type: frame.type };
    case 'declared':
      if (frame.value) return { wants: 'value', type: frame.type };
      return { wants: frame.typed ? 'type' : 'nothing' };
    default:
      return { wants: 'nothing' };
  }
}

function read(word, stack, schema) {
  const frame = stack.at(-1);
  READ[frame.kind](frame, word, stack, schema);
}

/** What each kind of place makes of the next word. */
const READ = {
  document(_, { text }, stack, schema) {
    if (text in schema.roots) stack.push({ kind: 'operation', type: schema.roots[text] });
    else if (text === 'fragment') stack.push({ kind: 'fragment' });
    else if (text === '{') stack.push({ kind: 'selection', type: schema.roots.query });
  },

  operation(frame, word, stack, schema) {
    if (word.kind === 'directive') frame.directive = word.text;
    else if (word.text === '(' && frame.directive) given(stack, directive(schema, frame), ')');
    else if (word.text === '(') stack.push({ kind: 'declared' });
    else if (word.text === '{') stack.push({ kind: 'selection', type: frame.type });
  },

  fragment(frame, { kind, text }, stack) {
    if (text === 'on') frame.on = true;
    else if (kind === 'name') Object.assign(frame, { type: text, on: false });
    else if (text === '{') stack.push({ kind: 'selection', type: frame.type });
  },

  selection(frame, word, stack, schema) {
    if (word.kind === 'spread') Object.assign(frame, { spread: 'open', field: null, inline: frame.type, directive: null });
    else if (word.kind === 'directive') frame.directive = word.text;
    else if (word.kind === 'name') selected(frame, word.text, schema);
    else if (word.text === '(') given(stack, frame.directive ? directive(schema, frame) : frame.field?.args, ')');
    else if (word.text === '{') {
      stack.push({ kind: 'selection', type: frame.spread ? frame.inline : named(frame.field?.type) });
      frame.spread = null;
    } else if (word.text === '}') closed(stack);
  },

  given(frame, word, stack, schema) {
    if (word.text === frame.end) ended(stack);
    else if (frame.value) value(frame, word, stack, schema, frame.value);
    else if (word.kind === 'name') {
      frame.last = frame.inputs.find(({ name }) => name === word.text);
      frame.taken.push(word.text);
    } else if (word.text === ':') frame.value = named(frame.last?.type) ?? '?';
  },

  list(frame, word, stack, schema) {
    if (word.text === ']') ended(stack);
    else value(frame, word, stack, schema, frame.type);
  },

  declared(frame, word, stack, schema) {
    if (word.text === ')') stack.pop();
    else if (word.text === '=') frame.value = true;
    else if (word.kind === 'variable' && !frame.typed) frame.value = false;
    else if (word.text === ':') frame.typed = true;
    else if (frame.value) value(frame, word, stack, schema, frame.type);
    else if (word.kind === 'name') Object.assign(frame, { type: word.text, typed: false });
  },
};

function selected(frame, name, schema) {
  if (frame.spread === 'open') frame.spread = name === 'on' ? 'on' : null;
  else if (frame.spread === 'on') Object.assign(frame, { inline: name, spread: 'typed' });
  // An alias is taken for a field until the field comes.
  else Object.assign(frame, { field: schema.field(frame.type, name), directive: null, spread: null });
}

function value(frame, word, stack, schema, type) {
  if (word.text === '{') given(stack, schema.inputs(type), '}');
  else if (word.text === '[') stack.push({ kind: 'list', type });
  else if (frame.kind !== 'list') frame.value = false;
}

function given(stack, inputs, end) {
  stack.push({ kind: 'given', inputs: inputs ?? [], taken: [], end });
}

function ended(stack) {
  stack.pop();
  if (stack.at(-1).kind !== 'list') stack.at(-1).value = false;
}

function closed(stack) {
  stack.pop();
  if (['operation', 'fragment'].includes(stack.at(-1)?.kind)) stack.pop();
  if (!stack.length) stack.push({ kind: 'document' });
}

function directive(schema, frame) {
  return schema.directives.find(({ name }) => `@${name}` === frame.directive)?.args;
}
