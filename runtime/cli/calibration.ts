/**
 * What calibration data say of given weights: what they meet, for decompositions `by inputs`, and which share of the entries keeps the loss
 * that `to loss` promises. The dense model is run over the examples first.
 */
import type { Budget, Model } from '../../compiler/values/model.ts';
import type { Feed } from '../data/feed.ts';
import type { Engine } from '../engine/engine.ts';
import { chosenLosses, evaluate } from '../train/evaluate.ts';
import type { MomentsOf } from '../train/input-moments.ts';
import { momentsOn } from '../train/input-moments.ts';
import { replacedInOrder } from '../train/replaced-in-order.ts';
import type { Calibrated, InputSource } from '../weights/initialise.ts';
import { initialise, SourceError } from '../weights/initialise.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import { withEngine } from './engines.ts';
import { openGiven } from './given.ts';
import type { Prepared, RunSettings } from './prepare.ts';
import { feedFor, requestOf } from './prepare.ts';
import { loadModel } from './program.ts';
import { loadByName, tensorOf } from './weights.ts';

/** Tries by which the share for a promised loss is found. */
const TRIES = 8;

/** What is asked of calibration data by a model. */
function wanted({ decompositions }: Model) {
  const near = decompositions.flatMap((spec) => spec.near ?? []);
  const budgets = decompositions.flatMap(({ truncate }) => (truncate?.measure === 'loss' ? [truncate] : []));
  return { moments: near.length > 0, gradients: near.includes('inputs and gradients'), loss: budgets[0] as Budget | undefined };
}

/** Nothing where no examples are named. Throws Problem where nothing would take them. */
export async function calibrated(
  context: Context,
  settings: RunSettings,
  { model, vocabulary, set, labels }: Omit<Prepared, 'feed' | 'fingerprint'>,
): Promise<Calibrated> {
  const { calibrate, examples, from, seed, config } = settings;
  if (calibrate === undefined) return {};
  const asked = wanted(model);
  if (from === undefined || (!asked.moments && asked.loss === undefined))
    throw new Problem(`--calibrate ${calibrate}: nothing of ${model.name} is decomposed \`by inputs\` or \`to loss\``);
  if (settings.onDecomposed && !asked.moments) throw new Problem(`--on-decomposed: nothing of ${model.name} is decomposed \`by inputs\``);
  const quiet = { ...context, err: () => undefined };
  const { model: dense } = loadModel(quiet, { ...requestOf({ ...settings, set }), dense: true });
  const given = openGiven(context.files, from, settings.names);
  const { values } = loadByName(quiet, dense, seed, given);
  const named = settings.text === undefined ? { data: calibrate, validation: undefined } : { text: calibrate };
  const { feed } = feedFor(context, { ...settings, ...named }, dense, vocabulary, undefined, 'evaluate all', undefined, labels);
  const [{ name: loss }] = chosenLosses(dense, config);
  const source = (path: string) => tensorOf(given.file, path);
  return withEngine(context, settings, async (engine) => {
    const common = { model: dense, values, loss, feed, examples: examples!, memory: config.memory, gradients: asked.gradients };
    let moments: MomentsOf = asked.moments ? await momentsOn(engine, common) : new Map();
    const first = { inputs: sourceOf(moments) };
    const shares =
      asked.loss && (await shareFor(context, engine, { settings, model, dense, values, feed, source, budget: asked.loss, first }));
    if (settings.onDecomposed) {
      const start = initialise(model, seed, source, seed, { ...first, shares });
      moments = await replacedInOrder(engine, common, start.model, moments, (now) =>
        initialise(start.model, seed, source, seed, { inputs: sourceOf(now) }),
      );
    }
    return { inputs: sourceOf(moments), ...(shares === undefined ? {} : { shares }) };
  });
}

function sourceOf(moments: MomentsOf): InputSource {
  return (path) => {
    const found = moments.get(path);
    if (typeof found === 'object') return found;
    throw new SourceError(`${path} is decomposed \`by inputs\`, but ${found ?? 'the model has no such weight'}`);
  };
}

interface Search {
  readonly settings: RunSettings;
  readonly model: Model;
  readonly dense: Model;
  readonly values: readonly HostTensor[];
  readonly feed: Feed;
  readonly source: (path: string) => HostTensor | undefined;
  readonly budget: Budget;
  readonly first: Calibrated;
}

/**
 * The least share of the entries whose loss on the examples was measured to be at most so much above that of the dense model; by bisection, as
 * if the loss fell with each entry. All that the bonds allow where even that misses the promise, which is warned of.
 */
async function shareFor(
  context: Context,
  engine: Engine,
  { settings, model, dense, values, feed, source, budget, first }: Search,
): Promise<ReadonlyMap<number, number>> {
  const { config, seed, examples } = settings;
  const { loss: base } = await evaluate(engine, dense, values, feed, config, examples!);
  const at = async (share: number) => {
    const shares = new Map([[budget.joint, share]]);
    const start = initialise(model, seed, source, seed, { ...first, shares });
    const { entries, dense: whole } = start.together.find(({ joint }) => joint === budget.joint)!;
    const { loss } = await evaluate(engine, start.model, start.values, feed, config, examples!);
    return { shares, share: entries / whole, above: loss - base };
  };
  let best = await at(Number.POSITIVE_INFINITY);
  const told = ({ above, share }: typeof best) =>
    `${above.toPrecision(3)} above the dense model's ${base.toPrecision(5)} with ${(100 * share).toPrecision(3)} % of the entries`;
  if (best.above > budget.value) {
    context.err(
      `warning: \`to loss ${budget.value}\` is missed: the loss on the examples is ${told(best)}, which is all that the bonds allow; give larger ones\n`,
    );
    return best.shares;
  }
  let fewest = await at(0);
  if (fewest.above <= budget.value) best = fewest;
  for (let tries = 0; tries < TRIES && fewest.share < best.share * 0.99; tries++) {
    const next = await at(Math.sqrt(fewest.share * best.share));
    if (next.above > budget.value) fewest = { ...next, share: Math.max(next.share, fewest.share * 1.0001) };
    else if (next.share >= best.share) break;
    else best = next;
  }
  context.err(`\`to loss ${budget.value}\`: the loss on the examples is ${told(best)}\n`);
  return best.shares;
}
