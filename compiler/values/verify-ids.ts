/** Rules of ids and names that all lists of a model share: an id is the position, and a name is told once. */

export function misplaced(kind: string, list: readonly { readonly id: number }[]): string[] {
  return list.flatMap(({ id }, position) => (id === position ? [] : [`${kind} ${position} has the id ${id}`]));
}

export function duplicates<Item>(kind: string, list: readonly Item[], namesOf: (item: Item) => readonly string[]): string[] {
  const seen = new Set<string>();
  return list.flatMap(namesOf).flatMap((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [`${kind} ${name} is there twice`];
  });
}

export function isPosition(id: number, list: readonly unknown[]): boolean {
  return Number.isInteger(id) && id >= 0 && id < list.length;
}

/** Whether each of 0 ... length - 1 is there once. */
export function isPermutation(positions: readonly number[], length: number): boolean {
  return (
    positions.length === length && new Set(positions).size === length && positions.every((k) => Number.isInteger(k) && k >= 0 && k < length)
  );
}
