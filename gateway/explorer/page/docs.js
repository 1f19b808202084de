// The graph's reference: search, types, fields, and the way back.
import { at, make } from './dom.js';
import { named, written } from './schema.js';

const MOST_FOUND = 100;

export class Docs {
  #schema = null;
  #way = [];
  #trouble = 'The schema is being asked for …';

  constructor() {
    at('docs-search').addEventListener('input', () => this.#show());
    at('docs-back').addEventListener('click', () => {
      this.#way.pop();
      this.#show();
      at('docs-body').focus();
    });
    at('docs-close').addEventListener('click', () => this.close());
    at('docs').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    at('docs-open').addEventListener('click', () => (at('docs').hidden ? this.open() : this.close()));
  }

  /** A schema, or the reason why there is none. */
  tell(schema, trouble) {
    this.#schema = schema;
    this.#trouble = trouble;
    this.#show();
  }

  open() {
    at('docs').hidden = false;
    at('docs-open').setAttribute('aria-expanded', 'true');
    this.#show();
    at('docs-search').focus();
  }

  close() {
    at('docs').hidden = true;
    at('docs-open').setAttribute('aria-expanded', 'false');
    at('docs-open').focus();
  }

  #go(name) {
    this.#way.push(name);
    at('docs-search').value = '';
    this.#show();
    at('docs-body').focus();
  }

  #show() {
    if (at('docs').hidden) return;
    const body = at('docs-body');
    const searched = at('docs-search').value.trim().toLowerCase();
    at('docs-back').disabled = !this.#way.length || Boolean(searched);
    if (!this.#schema) body.replaceChildren(make('p', {}, this.#trouble));
    else if (searched) body.replaceChildren(...this.#search(searched));
    else if (this.#way.length) body.replaceChildren(...this.#type(this.#way.at(-1)));
    else body.replaceChildren(...this.#roots());
    body.scrollTop = 0;
  }

  #roots() {
    const roots = Object.entries(this.#schema.roots).filter(([, name]) => name);
    const others = [...this.#schema.types.values()].filter(({ name }) => !name.startsWith('__') && !Object.values(this.#schema.roots).includes(name));
    return [
      make('h2', {}, 'The graph'),
      ...roots.map(([kind, name]) => make('p', {}, `${kind}: `, this.#link(name))),
      make('h3', {}, 'Types'),
      make('ul', {}, ...others.sort(byName).map(({ name }) => make('li', {}, this.#link(name)))),
    ];
  }

  #search(searched) {
    const found = [];
    for (const type of [...this.#schema.types.values()].filter(({ name }) => !name.startsWith('__')).sort(byName)) {
      if (type.name.toLowerCase().includes(searched)) found.push(make('li', {}, this.#link(type.name)));
      for (const field of members(type)) {
        if (!field.name.toLowerCase().includes(searched)) continue;
        found.push(make('li', {}, this.#link(type.name), `.${field.name}`, ...(field.type ? [': ', this.#ref(field.type)] : [])));
      }
    }
    const more = found.length > MOST_FOUND ? [make('p', {}, `… and ${found.length - MOST_FOUND} more`)] : [];
    return [make('h2', {}, found.length ? 'Found' : 'Nothing found'), make('ul', {}, ...found.slice(0, MOST_FOUND)), ...more];
  }

  #type(name) {
    const type = this.#schema.type(name);
    const related = [
      ['Implements', type.interfaces],
      ['Is one of', type.possibleTypes],
    ].filter(([, types]) => types?.length);
    return [
      make('h2', {}, name, ' ', make('small', {}, type.kind.toLowerCase().replace('_', ' '))),
      make('p', {}, type.description ?? ''),
      ...related.map(([title, types]) => make('p', {}, `${title}: `, ...spaced(types.map((each) => this.#link(each.name))))),
      make('dl', {}, ...members(type).flatMap((member) => this.#member(member))),
    ];
  }

  #member({ name, description, type, args, defaultValue, isDeprecated, deprecationReason }) {
    const given = (args ?? []).map((each) =>
      make('li', {}, make('code', {}, `${each.name}: `), this.#ref(each.type), standard(each.defaultValue), ` ${each.description ?? ''}`),
    );
    const title = make('dt', { className: isDeprecated ? 'deprecated' : '' }, make('code', {}, name));
    if (type) title.append(': ', this.#ref(type), standard(defaultValue));
    const said = make('dd', {}, make('p', {}, [isDeprecated && `Deprecated: ${deprecationReason}`, description].filter(Boolean).join(' ')));
    if (given.length) said.append(make('ul', {}, ...given));
    return [title, said];
  }

  #ref(ref) {
    const [before, after] = written(ref).split(named(ref));
    return make('span', {}, before, this.#link(named(ref)), after);
  }

  #link(name) {
    return make('button', { className: 'link', type: 'button', onclick: () => this.#go(name) }, name);
  }
}

const byName = (one, other) => one.name.localeCompare(other.name);
const members = (type) => type.fields ?? type.inputFields ?? type.enumValues ?? [];
const standard = (value) => (value === null || value === undefined || value === 'null' ? '' : ` = ${value}`);
const spaced = (elements) => elements.flatMap((element) => [element, ' ']);
