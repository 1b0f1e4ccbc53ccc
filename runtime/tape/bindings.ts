/** What executables were bound to lately: slabs come again, and binding writes a record of every launch. */
import type { Executable } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { Bound, Loaded, Space } from '../engine/engine.ts';

type Spaces = Partial<Record<SpaceName, Space>>;
interface Binding {
  readonly spaces: Spaces;
  readonly bound: Bound;
}
/** Of one executable; a caller that holds many results alive has more, and binds again. */
const MOST = 4;

export class Bindings {
  readonly #known = new Map<Executable, Binding[]>();

  /** Bound to exactly these spaces, which stay allocated until `release`. */
  of(executable: Executable, loaded: Loaded, spaces: Spaces): Bound {
    const list = this.#known.get(executable) ?? [];
    this.#known.set(executable, list);
    const known = list.find((binding) => same(binding.spaces, spaces));
    if (known !== undefined) return known.bound;
    if (list.length === MOST) list.shift()!.bound.release();
    const bound = loaded.bind(spaces);
    list.push({ spaces, bound });
    return bound;
  }

  release(): void {
    for (const list of this.#known.values()) for (const { bound } of list) bound.release();
    this.#known.clear();
  }
}

function same(a: Spaces, b: Spaces): boolean {
  const names = Object.keys(b) as SpaceName[];
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}
