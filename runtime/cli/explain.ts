/** `bondsmith explain`: what a model or variant is made of, what it costs, and every stage of its compilation as text. */
import { resolve } from 'node:path';
import { dump, SizeError } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import { weightNames } from '../checkpoint/checkpoint.ts';
import { readText } from '../checkpoint/files.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { TrainConfig } from '../train/config.ts';
import { chosenLosses } from '../train/evaluate.ts';
import { optimiserSpec } from '../train/host-values.ts';
import { profileOption } from './calibrate.ts';
import type { CommandSpec, Context, Options } from './context.ts';
import { flagOption, Problem, settingsOption, textOption, UsageError } from './context.ts';
import type { ModelRecord, WeightRecord } from './describe.ts';
import { describeModel } from './describe.ts';
import { layerPlans, planLines, planPicture } from './plans.ts';
import { groupsOf } from './prepare.ts';
import { loadModel } from './program.ts';
import { eventEntries, scheduleText } from './schedule.ts';
import { settingsFrom } from './settings.ts';
import { type SumRecord, sumRecords, sumsText } from './sums.ts';
import { modelOfRun } from './trained.ts';
import { treeText } from './tree.ts';

export const explainCommand: CommandSpec = {
  usage: 'explain [file]',
  summary: 'Show what a model or variant consists of, and how it is compiled',
  options: [
    ['--variant <name>', 'a variant or a model of the file'],
    ['--set <option=value>', 'set an option of the model or variant; may be repeated'],
    ['--from <file>', 'weights (.safetensors) that the variant decomposes; only their names are read'],
    ['--run <folder>', 'in place of a file: the model of a run as events left it, and what they decided'],
    ['--json', 'print {"parameters": {"total", "trainable", "dense"}, "weights", "sizes", "plans", "events", "taken", "sums"}'],
    ['--dump <stage>', 'print a stage: tree, check, plan, program, kernels, wat, wgsl, or after=PASS'],
    ['--size <axis=size>', 'size of an open axis, for which plans are made; default 8, or the greatest that the model allows'],
    profileOption,
    ['--svg <file>', 'draw the trees of the plans'],
    ['--draw <style>', 'of the drawing: tent or bands (default: tent)'],
    ['--loss <name>', 'the loss that --dump compiles; default: the only one'],
    ['--config <file>', 'settings of the run (JSON) whose step --dump compiles, as for train'],
    ['--eval', 'plan and dump the evaluation of the loss, not the training step'],
  ],
  examples: [
    'bondsmith explain examples/char-gpt/char-gpt.bond --variant Bond8',
    'bondsmith explain model.bond --variant Deep --set depth=48 --json',
    'bondsmith explain model.bond --variant Mpo --dump plan --size batch=32',
    'bondsmith explain --run runs/opf',
  ],
  run: async (args, options, context) => run(args[0], options, context),
};

function run(file: string | undefined, options: Options, context: Context): number {
  const folder = textOption(options, 'run');
  if ((file === undefined) === (folder === undefined)) throw new UsageError('explain wants a file, or --run and a run folder');
  if (folder !== undefined) {
    const { model, sources, taken } = modelOfRun(context, resolve(folder));
    print(model, sources, taken, options, context);
    return 0;
  }
  const from = textOption(options, 'from');
  const source = from === undefined ? undefined : weightNames(openTensors(context.files, from));
  const { model, sources } = loadModel(context, {
    file: file!,
    name: textOption(options, 'variant'),
    set: settingsOption(options, 'set'),
    source,
  });
  const stage = textOption(options, 'dump');
  if (stage === undefined) print(model, sources, [], options, context);
  else context.out(stage === 'tree' ? treeText(readText(context.files, file!), file!) : stageText(file!, model, options, context, stage));
  return 0;
}

function print(model: Model, sources: Sources, taken: readonly Taken[], options: Options, context: Context): void {
  const sums = sumRecords(model, sources);
  const { plans, sizes, refused } = plansFor(model, options, context);
  const picture = textOption(options, 'svg');
  if (picture !== undefined) context.files.replace(picture, [new TextEncoder().encode(planPicture(plans, drawStyle(options)))]);
  if (flagOption(options, 'json')) {
    const records = plans.map(({ record }) => record);
    context.out(
      `${JSON.stringify({ ...describeModel(model), sizes, plans: records, events: eventEntries(model), taken, sums }, null, 1)}\n`,
    );
  } else {
    const lines = refused === undefined ? planLines(plans, sizes) : ['', `not planned at these sizes: ${refused}; give others with --size`];
    context.out(explainText(describeModel(model), lines, scheduleText(model, taken), sums));
  }
}

function stageText(file: string, model: Model, options: Options, context: Context, stage: string): string {
  try {
    return dump(model, dumpOptions(file, model, options, context), stage);
  } catch (error) {
    // The driver says so of a stage or a pass that it does not have.
    if (error instanceof Error && error.message.startsWith('there is no ')) throw new Problem(`--dump ${stage}: ${error.message}`);
    throw error;
  }
}

/** Plans of a training step of all losses, or of an evaluation. A model in one piece needs none, and sizes may not fit. */
function plansFor(model: Model, options: Options, context: Context) {
  const { config, profile } = settingsFrom('', options, context);
  const sizes = sizesFor(model, config);
  if (!model.weights.some(({ terms }) => terms.some(({ is }) => is === 'network'))) return { plans: [], sizes };
  const losses = model.entries.filter(({ kind }) => kind === 'loss');
  const whole = losses.length > 0 ? losses : model.entries;
  const mode = losses.length === 0 || flagOption(options, 'eval') ? 'eval' : 'train';
  const entries = config.losses === undefined ? whole.map(({ name }) => ({ name, weight: 1 })) : chosenLosses(model, config);
  try {
    return { plans: layerPlans(model, { entries, sizes, mode, profile, accumulate: config.accumulate }), sizes };
  } catch (error) {
    if (error instanceof SizeError) return { plans: [], sizes, refused: error.message };
    throw error;
  }
}
function drawStyle(options: Options): 'tent' | 'bands' {
  const style = textOption(options, 'draw') ?? 'tent';
  if (style === 'tent' || style === 'bands') return style;
  throw new UsageError(`--draw ${style}: there are tent and bands`);
}

/** Those that are set; 8, or the greatest that is allowed, elsewhere. */
function sizesFor(model: Model, config: TrainConfig): Record<string, number> {
  const open = model.axes.flatMap(({ id, name, size }) =>
    typeof size !== 'number' && size.open === id ? [[name, Math.min(8, size.max ?? 8)]] : [],
  );
  return { ...Object.fromEntries(open), ...config.sizes };
}

/** The training step of a run with these settings, or its evaluation. */
function dumpOptions(file: string, model: Model, options: Options, context: Context): StepOptions {
  const settings = settingsFrom(file, options, context);
  const { config, set, profile } = settings;
  const sizes = sizesFor(model, config);
  const memory = config.memory === 0 ? {} : { memory: { bytes: config.memory, target: wasm } };
  const common = { entries: chosenLosses(model, config), sizes, profile, ...memory };
  if (flagOption(options, 'eval')) return { ...common, mode: 'eval' };
  const optimiser = optimiserSpec(config, groupsOf(context, settings, model, set));
  return { ...common, mode: 'train', accumulate: config.accumulate, optimiser };
}

const thousands = (value: number) => value.toLocaleString('en');

/** For people: totals, each kind of weight once, what events change and changed, and what is summed silently. */
function explainText(
  { name, parameters, weights }: ModelRecord,
  plans: readonly string[],
  events: readonly string[],
  sums: readonly SumRecord[],
): string {
  const { total, trainable, dense } = parameters;
  const groups = Map.groupBy(weights, ({ topology, shape, factors, bonds, exact, fit, cores }) =>
    JSON.stringify([topology, shape, factors, bonds, exact, fit, cores.map((core) => [core.role, core.trainable, core.shared])]),
  );
  const lines = [...groups.values()].flatMap(groupLines);
  return [
    `${name}: ${thousands(total)} parameters, ${thousands(trainable)} trainable; dense it would have ${thousands(dense)} (${percent(total, dense)})`,
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

/** One word for how near a given weight the cores come. */
function fitted({ exact, fit }: WeightRecord): string {
  if (exact) return 'exact';
  return fit === 'sweep' ? 'truncated' : 'fitted';
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toPrecision(3)} %`;
}

function groupLines(group: readonly WeightRecord[]): string[] {
  const [first] = group;
  const entries = first.shape.reduce((product, size) => product * size, 1);
  const more = group.length === 1 ? '' : `  and ${group.length - 1} more like it`;
  const title = `${first.path}  ${first.shape.join(' x ')}${more}`;
  if (first.topology === 'dense') {
    const [core] = first.cores;
    return [`${title}  dense, ${thousands(entries)}${core.trainable === 0 ? ', frozen' : ''}`];
  }
  const factors = first.factors.map((list) => list.join('*')).join(', ');
  return [
    title,
    `  ${first.topology}[${factors}](${first.bonds.join(', ')})  ${thousands(first.parameters)} parameters, ${percent(first.parameters, entries)} of dense, ${fitted(first)}`,
    ...first.cores.map((core) => {
      const state = core.trainable === 0 ? 'frozen' : core.trainable < core.parameters ? `${thousands(core.trainable)} trainable` : '';
      const shared = core.shared > 1 ? `shared by ${core.shared}` : '';
      const notes = [core.role ?? '', state, shared].filter((note) => note !== '').join(', ');
      return `    ${core.name}  ${core.shape.join(' x ')}  ${thousands(core.parameters)}${notes === '' ? '' : `  ${notes}`}`;
    }),
  ];
}
