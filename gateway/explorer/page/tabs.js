// The strip of tabs, as ARIA's tab list: arrows move, Delete closes one's own.
import { at, make } from './dom.js';

export class Tabs {
  current = 0;

  /** `chosen(tab)` hears which one is shown now; `changed()` that there are others. */
  constructor(tabs, { chosen, changed }) {
    this.all = tabs;
    this.chosen = chosen;
    this.changed = changed;
    at('tabs').addEventListener('keydown', (event) => this.#key(event));
    at('add').addEventListener('click', () => this.add({ title: this.#title(), query: '', variables: '{}' }));
  }

  get tab() {
    return this.all[this.current];
  }

  add(tab) {
    this.all.push(tab);
    this.changed();
    this.show(this.all.length - 1);
  }

  show(index, { focus = false } = {}) {
    this.current = Math.max(0, Math.min(index, this.all.length - 1));
    at('tabs').replaceChildren(...this.all.map((tab, place) => this.#button(tab, place)));
    const button = at('tabs').children[this.current];
    button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    at('panel').setAttribute('aria-labelledby', button.id);
    this.chosen(this.tab);
    if (focus) button.focus();
  }

  close(index) {
    if (this.all[index].tour) return;
    this.all.splice(index, 1);
    this.changed();
    this.show(index - 1, { focus: true });
  }

  #button(tab, place) {
    const here = place === this.current;
    const button = make('button', {
      type: 'button',
      role: 'tab',
      id: `tab-${place}`,
      'aria-selected': String(here),
      'aria-controls': 'panel',
      tabIndex: here ? 0 : -1,
      onclick: () => this.show(place, { focus: true }),
    });
    button.append(tab.tour ? `${place + 1} ${tab.title}` : tab.title);
    if (!tab.tour) {
      button.title = 'Delete closes it';
      const close = make('span', { className: 'close', 'aria-hidden': 'true' }, '×');
      close.addEventListener('click', (event) => {
        event.stopPropagation();
        this.close(place);
      });
      button.append(' ', close);
    }
    return button;
  }

  #key(event) {
    const count = this.all.length;
    const to = { ArrowRight: this.current + 1, ArrowLeft: this.current - 1 + count, Home: 0, End: count - 1 }[event.key];
    if (to !== undefined) this.show(to % count, { focus: true });
    else if (event.key === 'Delete') this.close(this.current);
    else return;
    event.preventDefault();
  }

  #title() {
    const taken = new Set(this.all.map(({ title }) => title));
    let number = 1;
    while (taken.has(`mine ${number}`)) number += 1;
    return `mine ${number}`;
  }
}
