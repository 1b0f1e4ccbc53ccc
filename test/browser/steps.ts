/** Ten steps of a small character transformer: the same function runs in Node and, bundled, in a page. Nothing here is Node's. */
import { check } from '../../compiler/index.ts';
import { textFeed, vocabularyOf } from '../../runtime/data/text.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { openSession } from '../../runtime/train/session.ts';
import { initialise } from '../../runtime/weights/initialise.ts';

export interface Task {
  /** A program with a character model. */
  readonly program: string;
  /** A model or variant in it, with options. */
  readonly name: string;
  readonly set: Readonly<Record<string, number>>;
  readonly text: string;
}
const STEPS = 10;
const SEED = [7, 0] as const;

/** The loss of each step. Throws what the program's first error says. */
export async function lossesOf({ program, name, set, text }: Task, engine: Engine): Promise<number[]> {
  const vocab = vocabularyOf(text).characters.length;
  const { model, diagnostics } = check({ file: 'char-gpt.bond', text: program, load: () => undefined, name, set: { ...set, vocab } });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const feed = textFeed({ model, text, name: 'text', batch: 4, seed: SEED });
  const config = readConfig({ optimiser: { rate: 3e-3 }, schedule: { kind: 'cosine', warmup: 3 }, clip: 1 }, 'settings');
  const parameters = model.parameters.map(({ id }) => id);
  const { rate, decay } = config.optimiser;
  const groups = [{ name: 'all', parameters, rate, decay }];
  const session = await openSession({ model, engine, feed, config, groups, steps: STEPS, seed: SEED });
  session.load(initialise(model, SEED).values);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) losses.push((await session.step(step)).loss);
  session.release();
  return losses;
}
