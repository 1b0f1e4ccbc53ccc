/** What an installation does on this machine, measured on programs that are always the same: products, layers, a step, its compilation. */
import { check, compileContraction, compileStep } from '../../../compiler/index.ts';
import type { CompiledStep, StepOptions } from '../../../compiler/values/executable.ts';
import type { Model } from '../../../compiler/values/model.ts';
import type { Profile } from '../../../compiler/values/plan.ts';
import { inOrder } from '../../../compiler/values/program.ts';
import type { Engine } from '../../engine/engine.ts';
import { inTurns, openRuns } from '../../plan/runs.ts';
import { Problem } from '../context.ts';
import { checkAgainstReference } from './agree.ts';
import { type Measured, measuredIn } from './record.ts';

export const PARTS = ['products', 'layers', 'step', 'compile'] as const;
export type Part = (typeof PARTS)[number];

export interface OwnRequest {
  readonly engine: Engine;
  readonly profile: Profile | undefined;
  readonly turns: number;
  /** Milliseconds. */
  clock(): number;
  progress(text: string): void;
}

/** Throws Problem where results differ from the reference. */
export async function benchOwn(parts: readonly Part[], request: OwnRequest): Promise<Measured[]> {
  const found: Measured[] = [];
  for (const part of PARTS.filter((one) => parts.includes(one))) {
    request.progress(part);
    found.push(...(await measure[part](request)));
  }
  return found;
}

const measure: Readonly<Record<Part, (request: OwnRequest) => Promise<Measured[]>>> = { products, layers, step, compile };

// products -----------------------------------------------------------------------------------------------------------------

/** Rows, columns, depth; which operand is stored transposed. */
const PRODUCTS = [
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512, 'left'],
  [512, 512, 512, 'right'],
  [1024, 1024, 1024],
  [2048, 512, 128],
  [2048, 64, 8],
] as const;

async function products({ engine, turns, clock }: OwnRequest): Promise<Measured[]> {
  const found: Measured[] = [];
  for (const [m, n, k, stored] of PRODUCTS) {
    const name = `product ${m} x ${k}${stored === 'left' ? "'" : ''} . ${k} x ${n}${stored === 'right' ? "'" : ''}`;
    const inputs = [stored === 'left' ? [2, 0] : [0, 2], stored === 'right' ? [1, 2] : [2, 1]];
    const batch = compileContraction({ inputs, output: [0, 1], sizes: [m, n, k] }, [[0, 1]]);
    const runs = await openRuns(engine, [{ batch }]);
    runs.each[0]!.run(0);
    const values = { a: await runs.read('input x0'), b: await runs.read('input x1'), c: await runs.read('result y') };
    checkProduct(name, values, { m, n, k, stored });
    const [seconds] = inTurns(runs.each, turns, clock);
    runs.release();
    const one = measuredIn(name, seconds!);
    found.push({ ...one, gflops: (2 * m * n * k) / one.milliseconds.median / 1e6 });
  }
  return found;
}

interface Sides {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly stored: 'left' | 'right' | undefined;
}

/** Some elements against sums in f64, by the bound of the rounding of a sum. Throws Problem. */
function checkProduct(name: string, values: Record<'a' | 'b' | 'c', ArrayLike<number>>, { m, n, k, stored }: Sides): void {
  for (let sample = 0; sample < 64; sample++) {
    const [row, column] = [(sample * 7919) % m, (sample * 104729) % n];
    let [sum, size] = [0, 0];
    for (let i = 0; i < k; i++) {
      const a = values.a[stored === 'left' ? i * m + row : row * k + i]!;
      const b = values.b[stored === 'right' ? column * k + i : i * n + column]!;
      sum += a * b;
      size += Math.abs(a * b);
    }
    const found = values.c[row * n + column]!;
    if (!(Math.abs(found - sum) <= (k + 2) * 2 ** -24 * size))
      throw new Problem(`${name}: row ${row}, column ${column} is ${found}, expected ${sum}; nothing was measured`);
  }
}

// layers and steps ---------------------------------------------------------------------------------------------------------

const text = `edition 1
model Layer(width = 256) {
  axis batch
  input x[batch, width]
  up: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] { y = up(x) }
  loss size = mean(forward(x) * forward(x))
}
variant Mpo(bond = 8) of Layer {
  decompose up as mpo[8*(width div 64)*8, 8*(width div 64)*8](b = bond)
}
model Writer(vocab = 64, width = 128, heads = 4, depth = 2, inner = 512, context = 128) {
  axis batch, time <= context, width = heads * e
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.02)
  block[l in 1..depth] {
    query, key, value, mix: linear[width -> width](biased = false)
    up:                     linear[width -> inner]
    down:                   linear[inner -> width]
    norm1, norm2:           layer_norm[width]
  }
  head: linear[width -> vocab](biased = false)
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    x = embed[ids] + sinusoid[time, width]()
    for b in block {
      y = b.norm1(x)
      q[batch, time, heads, e] = b.query(y)
      k[batch, time', heads, e] = b.key(y)
      v[batch, time', heads, e] = b.value(y)
      s[batch, heads, time, time'] = q * k / sqrt(e)
      a = softmax[time'](s where @time' <= @time)
      o[batch, time, heads, e] = a * v
      x = x + b.mix(o)
      x = x + b.down(relu(b.up(b.norm2(x))))
    }
    logits = head(x)
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
variant WriterMpo(bond = 8) of Writer {
  decompose block[*].{query, key, value, mix} as mpo[8*16, 8*16](b = bond)
  decompose block[*].up as mpo[8*8*8, 4*4*8](b = bond)
  decompose block[*].down as mpo[4*4*8, 8*8*8](b = bond)
}
`;

function modelOf(name: string, set: Record<string, number> = {}): Model {
  const { model, diagnostics } = check({ file: 'bench.bond', text, load: () => undefined, name, set });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return model;
}

function training(model: Model, sizes: StepOptions['sizes'], profile: Profile | undefined): StepOptions {
  const loss = model.entries.find(({ kind }) => kind === 'loss')!;
  const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }];
  return { entries: [{ name: loss.name, weight: 1 }], sizes, mode: 'train', profile, optimiser: { kind: 'adamw', clip: true, groups } };
}
const forward = (sizes: StepOptions['sizes'], profile: Profile | undefined): StepOptions => {
  return { entries: [{ name: 'forward', weight: 1 }], sizes, mode: 'eval', profile };
};

interface Case {
  readonly name: string;
  readonly model: Model;
  readonly options: StepOptions;
}

/** Cases in turn. */
async function cases(list: readonly Case[], { engine, turns, clock }: OwnRequest): Promise<Measured[]> {
  for (const { name, model, options } of list) await checkAgainstReference(engine, name, model, options);
  const opened = [];
  for (const { model, options } of list) opened.push(await openRuns(engine, [compileStep(model, options)]));
  const seconds = inTurns(
    opened.map(({ each }) => each[0]!),
    turns,
    clock,
  );
  for (const runs of opened) runs.release();
  return list.map(({ name }, k) => measuredIn(name, seconds[k]!));
}

async function layers(request: OwnRequest): Promise<Measured[]> {
  const { profile } = request;
  const sizes = { batch: 64 };
  const found: Measured[] = [];
  for (const [width, bond] of [
    [256, 8],
    [1024, 16],
  ] as const) {
    const models = [
      ['dense', modelOf('Layer', { width })],
      [`mpo of bond ${bond}`, modelOf('Mpo', { width, bond })],
    ] as const;
    const list = models.flatMap(([kind, model]) => [
      { name: `layer ${width}, ${kind}, forward`, model, options: forward(sizes, profile) },
      { name: `layer ${width}, ${kind}, training`, model, options: training(model, sizes, profile) },
    ]);
    found.push(...(await cases(list, request)));
  }
  return found;
}

const SIZES = { batch: 4, time: 128 };
const writers = () =>
  [
    ['dense', modelOf('Writer')],
    ['mpo of bond 8', modelOf('WriterMpo')],
  ] as const;

function step(request: OwnRequest): Promise<Measured[]> {
  const list = writers().map(([kind, model]) => {
    return { name: `step of a transformer, ${kind}`, model, options: training(model, SIZES, request.profile) };
  });
  return cases(list, request);
}

/** From the checked model to the schedule, warm. */
async function compile({ engine, profile, turns, clock }: OwnRequest): Promise<Measured[]> {
  const target = engine.target!;
  return writers().map(([kind, model]) => {
    const made = (): CompiledStep => {
      const compiled = compileStep(model, training(model, SIZES, profile));
      for (const part of inOrder(compiled)) part.schedule(target);
      return compiled;
    };
    const run = { fold: () => undefined, run: () => void made() };
    const [seconds] = inTurns([run], turns, clock);
    return measuredIn(`compiling the step, ${kind}`, seconds!);
  });
}
