/** The records of one executable that is bound, in the memory of the engine, as `walk` reads them. */
import { recordBytes, waveEnd } from '../../../compiler/emit/wasm/walk.ts';
import type { Keyed, Launches, Runnable } from '../../../compiler/values/executable.ts';
import type { SpaceName } from '../../../compiler/values/kernel.ts';
import { streamNumber, threefry } from '../../../compiler/values/random.ts';
import type { Bound, CallArguments, Space } from '../engine.ts';
import type { Watch } from '../timings.ts';
import type { WasmCore } from './core.ts';
import { gatesOf, tableWords } from './needs.ts';
import { placeOf, type WasmSpace } from './space.ts';

/** Gates first (word 0 is always 1), then records of eight words, then argument blocks. */
export class LaunchTable implements Pick<Bound, 'run'> {
  readonly space: WasmSpace;
  readonly #engine: WasmCore<Keyed>;
  readonly #executable: Runnable;
  readonly #from: number;
  readonly #to: number;
  readonly #labels: readonly string[];
  readonly #keys: { readonly stream: number; readonly word: number }[] = [];
  readonly #gates: { readonly name: string; readonly words: readonly number[] }[];

  constructor(
    engine: WasmCore<Keyed>,
    executable: Runnable,
    { launches }: Launches<Keyed>,
    slots: readonly number[],
    spaces: Partial<Record<SpaceName, Space>>,
  ) {
    const gateNames = gatesOf(executable, { launches });
    const head = 1 + gateNames.length;
    this.space = engine.allocate(tableWords({ launches }, gateNames.length));
    this.#engine = engine;
    this.#executable = executable;
    const start = this.space.address / 4;
    this.#from = this.space.address + 4 * head;
    this.#to = this.#from + recordBytes * launches.length;
    this.#labels = launches.map(({ label }) => label);
    const { words } = engine.memory;
    words[start] = 1;
    this.#gates = gateNames.map((name, k) => {
      const input = executable.places.get(`input ${name}`)?.address;
      const place = input === undefined ? [] : [placeOf(bound(spaces, input.space, executable.name), input.offset, 1)];
      return { name, words: [start + 1 + k, ...place] };
    });
    let next = this.#to / 4;
    for (const [k, launch] of launches.entries()) {
      const gate = launch.gate === undefined ? start : start + 1 + gateNames.indexOf(launch.gate);
      const record = (this.#from + recordBytes * k) / 4;
      words.set([slots[k], 4 * next, launch.blocks, 4 * gate], record);
      words[record + waveEnd / 4] = launches[k + 1]?.wave === launch.wave ? 0 : 1;
      const buffers = launch.buffers.map(({ space, offset, length }) => 4 * placeOf(bound(spaces, space, executable.name), offset, length));
      words.set([...buffers, ...launch.args], next);
      for (const { stream, arg } of launch.keys) this.#keys.push({ stream: streamNumber(stream), word: next + buffers.length + arg });
      next += buffers.length + launch.args.length;
    }
  }

  run({ seed, tick, gates }: CallArguments): void {
    const { words } = this.#engine.memory;
    for (const { stream, word } of this.#keys) {
      const key = threefry(seed, [stream, tick >>> 0]);
      words[word] = key[0];
      words[word + 1] = key[1];
    }
    for (const { name, words: places } of this.#gates) for (const place of places) words[place] = (gates?.[name] ?? true) ? 1 : 0;
    const labelOf = (record: number) => this.#labels[(record - this.#from) / recordBytes] ?? 'no launch';
    const { watch } = this.#engine;
    if (watch === undefined) this.#engine.run(this.#from, this.#to, labelOf);
    else this.#runWatched(watch, labelOf);
  }

  #runWatched(watch: Watch, labelOf: (record: number) => string): void {
    const { words } = this.#engine.memory;
    for (let launch = 0, record = this.#from; record < this.#to; launch++, record += recordBytes) {
      // The fourth word is where the gate of the launch lies (walk.ts).
      if (words[words[record / 4 + 3] / 4] === 0) continue;
      const from = watch.now();
      this.#engine.run(record, record + recordBytes, labelOf);
      watch.ran(this.#executable, launch, from, watch.now());
    }
  }
}

function bound(spaces: Partial<Record<SpaceName, Space>>, name: SpaceName, executable: string): Space {
  const space = spaces[name];
  if (space === undefined) throw new RangeError(`${executable} was bound without the space ${name}`);
  return space;
}
