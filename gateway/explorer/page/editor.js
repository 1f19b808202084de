// A text area for GraphQL: colours lie beneath it, and what fits is listed at the caret.
import { at, make } from './dom.js';
import { pieces } from './lexer.js';

const MOST_OPTIONS = 60;

/** `complete(text, offset)` gives what completion.js gives; `changed(text)` hears of each edit. */
export class Editor {
  #area = at('query');
  #colours = at('colours');
  #list = at('options');
  #about = at('about');
  #popup = at('popup');
  #chosen = 0;
  #found = { start: 0, prefix: '', options: [] };

  constructor({ complete, changed }) {
    this.complete = complete;
    this.#area.addEventListener('input', (event) => {
      this.#paint();
      changed(this.#area.value);
      if (/^insert(Text|Composition)/.test(event.inputType ?? '') && /[\w$@.]$/.test(event.data ?? '')) this.#look();
      else this.#close();
    });
    this.#area.addEventListener('keydown', (event) => this.#key(event));
    this.#area.addEventListener('blur', () => this.#close());
    this.#area.addEventListener('pointerdown', () => this.#close());
    // A tap must not take the focus, or a phone's keyboard goes away.
    this.#popup.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.#take(Number(option.dataset.index));
    });
    at('complete').addEventListener('pointerdown', (event) => event.preventDefault());
    at('complete').addEventListener('click', () => {
      this.#area.focus();
      this.#look();
    });
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#area.value = text;
    this.#close();
    this.#paint();
  }

  #paint() {
    const coloured = pieces(this.#area.value).map(({ text, kind }) => (kind ? make('span', { className: kind }, text) : text));
    // The last line counts even when it is empty.
    this.#colours.replaceChildren(...coloured, '\n');
  }

  get #open() {
    return !this.#popup.hidden;
  }

  #key(event) {
    const asked = event.key === ' ' && (event.ctrlKey || event.altKey);
    if (asked) this.#look();
    else if (!this.#open) return;
    else if (event.key === 'ArrowDown') this.#choose(this.#chosen + 1);
    else if (event.key === 'ArrowUp') this.#choose(this.#chosen - 1);
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') this.#take(this.#chosen);
    else if (event.key === 'Escape') this.#close();
    else {
      if (/^(Arrow|Home|End|Page)/.test(event.key)) this.#close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #look() {
    const offset = this.#area.selectionStart;
    this.#found = this.complete(this.#area.value, offset);
    const { options, prefix } = this.#found;
    if (!options.length || (options.length === 1 && options[0].label === prefix)) return this.#close();
    this.#list.replaceChildren(...options.slice(0, MOST_OPTIONS).map(shown));
    this.#popup.hidden = false;
    this.#area.setAttribute('aria-expanded', 'true');
    this.#choose(0);
    this.#place(this.#found.start);
    return undefined;
  }

  #choose(index) {
    const count = this.#list.children.length;
    this.#chosen = (index + count) % count;
    for (const [place, option] of [...this.#list.children].entries()) {
      option.setAttribute('aria-selected', String(place === this.#chosen));
    }
    const option = this.#list.children[this.#chosen];
    option.scrollIntoView({ block: 'nearest' });
    this.#area.setAttribute('aria-activedescendant', option.id);
    this.#about.textContent = this.#found.options[this.#chosen].about ?? '';
  }

  #take(index) {
    const { start, options } = this.#found;
    this.#close();
    this.#area.setSelectionRange(start, this.#area.selectionStart);
    // The one way that keeps what Ctrl+Z takes back; where it is gone, the text is set all the same.
    if (!document.execCommand('insertText', false, options[index].label)) {
      this.#area.setRangeText(options[index].label, start, this.#area.selectionEnd, 'end');
      this.#area.dispatchEvent(new InputEvent('input', { inputType: 'insertReplacementText' }));
    }
    this.#close();
  }

  #close() {
    this.#popup.hidden = true;
    this.#area.setAttribute('aria-expanded', 'false');
    this.#area.removeAttribute('aria-activedescendant');
  }

  /** Under the word, within the window; above it where there is no room. */
  #place(offset) {
    const caret = this.#rectangle(offset);
    const popup = this.#popup.getBoundingClientRect();
    const below = caret.bottom + popup.height <= window.innerHeight;
    const left = Math.max(4, Math.min(caret.left, window.innerWidth - popup.width - 4));
    const top = below ? caret.bottom : Math.max(4, caret.top - popup.height);
    Object.assign(this.#popup.style, { left: `${left}px`, top: `${top}px` });
  }

  #rectangle(offset) {
    const range = document.createRange();
    let left = offset;
    for (const node of [...this.#colours.childNodes]) {
      const length = node.textContent.length;
      if (left <= length) {
        const text = node.firstChild ?? node;
        range.setStart(text, left);
        range.setEnd(text, Math.min(left + 1, text.length));
        break;
      }
      left -= length;
    }
    return range.getBoundingClientRect();
  }
}

function shown({ label, detail, deprecated }, index) {
  const option = make('li', { role: 'option', id: `option-${index}`, className: deprecated ? 'deprecated' : '' });
  option.dataset.index = index;
  option.append(make('b', {}, label), ' ', make('span', {}, detail ?? ''));
  return option;
}
