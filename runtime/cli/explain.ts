/** `bondsmith explain`: what a model or variant is made of, what it costs, and every stage of its compilation as text. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { compileStep, dump } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import { readText } from '../checkpoint/files.ts';
import { threadsOf } from '../engine/wasm/core.ts';
import { needsOf } from '../engine/wasm/needs.ts';
import type { CoreRecord, ModelRecord, WeightRecord } from '../explain/describe.ts';
import { describeModel } from '../explain/describe.ts';
import { planLines, planPicture, stepPlans, wholeStep } from '../explain/plans.ts';
import { inTurns, openRuns } from '../plan/runs.ts';
import { chosenLosses } from '../train/evaluate.ts';
import { type Footprint, footprintOf, footprintText } from '../train/footprint.ts';
import { machineOption } from './calibrate.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import type { DecomposedRecord } from './decompositions.ts';
import { decompositionText } from './decompositions.ts';
import { threadsOption } from './engines.ts';
import { knownOf, openGiven } from './given.ts';
import type { Values } from './options.ts';
import { choice, flag, named, sizes, useOnly } from './options.ts';
import { measuring, profileOption } from './profile.ts';
import { loadModel } from './program.ts';
import { eventEntries, scheduleText } from './schedule.ts';
import { modelOptions, planningFrom, settingsFrom } from './settings.ts';
import { sizesFor, stepOptions } from './step-options.ts';
import { type SumRecord, sumRecords, sumsText } from './sums.ts';
import { openTrained } from './trained.ts';
import { treeText } from './tree.ts';
import { nodeWorker } from './workers.ts';

const options = {
  ...modelOptions,
  from: named('<file>', 'weights (.safetensors) that the variant decomposes; only their names are read'),
  run: named('<folder>', 'in place of a file: the model of a run as events left it, and what they decided'),
  json: flag(
    'print {"parameters": {"total", "trainable", "positions", "seeded", "dense"}, "weights", "sizes", "plans", "events", "taken", "sums", "decomposed", "memory"}',
  ),
  dump: named('<stage>', 'print a stage: tree, check, plan, program, kernels, wat, wgsl, or after=PASS'),
  size: sizes('<axis=size>', 'size of an open axis, for which plans are made; default 8, or the greatest that the model allows'),
  machine: machineOption,
  memory: flag('predict how much memory of the engine the training step takes, or with --eval the evaluation'),
  profile: profileOption,
  threads: threadsOption,
  svg: named('<file>', 'draw the trees of the plans'),
  draw: choice(['tent', 'bands'], '<style>', 'of the drawing: tent or bands (default: tent)'),
  loss: named('<name>', 'the loss that is planned or compiled; default: the only one, of plans all'),
  config: named('<file>', 'settings of the run (JSON) whose step is planned or compiled, as for train'),
  eval: flag('plan and dump the evaluation of the loss, not the training step'),
};
type Given = Values<typeof options>;

export const explainCommand = command({
  name: 'explain',
  argument: '[file]',
  summary: 'Show what a model or variant consists of, and how it is compiled',
  options,
  examples: [
    'bondsmith explain examples/char-gpt/char-gpt.bond --variant Bond8',
    'bondsmith explain model.bond --variant Deep --set depth=48 --json',
    'bondsmith explain model.bond --variant Mpo --dump plan --size batch=32',
    'bondsmith explain --run runs/opf',
  ],
  run: ([file], given, context) => run(file, given, { ...context, threads: given.threads }),
});

async function run(file: string | undefined, given: Given, context: Context): Promise<number> {
  const { run: folder, from, dump: stage, variant, set, profile, threads } = given;
  if (threads !== undefined && profile === undefined && !given.memory)
    throw new UsageError('--threads is of what --profile FILE measures and --memory predicts');
  if (given.draw !== undefined && given.svg === undefined) throw new UsageError('--draw is of the drawing: give --svg FILE with it');
  if ((file === undefined) === (folder === undefined)) throw new UsageError('explain wants a file, or --run and a run folder');
  if (folder !== undefined) {
    const shown = ['run', 'json', 'size', 'machine', 'svg', 'draw', 'loss', 'config', 'eval'];
    useOnly(given, shown, '--run shows the model that the run has');
    const { model, sources, taken, record } = openTrained(context, resolve(folder), 'last');
    print(model, sources, taken, given, context, { decomposed: record.decomposed });
    return 0;
  }
  if (stage !== undefined) {
    const compiled = [...Object.keys(modelOptions), 'from', 'dump', 'size', 'machine', 'loss', 'config', 'eval'];
    useOnly(given, compiled, '--dump prints a stage as text');
  }
  const { source, defaults } = knownOf(from === undefined ? undefined : openGiven(context.files, from));
  const { model, sources } = loadModel(context, {
    file: file!,
    name: variant,
    set,
    source: source && new Set(source),
    defaults,
  });
  if (profile !== undefined) return await measured(file!, model, sources, given, context, profile);
  if (stage === undefined)
    print(model, sources, [], given, context, given.memory ? { memory: predicted(file!, model, given, context) } : {});
  else context.out(stage === 'tree' ? treeText(readText(context.files, file!), file!) : stageText(file!, model, given, context, stage));
  return 0;
}

function print(
  model: Model,
  sources: Sources,
  taken: readonly Taken[],
  given: Given,
  context: Context,
  { decomposed, memory }: { readonly decomposed?: DecomposedRecord; readonly memory?: Footprint },
): void {
  const sums = sumRecords(model, sources);
  const { plans, sizes, refused } = plansFor(model, given, context);
  const { svg, draw = 'tent', json } = given;
  if (svg !== undefined) context.files.replace(svg, [new TextEncoder().encode(planPicture(plans, draw))]);
  if (json) {
    const records = plans.map(({ record }) => record);
    context.out(
      `${JSON.stringify({ ...describeModel(model), sizes, plans: records, events: eventEntries(model), taken, sums, decomposed, memory }, null, 1)}\n`,
    );
  } else {
    const lines = refused === undefined ? planLines(plans, sizes) : ['', `not planned at these sizes: ${refused}; give others with --size`];
    const began =
      decomposed === undefined ? [] : ['', 'given weights, as the run began:', ...decompositionText(decomposed).map((line) => `  ${line}`)];
    const needed = memory === undefined ? [] : ['', `predicted: ${footprintText(memory)}`];
    context.out(explainText(describeModel(model), [...began, ...lines, ...needed], scheduleText(model, taken), sums));
  }
}

/** Of the step that a run with these settings has, or of its evaluation, on so many threads as it would have. */
function predicted(file: string, model: Model, given: Given, context: Context): Footprint {
  const settings = settingsFrom(file, given, context);
  const step = compileStep(model, stepOptions(model, settings, given.eval, context));
  const needs = needsOf(threadsOf({ threads: context.threads ?? availableParallelism(), workers: nodeWorker }));
  const { size } = step.batch.layout;
  return given.eval ? footprintOf(needs, size, [], [step]) : footprintOf(needs, size, [step]);
}

const MEASURED_STEPS = 10;

/** Some steps, or evaluations, on numbers of a common size, when the code is warm. */
async function measured(file: string, model: Model, sources: Sources, given: Given, context: Context, path: string): Promise<number> {
  const measures = [...Object.keys(modelOptions), 'from', 'size', 'machine', 'profile', 'threads', 'loss', 'config', 'eval'];
  useOnly(given, measures, '--profile measures the step and prints where its time goes');
  const settings = settingsFrom(file, given, context);
  const { told } = await measuring(context, settings, path, sources, async (engine, timings) => {
    const runs = await openRuns(engine, [compileStep(model, stepOptions(model, settings, given.eval, context))]);
    inTurns(runs.each, 1, () => context.now());
    timings.clear();
    for (let tick = 0; tick < MEASURED_STEPS; tick++) runs.each[0].run(tick);
    runs.release();
  });
  context.out(`${MEASURED_STEPS} ${given.eval ? 'evaluations' : 'steps'} of ${model.name}: ${told}`);
  return 0;
}

function stageText(file: string, model: Model, given: Given, context: Context, stage: string): string {
  try {
    return dump(model, stepOptions(model, settingsFrom(file, given, context), given.eval, context), stage);
  } catch (error) {
    // The driver says so of a stage or a pass that it does not have.
    if (error instanceof Error && error.message.startsWith('there is no ')) throw new Problem(`--dump ${stage}: ${error.message}`);
    throw error;
  }
}

/** Plans of a training step of all losses, or of an evaluation. */
function plansFor(model: Model, given: Given, context: Context) {
  const { config, profile } = planningFrom(given, context);
  const sizes = sizesFor(model, config);
  const whole = wholeStep(model, given.eval);
  const entries = config.losses === undefined ? whole.entries : chosenLosses(model, config);
  return { ...stepPlans(model, { ...whole, entries, sizes, profile, accumulate: config.accumulate }), sizes };
}

const thousands = (value: number) => value.toLocaleString('en');

/** For people: totals, each kind of weight once, what events change and changed, and what is summed silently. */
function explainText(
  { name, parameters, weights }: ModelRecord,
  plans: readonly string[],
  events: readonly string[],
  sums: readonly SumRecord[],
): string {
  const { total, trainable, held, seeded, positions, scores, dense } = parameters;
  const groups = Map.groupBy(weights, ({ term, family, topology, shape, factors, bonds, exact, fit, cores }) =>
    JSON.stringify([
      term,
      family?.over.map(({ leg, size }) => [leg, size]),
      topology,
      shape,
      factors,
      bonds,
      exact,
      fit,
      cores.map((core) => [core.role, core.trainable, core.kept, core.learned, core.shared, core.seeded]),
    ]),
  );
  const lines = [...groups.values()].flatMap(groupLines);
  return [
    `${name}: ${thousands(total)} parameters, ${thousands(trainable)} trainable${heldText(held)}${positionsText(positions)}${seededText(seeded)}${scoresText(scores)}; dense it would have ${thousands(dense)} (${percent(total, dense)})`,
    '',
    ...lines,
    ...plans,
    '',
    ...events,
    ...sumsText(sums),
    'stages of its compilation: --dump tree, check, plan, program, kernels, wat, wgsl, after=PASS',
    '',
  ].join('\n');
}

const heldText = (count: number) => (count === 0 ? '' : `, ${thousands(count)} held at zero`);
const positionsText = (count: number) => (count === 0 ? '' : `, ${thousands(count)} positions, which are integers`);
const seededText = (count: number) => (count === 0 ? '' : `, and ${thousands(count)} seeded, which are stored nowhere`);
const scoresText = (count: number) =>
  count === 0 ? '' : `, and ${thousands(count)} scores of learned masks, stored and trained until the masks are fixed`;

/** Single entries of a sum: nothing is fitted, and there are no factors. */
const isSparse = ({ topology, fit }: WeightRecord): boolean => topology !== 'dense' && fit === undefined;

/** One word for how near a given weight the cores come. */
function fitted({ exact, fit }: WeightRecord): string {
  if (exact) return 'exact';
  if (fit === undefined) return 'chosen';
  return fit === 'sweep' ? 'truncated' : 'fitted';
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toPrecision(3)} %`;
}

const orthogonalText = (leg: string) => `orthogonal over ${leg}`;

function groupLines(group: readonly WeightRecord[]): string[] {
  const [first] = group;
  const entries = first.shape.reduce((product, size) => product * size, 1);
  const more = group.length === 1 ? '' : `  and ${group.length - 1} more like it`;
  const title = `${first.path}${first.term === undefined ? '' : `.${first.term}`}  ${first.shape.join(' x ')}${more}`;
  if (first.topology === 'dense') {
    const [core] = first.cores;
    const notes = [
      core.trainable === 0 || core.kept !== undefined || core.learned !== undefined ? `, ${stateOf(core)}` : '',
      core.orthogonal === undefined ? '' : `, ${orthogonalText(core.orthogonal)}`,
    ];
    return [`${title}  dense, ${thousands(entries)}${notes.join('')}`];
  }
  const factors = first.factors.map((list) => list.join('*')).join(', ');
  const network = isSparse(first) ? 'sparse' : `${first.topology}[${factors}](${first.bonds.join(', ')})`;
  return [
    title,
    ...familyLines(first),
    `  ${network}  ${thousands(first.parameters)} parameters${first.seeded === 0 ? '' : ` and ${thousands(first.seeded)} seeded`}, ${percent(first.parameters, entries * (first.family?.members ?? 1))} of dense, ${fitted(first)}`,
    ...first.cores.map((core) => {
      const shared = core.shared > 1 ? `shared by ${core.shared}` : '';
      const orthogonal = core.orthogonal === undefined ? '' : orthogonalText(core.orthogonal);
      const notes = [core.role ?? '', stateOf(core), shared, orthogonal].filter((note) => note !== '').join(', ');
      return `    ${core.name}  ${core.shape.join(' x ')}  ${thousands(core.parameters)}${notes === '' ? '' : `  ${notes}`}`;
    }),
  ];
}

/** Cores are stored once for all members, so they are counted once in the total. */
function familyLines({ family }: WeightRecord): string[] {
  if (family === undefined) return [];
  const over = family.over.map(({ leg, size }) => `${leg} ${size}`).join(' x ');
  return [`  one network over ${over}: ${thousands(family.members)} weights are slices of it, and each core is one tensor for all`];
}

function stateOf({ seeded, positions, trainable, parameters, kept, learned }: CoreRecord): string {
  const said = kept === undefined ? '' : `${thousands(kept)} kept, the others zero`;
  const mask =
    learned === undefined
      ? said
      : `a learned mask keeps ${thousands(learned.kept)} (${percent(learned.kept, parameters)}) by ${thousands(learned.scores)} scores`;
  if (seeded) return mask === '' ? 'seeded' : `seeded, ${mask}`;
  if (positions) return 'positions';
  if (trainable === 0) return mask === '' ? 'frozen' : `frozen, ${mask}`;
  if (trainable === (kept ?? parameters)) return mask;
  return `${mask === '' ? '' : `${mask}, `}${thousands(trainable)} trainable`;
}
