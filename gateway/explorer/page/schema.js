// The graph as introspection tells it, with what completion and docs look up in it.

const REF = 'kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }';
const INPUT = `name description defaultValue isDeprecated type { ${REF} }`;
const QUESTION = `query Introspection { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  directives { name description args { ${INPUT} } }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${REF} } args { ${INPUT} } }
    inputFields { ${INPUT} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name } interfaces { name }
  }
} }`;

/** Raises Error when the gateway does not tell its schema. `ask` sends one request and gives the answer. */
export async function introspect(ask) {
  const answer = await ask({ query: QUESTION, operationName: 'Introspection' });
  if (!answer.data) throw new Error(answer.errors?.[0]?.message ?? 'no answer');
  return new Schema(answer.data.__schema);
}

/** The name under lists and non-nulls. */
export function named(ref) {
  return ref?.ofType ? named(ref.ofType) : ref?.name;
}

/** As SDL writes it. */
export function written(ref) {
  if (ref.kind === 'NON_NULL') return `${written(ref.ofType)}!`;
  return ref.kind === 'LIST' ? `[${written(ref.ofType)}]` : ref.name;
}

export class Schema {
  constructor(told) {
    this.types = new Map(told.types.map((type) => [type.name, type]));
    this.directives = told.directives;
    this.roots = {
      query: told.queryType?.name,
      mutation: told.mutationType?.name,
      subscription: told.subscriptionType?.name,
    };
  }

  type(name) {
    return this.types.get(name);
  }

  /** Fields that may be selected on the type; every composite one has __typename. */
  fields(name) {
    const type = this.type(name);
    if (!type || !['OBJECT', 'INTERFACE', 'UNION'].includes(type.kind)) return [];
    const typename = { name: '__typename', description: 'Of which type this is.', args: [], type: TYPENAME };
    return [...(type.fields ?? []), typename];
  }

  field(type, name) {
    return this.fields(type).find((field) => field.name === name);
  }

  inputs(name) {
    return this.type(name)?.inputFields ?? [];
  }

  /** Composite types of which something can also be of the named one. */
  overlapping(name) {
    const mine = this.#objects(name);
    return this.composite().filter((type) => [...this.#objects(type.name)].some((object) => mine.has(object)));
  }

  composite() {
    return this.#of(['OBJECT', 'INTERFACE', 'UNION']);
  }

  inputTypes() {
    return this.#of(['SCALAR', 'ENUM', 'INPUT_OBJECT']);
  }

  #of(kinds) {
    return [...this.types.values()].filter(({ kind, name }) => kinds.includes(kind) && !name.startsWith('__'));
  }

  #objects(name) {
    const type = this.type(name);
    return new Set(type?.possibleTypes?.length ? type.possibleTypes.map((possible) => possible.name) : [name]);
  }
}

const TYPENAME = { kind: 'NON_NULL', ofType: { kind: 'SCALAR', name: 'String' } };
