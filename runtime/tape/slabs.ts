/** Spaces that come back: a run takes what it needs and returns it, so that a loop of equal calls allocates only in its first round. */
import type { Engine, Space } from '../engine/engine.ts';

export class Slabs {
  readonly #engine: Engine;
  readonly #free = new Map<number, Space[]>();
  readonly #all: Space[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }
  /** Contents are what the last user left. */
  take(elements: number): Space {
    const known = this.#free.get(elements)?.pop();
    if (known !== undefined) return known;
    const space = this.#engine.allocate(elements);
    this.#all.push(space);
    return space;
  }
  give(space: Space): void {
    const list = this.#free.get(space.elements) ?? [];
    list.push(space);
    this.#free.set(space.elements, list);
  }
  /** How many spaces were ever allocated. */
  get count(): number {
    return this.#all.length;
  }
  /** Frees all, also those in use. */
  release(): void {
    for (const space of this.#all) this.#engine.release(space);
    this.#all.length = 0;
    this.#free.clear();
  }
}
