/**
 * Names that users chose are keys of Maps: every object has names of its own (`constructor`, `toString`), and `__proto__` is no key of it
 * like others. What a caller writes may be an object, and becomes a Map where it is read.
 */

/** What a caller gives by name. */
export type Named<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** Own enumerable keys, where it is an object. */
export function byName<T>(given: Named<T>): ReadonlyMap<string, T> {
  return given instanceof Map ? given : new Map(Object.entries(given));
}

/** JSON in which a Map is an object. */
export function jsonOf(value: unknown, space?: number): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Map ? Object.fromEntries(part) : part), space);
}

/** Both, where a name of the second comes first. */
export function joined<T>(...named: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  return new Map(named.flatMap((one) => [...one]));
}
