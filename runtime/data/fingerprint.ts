/** A fingerprint of data: equal columns have equal ones. */
import { Fingerprint } from '../checkpoint/fingerprint.ts';

/** Of columns by name, whatever their order. */
export function fingerprintOf(columns: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): string {
  const found = new Fingerprint();
  for (const name of Object.keys(columns).sort()) {
    found.add(new TextEncoder().encode(name));
    const values = Float64Array.from(columns[name].data);
    found.add(new Uint8Array(values.buffer));
  }
  return found.text();
}
