/**
 * How much each candidate of a choice counts. Of a choice that comes again (Gao et al., ACL 2023, algorithm 1) `taylor` and `fisher` are
 * sums over the steps since the last one, results of the training step itself; before the first step they are sums over some batches
 * with nothing changed. All arithmetic on tensors is in programs.
 */
import type { Choose } from '../../../compiler/index.ts';
import { denseOf, importanceName } from '../../../compiler/index.ts';
import type { Importance } from '../../../compiler/values/executable.ts';
import type { EventId, Model } from '../../../compiler/values/model.ts';
import { byName } from '../../../compiler/values/named.ts';
import { streamKey, uniformOf, wordAt } from '../../../compiler/values/random.ts';
import type { StepResults } from '../evaluate.ts';
import { chosenLosses, fixedRunner } from '../evaluate.ts';
import type { Runner } from '../runner.ts';
import { setAll } from '../runner.ts';
import type { State, TrainSessionRequest } from '../session.ts';

/** By path of the weight. */
export type Counts = ReadonlyMap<string, number>;
type Measure = Importance['measure'];
type Candidate = Choose['groups'][number]['candidates'][number];

export const candidatesOf = ({ groups }: Choose): Candidate[] => groups.flatMap(({ candidates }) => candidates);
const isMeasure = (criterion: string): criterion is Measure => criterion === 'taylor' || criterion === 'fisher';
const repeats = (event: Choose) => event.at.every > 0;
const chooses = ({ schedule }: Model) => schedule.filter((event) => event.is === 'choose');
const pathOf = (model: Model, { weight }: Candidate) => model.weights[weight].path;

function measures(model: Model, event: Choose): { readonly path: string; readonly result: string; readonly wanted: Importance }[] {
  const { criterion } = event;
  if (!isMeasure(criterion)) return [];
  return candidatesOf(event).map((candidate) => {
    const { id, names } = denseOf(model, candidate);
    return { path: pathOf(model, candidate), result: importanceName(criterion, names[0]), wanted: { measure: criterion, parameter: id } };
  });
}

/** What the step of a model gives beside its losses: for all choices that come again. */
export function measuredInSteps(model: Model): Importance[] {
  return chooses(model)
    .filter(repeats)
    .flatMap((event) => measures(model, event).map(({ wanted }) => wanted));
}

/** Sums since the last choice of each event, from the results of steps. */
export class ImportanceSums {
  readonly #sums: Map<EventId, Map<string, number>>;

  constructor(record: readonly (readonly [EventId, readonly (readonly [string, number])[]])[] = []) {
    this.#sums = new Map(record.map(([id, sums]) => [id, new Map(sums)]));
  }

  /** For the checkpoint. */
  record() {
    return [...this.#sums].map(([id, sums]) => [id, [...sums]] as const);
  }

  /** Adds what a step measured, and gives its other results. */
  observe(model: Model, results: StepResults): StepResults {
    const left = { ...results };
    for (const event of chooses(model).filter(repeats)) {
      const sums = this.#sums.get(event.id) ?? new Map<string, number>();
      for (const { path, result } of measures(model, event)) {
        sums.set(path, (sums.get(path) ?? 0) + Math.abs(results[result]));
        delete left[result];
      }
      if (sums.size > 0) this.#sums.set(event.id, sums);
    }
    return left;
  }

  of(id: EventId): Counts {
    return this.#sums.get(id) ?? new Map();
  }

  /** After a choice the next sums begin. */
  clear(id: EventId): void {
    this.#sums.delete(id);
  }
}

export interface CountRequest {
  readonly event: Choose;
  readonly model: Model;
  readonly step: number;
  readonly state: State;
  readonly request: TrainSessionRequest;
  readonly sums: Counts;
}

/** How much every candidate counts now. Deterministic. Throws MemoryLimit. */
export async function countsOf(at: CountRequest): Promise<Counts> {
  const { event, model, request } = at;
  const { criterion } = event;
  if (isMeasure(criterion)) return repeats(event) ? at.sums : measuredNow(at);
  if (criterion === 'ablation') return ablated(at);
  const paths = candidatesOf(event).map((candidate) => pathOf(model, candidate));
  if (criterion === 'given') return new Map(paths.map((path) => [path, givenTo(path, request.config.events.importance) ?? 0]));
  const key = streamKey(request.seed, `choose/${event.id}`, at.step);
  return new Map(paths.map((path, position) => [path, uniformOf(wordAt(key, 0, position))]));
}

/** The number that the settings give a weight, under its path or that of its layer. */
export function givenTo(path: string, given: Readonly<Record<string, number>>): number | undefined {
  const own = byName(given);
  return own.get(path) ?? (path.endsWith('.weight') ? own.get(path.slice(0, -'.weight'.length)) : undefined);
}

/** Sums over the batches ahead, by a program that changes nothing. */
async function measuredNow(at: CountRequest): Promise<Counts> {
  const wanted = measures(at.model, at.event);
  const runner = await runnerOf(at, { mode: 'train', phase: 'importance', importance: wanted.map((one) => one.wanted) });
  try {
    const sums = new Map(wanted.map(({ path }) => [path, 0]));
    await overBatches(at, runner, async () => {
      for (const { path, result } of wanted) sums.set(path, sums.get(path)! + Math.abs(await runner.readNumber(result)));
    });
    return sums;
  } finally {
    runner.release();
  }
}

/** |loss - loss without the weight| (Gao et al., equation 6), of evaluations over the same batches. */
async function ablated(at: CountRequest): Promise<Counts> {
  const runner = await runnerOf(at, { mode: 'eval' });
  const loss = async () => {
    let sum = 0;
    await overBatches(at, runner, async () => {
      sum += await runner.readNumber('loss');
    });
    return sum / at.request.config.events.batches;
  };
  try {
    const whole = await loss();
    const counts = new Map<string, number>();
    for (const candidate of candidatesOf(at.event)) {
      const [name] = denseOf(at.model, candidate).names;
      const values = at.state.get(name)!;
      runner.write(name, new Float64Array(values.length));
      counts.set(pathOf(at.model, candidate), Math.abs(whole - (await loss())));
      runner.write(name, values);
    }
    return counts;
  } finally {
    runner.release();
  }
}

type Kind =
  | { readonly mode: 'eval' }
  | { readonly mode: 'train'; readonly phase: 'importance'; readonly importance: readonly Importance[] };

function runnerOf({ model, state, request }: CountRequest, kind: Kind) {
  const { engine, feed, config } = request;
  const values = model.parameters.map(({ names, legs }) => ({
    shape: legs.map(({ size }) => size),
    data: Float64Array.from(state.get(names[0])!),
  }));
  return fixedRunner(engine, model, { entries: chosenLosses(model, config), sizes: feed.sizes, ...kind }, values, config.memory);
}

/** The batches that the next steps will see. */
async function overBatches({ step, request }: CountRequest, runner: Runner, each: () => Promise<void>): Promise<void> {
  const { feed, config, seed } = request;
  for (let k = 0; k < config.events.batches; k++) {
    const tick = step * config.accumulate + k;
    setAll(runner, feed.train(tick));
    runner.run({ seed, tick });
    await each();
  }
}
