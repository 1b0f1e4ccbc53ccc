/**
 * The settings of a run beside those of the command line: what a `run.json` may hold. All of it has defaults; what is written is checked,
 * and the run folder keeps the whole of it as it was used.
 */
import type { Read } from './validate.ts';
import { number, object, oneOf, optional, readSettings, record, tagged } from './validate.ts';

const share = number({ least: 0, below: 1 });
const positive = number({ above: 0 });
const count = number({ least: 1, whole: true });
const rate = optional(positive, 3e-4);
/** AdamW decays by rate * decay (Loshchilov and Hutter 2019), SGD adds decay * weight to the gradient. */
const decay = optional(number({ least: 0 }), 0.01);

const adamw = object({
  kind: optional(oneOf(['adamw']), 'adamw'),
  rate,
  decay,
  beta1: optional(share, 0.9),
  beta2: optional(share, 0.999),
  epsilon: optional(positive, 1e-8),
});
const sgd = object({ kind: oneOf(['sgd']), rate, decay: optional(number({ least: 0 }), 0), momentum: optional(share, 0.9) });

const rule = object({
  optimiser: optional(tagged('kind', { adamw, sgd }), adamw({}, '', [])),
  /** By selection, as in a variant: `"central of all": {"rate": 1e-4}`. Later ones win; what is absent is the optimiser's. */
  groups: optional(
    record(
      object({
        rate: optional<number | undefined>(positive, undefined),
        decay: optional<number | undefined>(number({ least: 0 }), undefined),
      }),
    ),
    {},
  ),
  /** Linear warm-up over `warmup` steps, then constant, or down to `final` of the rate at the last step. */
  schedule: optional(
    object({
      kind: optional(oneOf(['constant', 'cosine', 'linear']), 'constant'),
      warmup: optional(number({ least: 0, whole: true }), 0),
      final: optional(number({ least: 0, most: 1 }), 0),
    }),
    { kind: 'constant', warmup: 0, final: 0 },
  ),
  /** Greatest norm of the gradient of all trained parameters together; 0: no clipping. */
  clip: optional(number({ least: 0 }), 1),
  /** Micro-batches per step. */
  accumulate: optional(count, 1),
  /** Weights of the losses by name; absent: the only loss, with weight 1. */
  losses: optional<Readonly<Record<string, number>> | undefined>(record(number()), undefined),
  /** Every so many steps, and at the end; the first `rows` held-out rows, 0: all. */
  evaluate: optional(object({ every: optional(count, 100), rows: optional(number({ least: 0, whole: true }), 640) }), {
    every: 100,
    rows: 640,
  }),
  checkpoint: optional(object({ every: optional(count, 100) }), { every: 100 }),
  /** Stops after `patience` evaluations without a validation loss lower by `delta`; 0: never. */
  stop: optional(object({ patience: optional(number({ least: 0, whole: true }), 0), delta: optional(number({ least: 0 }), 0) }), {
    patience: 0,
    delta: 0,
  }),
  /**
   * Of events that change the model. `moments`: what becomes of the optimiser's moments of changed parameters; `reference`: the loss that
   * conditions call so, absent: the mean of the 10 steps before the event begins; `batches`: over which a choice measures candidates where
   * steps have not done so; `importance`: of candidates by path, for `choosing ... by given`.
   */
  events: optional(
    object({
      moments: optional(oneOf(['transport', 'slice', 'reset']), 'transport'),
      reference: optional<number | undefined>(number(), undefined),
      batches: optional(count, 16),
      importance: optional(record(number()), {}),
    }),
    { moments: 'transport', reference: undefined, batches: 16, importance: {} },
  ),
  /** Open axes other than the batch, by name: `{"time": 128}`. */
  sizes: optional(record(count), {}),
  /** Bytes that engine memory may take; 0: what the engine has. */
  memory: optional(number({ least: 0, whole: true }), 0),
});

export type TrainConfig = Read<typeof rule>;

/** Checks settings; `name` says whose they are. Throws SettingsError that lists every problem. */
export function readConfig(value: unknown, name: string): TrainConfig {
  return readSettings(rule, value, name);
}
