// What can be written at a place of a document, by the schema.
import { contextAt, declared } from './context.js';
import { words } from './lexer.js';
import { written } from './schema.js';

const KEYWORDS = ['query', 'mutation', 'subscription', 'fragment'];

/** `{ start, prefix, options }`; an option is `{ label, detail, about, deprecated }`, those that begin with the prefix first. */
export function completionsAt(text, offset, schema) {
  const place = contextAt(text, offset, schema);
  const wanted = place.prefix.toLowerCase();
  const fits = (option) => option.label.toLowerCase().includes(wanted);
  const begins = (option) => Number(!option.label.toLowerCase().startsWith(wanted));
  const options = offered(place, text, schema)
    .filter(fits)
    .sort((one, other) => begins(one) - begins(other));
  return { start: place.start, prefix: place.prefix, options };
}

function offered(place, text, schema) {
  switch (place.wants) {
    case 'keyword':
      return KEYWORDS.map((label) => ({ label }));
    case 'field':
      return schema.fields(place.type).map(described);
    case 'spread':
      return [{ label: 'on', detail: 'a type' }, ...fragments(text)];
    case 'condition':
      return (place.type ? schema.overlapping(place.type) : schema.composite()).map(described);
    case 'argument':
      return place.type.filter(({ name }) => !place.taken.includes(name)).map(described);
    case 'value':
      return values(place, text, schema);
    case 'type':
      return schema.inputTypes().map(described);
    case 'directive':
      return schema.directives.map((each) => ({ ...described(each), label: `@${each.name}` }));
    default:
      return [];
  }
}

function values(place, text, schema) {
  const variables = declared(text).map(({ name, type }) => ({ label: name, detail: type, fits: type === place.type }));
  const own = (schema.type(place.type)?.enumValues ?? []).map(described);
  const truths = place.type === 'Boolean' ? [{ label: 'true' }, { label: 'false' }] : [];
  return [...variables.filter(({ fits }) => fits), ...own, ...truths, ...variables.filter(({ fits }) => !fits)];
}

function fragments(text) {
  const all = words(text);
  return all
    .filter((_, index) => all[index - 1]?.text === 'fragment')
    .map(({ text: label }) => ({ label, detail: 'a fragment' }));
}

function described({ name, description, type, kind, isDeprecated, deprecationReason }) {
  const detail = type ? written(type) : (kind ?? '').toLowerCase().replace('_', ' ');
  return { label: name, detail, about: deprecationReason ?? description ?? '', deprecated: Boolean(isDeprecated) };
}
