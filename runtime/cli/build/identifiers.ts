/** Names of a program as identifiers of TypeScript: others are spelt with `_`, words of the language get one behind, and none comes twice. */

const RESERVED = new Set(
  'await break case catch class close const continue debugger default delete do else enum export extends false finally for function if implements import in inputs instanceof interface let new null package private protected public return static super switch then this throw true try typeof undefined var void while with yield'.split(
    ' ',
  ),
);

/** By name, in their order. */
export function identifiers(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      let own = name
        .replace(/'/g, '_')
        .replace(/[^A-Za-z0-9_$]/g, '_')
        .replace(/^(?=[0-9])/, '_');
      if (RESERVED.has(own) || own === '') own = `${own}_`;
      while (taken.has(own)) own = `${own}_`;
      taken.add(own);
      return [name, own] as const;
    }),
  );
}
