// Variables that are taken from what other operations answered: a text that begins with "=", as in a spreadsheet.
//   "=Checkout.me.cart.goodsTotal"        of the last answer to the operation Checkout; a number is a place in a list, * is every place
//   "=Cart.cart.goodsTotal + Quote.fee"   a sum
//   "=key()"                              a new idempotency key at each run

export class Missing extends Error {}

/** The variables with every formula's value in its place. `answers`: data by operation name. Raises Missing. */
export function resolved(variables, answers) {
  if (typeof variables === 'string') return variables.startsWith('=') ? formula(variables.slice(1), answers) : variables;
  if (Array.isArray(variables)) return variables.map((each) => resolved(each, answers));
  if (variables === null || typeof variables !== 'object') return variables;
  return Object.fromEntries(Object.entries(variables).map(([name, each]) => [name, resolved(each, answers)]));
}

function formula(text, answers) {
  const terms = text.split(' + ').map((term) => one(term.trim(), answers));
  return terms.length === 1 ? terms[0] : terms.reduce((sum, term) => sum + term, 0);
}

function one(term, answers) {
  if (term === 'key()') return newKey();
  const [name, ...path] = term.split('.');
  const found = answers[name] === undefined ? undefined : at(answers[name], path);
  if (lacking(found)) throw new Missing(`${term} has no value yet: run ${name} first.`);
  return found;
}

function lacking(value) {
  return value === undefined || value === null || (Array.isArray(value) && value.some(lacking));
}

function at(value, [step, ...rest]) {
  if (step === undefined || value === undefined || value === null) return value;
  return step === '*' ? value.map((each) => at(each, rest)) : at(value[step], rest);
}

/** 32 hexadecimal digits. A phone that comes by plain http has no crypto.randomUUID. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
