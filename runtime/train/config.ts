/**
 * The settings of a run beside those of the command line: what a `run.json` may hold. All of it has defaults; what is written is checked,
 * and the run folder keeps the whole of it as it was used.
 */
import type { Read } from '../checkpoint/schema.ts';
import { about, absent, number, object, oneOf, optional, readSettings, record, tagged, text } from '../checkpoint/schema.ts';
import { dataSettings } from '../data/settings.ts';

const share = number({ least: 0, below: 1 });
const positive = number({ above: 0 });
const none = number({ least: 0 });
const count = number({ least: 1, whole: true });
const countOrNone = number({ least: 0, whole: true });
const rate = about('the learning rate', optional(positive, 3e-4));

const adamw = object({
  kind: optional(oneOf(['adamw']), 'adamw'),
  rate,
  // Loshchilov and Hutter 2019.
  decay: about('weights shrink by rate * decay a step', optional(none, 0.01)),
  beta1: about('of the mean of gradients', optional(share, 0.9)),
  beta2: about('of the mean of their squares', optional(share, 0.999)),
  epsilon: optional(positive, 1e-8),
});
const sgd = object({
  kind: oneOf(['sgd']),
  rate,
  decay: about('decay * weight is added to the gradient', optional(none, 0)),
  momentum: optional(share, 0.9),
});

/** All settings; `run.schema.json` is printed from it (docs/schema.ts). */
export const trainSettings = object({
  $schema: about('where an editor finds the schema; it says nothing to a run', absent(text)),
  optimiser: optional(tagged('kind', { adamw, sgd }), {}),
  groups: about(
    'by selection, as in a variant: "central of all"; later ones win, what is absent is the optimiser\'s',
    optional(record(object({ rate: absent(positive), decay: absent(none) })), {}),
  ),
  schedule: about(
    'a line up over `warmup` steps, then constant, or down to `final` of the rate at the last step',
    optional(
      object({
        kind: optional(oneOf(['constant', 'cosine', 'linear']), 'constant'),
        warmup: optional(countOrNone, 0),
        final: optional(number({ least: 0, most: 1 }), 0),
      }),
      {},
    ),
  ),
  clip: about('greatest norm of the gradient of all trained parameters together; 0: no clipping', optional(none, 1)),
  accumulate: about('micro-batches per step', optional(count, 1)),
  losses: about('weights of the losses by name; absent: the only loss, with weight 1', absent(record(number()))),
  evaluate: about(
    'every so many steps, and at the end; the first `rows` held-out rows, 0: all',
    optional(object({ every: optional(count, 100), rows: optional(countOrNone, 640) }), {}),
  ),
  checkpoint: about('saved every so many steps, and at the end', optional(object({ every: optional(count, 100) }), {})),
  stop: about(
    'after `patience` evaluations without a validation loss lower by `delta`; 0: never',
    optional(object({ patience: optional(countOrNone, 0), delta: optional(none, 0) }), {}),
  ),
  events: about(
    'of statements that change the model',
    optional(
      object({
        moments: about("what becomes of the optimiser's moments", optional(oneOf(['transport', 'slice', 'reset']), 'transport')),
        reference: about('the loss that conditions call so; absent: the mean of the 10 steps before the event begins', absent(number())),
        while: about(
          'what `while loss ...` does where it no longer holds: the event ends, or waits until it holds again',
          optional(oneOf(['ends', 'waits']), 'ends'),
        ),
        batches: about('that measure candidates where steps have not done so', optional(count, 16)),
        importance: about('of candidates by path, for `choosing ... by given`', optional(record(number()), {})),
      }),
      {},
    ),
  ),
  teacher: about(
    'of --teacher: `logits`, a result of `forward` or FUNCTION.RESULT, are compared by the divergence at a `temperature` (2), times `weight` (1); `hidden` results by mean squares, each with a weight',
    absent(object({ temperature: absent(positive), weight: absent(none), logits: absent(text), hidden: absent(record(none)) })),
  ),
  data: about('of --data: which columns are which inputs', optional(dataSettings, {})),
  sizes: about('open axes other than the batch, by name', optional(record(count), {})),
  memory: about('bytes that engine memory may take; 0: what the engine has', optional(countOrNone, 0)),
});

export type TrainConfig = Omit<Read<typeof trainSettings>, '$schema'>;

/** Checks settings; `name` says whose they are. Throws SettingsError that lists every problem. */
export function readConfig(value: unknown, name: string): TrainConfig {
  const { $schema: _, ...config } = readSettings(trainSettings, value, name);
  return config;
}
