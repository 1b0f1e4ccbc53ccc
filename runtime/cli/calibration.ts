/** Inputs of given weights on examples, for what is decomposed `by inputs`: the dense model is run over them once. */
import { chosenLosses } from '../train/evaluate.ts';
import { inputMoments } from '../train/input-moments.ts';
import type { InputSource } from '../weights/initialise.ts';
import { SourceError } from '../weights/initialise.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import { withEngine } from './engines.ts';
import { openGiven } from './given.ts';
import type { Prepared, RunSettings } from './prepare.ts';
import { feedFor, requestOf } from './prepare.ts';
import { loadModel } from './program.ts';
import { loadByName } from './weights.ts';

/** Undefined where no examples are named. Throws Problem where nothing would take them. */
export async function calibrated(
  context: Context,
  settings: RunSettings,
  { model, vocabulary, set, labels }: Prepared,
): Promise<InputSource | undefined> {
  const { calibrate, examples, from, seed, config } = settings;
  if (calibrate === undefined) return undefined;
  if (from === undefined || !model.decompositions.some(({ near }) => near === 'inputs'))
    throw new Problem(`--calibrate ${calibrate}: nothing of ${model.name} is decomposed \`by inputs\``);
  const quiet = { ...context, err: () => undefined };
  const { model: dense } = loadModel(quiet, { ...requestOf({ ...settings, set }), dense: true });
  const { values } = loadByName(quiet, dense, seed, openGiven(context.files, from, settings.names));
  const named = settings.text === undefined ? { data: calibrate, validation: undefined } : { text: calibrate };
  const { feed } = feedFor(context, { ...settings, ...named }, dense, vocabulary, undefined, 'evaluate all', undefined, labels);
  const [{ name: loss }] = chosenLosses(dense, config);
  const moments = await withEngine(context, settings, (engine) =>
    inputMoments(engine, { model: dense, values, loss, feed, examples: examples!, memory: config.memory }),
  );
  return (path) => {
    const found = moments.get(path);
    if (typeof found === 'object') return found;
    throw new SourceError(`${path} is decomposed \`by inputs\`, but ${found ?? 'the model has no such weight'}`);
  };
}
