/** `--teacher`: a trained model that a run is compared with. Its values are known to the run by their fingerprint, as data are. */
import { Fingerprint } from '../checkpoint/fingerprint.ts';
import type { TrainConfig } from '../train/config.ts';
import type { Teacher } from '../train/teacher.ts';
import { withFixedMasks } from '../weights/learned.ts';
import type { Context } from './context.ts';
import { Problem, UsageError } from './context.ts';
import { isTrained, partsOf } from './load.ts';

/** A teacher, and the fingerprint of its values. */
export interface Taught {
  readonly teacher: Teacher;
  readonly fingerprint: string;
}

/** Undefined where none is named. `vocabulary`: of the run; `expected`: the fingerprint of one that goes on. Throws Problem and FileProblem. */
export function teacherOf(
  context: Context,
  { teacher: path, config }: { readonly teacher?: string; readonly config: TrainConfig },
  vocabulary: string,
  expected?: string,
): Taught | undefined {
  if (path === undefined) {
    if (config.teacher === undefined) return undefined;
    throw new UsageError('settings: teacher says how to compare with --teacher, which is not given');
  }
  if (!isTrained(context, path))
    throw new Problem(`--teacher ${path}: give a run folder, a checkpoint (.safetensors) or the folder of a published checkpoint`);
  const { model, values, vocabulary: own = '' } = partsOf({ ...context, err: () => undefined }, path);
  if (own !== '' && vocabulary !== '' && own !== vocabulary)
    throw new Problem(
      `--teacher ${path}: it learned a text of other characters, so its positions mean others; train it on this text, or on tensors`,
    );
  const print = new Fingerprint();
  for (const { data } of values) print.add(new Uint8Array(Float64Array.from(data).buffer));
  const fingerprint = print.text();
  if (expected !== undefined && fingerprint !== expected)
    throw new Problem(
      `--teacher ${path}: it changed since the run began (fingerprint ${fingerprint}, it was ${expected}); put it back, or begin a new run --from its checkpoint`,
    );
  return { teacher: withFixedMasks(model, values), fingerprint };
}
