/**
 * Scores of the token that follows, from a function that scores every position. Where no position sees later ones, what was computed for
 * the earlier is kept, and a step computes the new position alone; elsewhere the whole function is run for each token.
 */
import type { Decoder, Writer } from '../../compiler/index.ts';
import { decoderOf, FIRST, NEW, NotKept } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Engine } from '../engine/engine.ts';
import { fixedRunners } from '../train/evaluate.ts';
import type { Runner } from '../train/runner.ts';
import type { HostTensor } from '../weights/tensor.ts';

export interface Scorer {
  /** Why nothing is kept, where it is not. */
  readonly whole?: string;
  /** The most tokens that can stand before the one that is scored. */
  readonly most: number;
  /** Of the token behind these, at most `most`, and at least one where the function itself does not look one token back. */
  scores(ids: readonly number[]): Promise<ArrayLike<number>>;
  release(): void;
}
export interface ScorerRequest {
  readonly engine: Engine;
  readonly model: Model;
  /** By parameter id. */
  readonly values: readonly HostTensor[];
  readonly writer: Writer;
  /** Sizes of open axes: one text, as long as the model sees. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Of inputs beside the text. */
  readonly given: ReadonlyMap<string, ArrayLike<number>>;
  /** How many tokens there are at first: many are computed some at a time. */
  readonly first: number;
  /** And at the end, where the model sees that far. */
  readonly needed: number;
}

/** Positions that are computed together while a text is taken in. */
const TOGETHER = 32;
const CALL = { seed: [0, 0], tick: 0 } as const;

/** Throws MemoryLimit, SizeError. */
export async function openScorer(request: ScorerRequest): Promise<Scorer> {
  try {
    return await keptScorer(request, decoderOf(request.model, request.writer));
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    return wholeScorer(request, error.message);
  }
}

const lengthOf = ({ model, writer, sizes }: ScorerRequest) => sizes[model.axes[writer.time].name];

async function keptScorer(request: ScorerRequest, { model, hasGiven, ahead }: Decoder): Promise<Scorer> {
  const { engine, values, given, first, needed } = request;
  const { text, time } = request.writer;
  const length = Math.min(lengthOf(request), needed);
  const option = (name: string, fresh: number) =>
    ({ entries: [{ name, weight: 1 }], sizes: { ...request.sizes, [model.axes[time].name]: length, [NEW]: fresh }, mode: 'eval' }) as const;
  const isLong = first >= 2 * TOGETHER && length > TOGETHER;
  const each = [option('next', 1), ...(isLong ? [option('next', TOGETHER)] : []), ...(hasGiven ? [option('given', 1)] : [])];
  const { runners, release } = await fixedRunners(engine, model, each, values);
  const one = runners[0];
  const many = isLong ? runners[1] : undefined;
  const steps = many === undefined ? [one] : [one, many];
  if (hasGiven) await bringGiven(model, runners[runners.length - 1], steps, given);
  let done: readonly number[] = [];
  const run = (runner: Runner, at: number) => {
    runner.set(FIRST, [at]);
    runner.run(CALL);
  };
  return {
    most: length - 1 + ahead,
    async scores(ids) {
      let at = commonLength(done, ids);
      const last = ids.length - ahead;
      if (at > last) at = last;
      for (const step of steps) step.set(text.name, padded(ids, length));
      while (many !== undefined && last - at >= TOGETHER) {
        run(many, at);
        at += TOGETHER;
      }
      for (; at <= last; at++) run(one, at);
      done = ids.slice();
      return one.read('next');
    },
    release,
  };
}

/** What the text does not change is computed once. */
async function bringGiven(model: Model, from: Runner, to: readonly Runner[], given: ReadonlyMap<string, ArrayLike<number>>): Promise<void> {
  for (const [name, data] of given) from.set(name, data);
  from.run(CALL);
  const { results } = model.entries.find(({ name }) => name === 'given')!.eval;
  for (const { name } of results) {
    const data = await from.read(results.length === 1 ? 'given' : `given.${name}`);
    for (const step of to) step.set(name, data);
  }
}

async function wholeScorer(request: ScorerRequest, whole: string): Promise<Scorer> {
  const { engine, model, values, writer, sizes, given } = request;
  const { entry, text } = writer;
  const length = lengthOf(request);
  const { runners, release } = await fixedRunners(
    engine,
    model,
    [{ entries: [{ name: entry.name, weight: 1 }], sizes, mode: 'eval' }],
    values,
  );
  const [runner] = runners;
  for (const [name, data] of given) runner.set(name, data);
  return {
    whole,
    most: length,
    async scores(ids) {
      runner.set(text.name, padded(ids, length));
      runner.run(CALL);
      const all = await runner.read(entry.name);
      const width = all.length / length;
      return all.subarray((ids.length - 1) * width, ids.length * width);
    },
    release,
  };
}

function padded(ids: readonly number[], length: number): Int32Array {
  const found = new Int32Array(length);
  found.set(ids);
  return found;
}
function commonLength(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((id, k) => id !== b[k]);
  return at < 0 ? Math.min(a.length, b.length) : at;
}
