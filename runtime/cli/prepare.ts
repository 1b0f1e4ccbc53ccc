/** From the settings of a run to what training, evaluation and generation need: the model, its data, its groups. */
import type { Defaults } from '../../compiler/index.ts';
import { isTrainable } from '../../compiler/index.ts';
import { withScores } from '../../compiler/values/learned.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Profile } from '../../compiler/values/plan.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Sources } from '../../grammar/diagnostic.ts';
import { readWhole } from '../checkpoint/files.ts';
import { Fingerprint } from '../checkpoint/fingerprint.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import type { Feed } from '../data/feed.ts';
import { wantedBy } from '../data/feed.ts';
import { fingerprintOf } from '../data/fingerprint.ts';
import type { Labels } from '../data/memory.ts';
import { examplesOf, tensorFeed } from '../data/tensors.ts';
import type { Vocabulary } from '../data/text.ts';
import { decodeText, textFeed, vocabularyOf } from '../data/text.ts';
import type { Longer } from '../data/texts.ts';
import type { Task } from '../tasks/presets.ts';
import type { TrainConfig } from '../train/config.ts';
import { chosenLosses } from '../train/evaluate.ts';
import { groupsBy } from '../train/groups.ts';
import type { Group } from '../train/host-values.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { EngineName } from './engines.ts';
import type { ProgramRequest } from './program.ts';
import { checkFile, loadModel } from './program.ts';
import { bucketsOf, columnsAt, decidedByTask, readingOf, taskFeed } from './task.ts';

/** What `run.json` of a run folder holds: enough to begin the run again. Paths are absolute. */
export interface RunSettings {
  readonly file: string;
  readonly variant?: string;
  readonly set: Readonly<Record<string, number | boolean>>;
  readonly text?: string;
  readonly data?: string;
  readonly validation?: string;
  /** What the rows of `data` are: files of texts and labels. */
  readonly task?: Task;
  /** Folder of the tokenizer; absent: `from`. */
  readonly tokenizer?: string;
  /** What becomes of texts that are too long. */
  readonly longer?: Longer;
  readonly from?: string;
  /** A map of the names of `from`. */
  readonly names?: string;
  /** Names of the tensors of `from`, as the model knows them. */
  readonly source?: readonly string[];
  /** Examples for decompositions by inputs, and how many. */
  readonly calibrate?: string;
  readonly examples?: number;
  /** Inputs are taken behind layers that are decomposed already. */
  readonly onDecomposed?: boolean;
  /** A trained model that each step is compared with. */
  readonly teacher?: string;
  /** What `from` has for the options of its model. */
  readonly defaults?: Defaults;
  readonly steps: number;
  readonly batch: number;
  readonly seed: Words;
  readonly engine: EngineName;
  /** By whose times contractions are planned; absent: by multiply-adds. */
  readonly profile?: Profile;
  readonly config: TrainConfig;
}
export interface Prepared {
  readonly model: Model;
  readonly sources: Sources;
  readonly feed: Feed;
  readonly vocabulary?: Vocabulary;
  /** Settings of the model with those that the data decided. */
  readonly set: RunSettings['set'];
  readonly program: RunRecord['program'];
  /** Of the data. */
  readonly fingerprint: string;
  readonly labels: Labels;
}

/** What of the data a command looks at: training data with a tenth held out, or all rows, to be evaluated. */
export type Purpose = 'train' | 'evaluate held out' | 'evaluate all';

/** Reads the data and checks the program. Throws Problem, DataError, FileProblem. */
export function prepare(context: Context, settings: RunSettings, purpose: Purpose = 'train'): Prepared {
  const text = textOf(context, settings);
  const vocabulary = text === undefined ? undefined : vocabularyOf(text);
  const seen = new Map<string, string>();
  const decided = vocabulary === undefined ? decidedByRows(settings) : { vocab: vocabulary.characters.length };
  const { model, sources, set } = modelFor(context, { ...requestOf(settings), seen }, decided);
  const data = feedFor(context, settings, model, vocabulary, text, purpose);
  return { model, sources, ...data, vocabulary, set, program: { file: settings.file, texts: [...seen] } };
}

/** Options of the model that follow from a task, and from the names of labels: how many there are. */
function decidedByRows({ task, config }: RunSettings): Record<string, number> {
  const counts = Object.entries(config.data.labels).map(([axis, names]) => [axis, names.length] as const);
  return { ...decidedByTask(task), ...Object.fromEntries(counts) };
}

function textOf(context: Context, { text, data }: RunSettings): string | undefined {
  if (text === undefined && data === undefined)
    throw new Problem('no data: give a text with --text FILE or tensors with --data FILE.safetensors');
  return text === undefined ? undefined : decodeText(readWhole(context.files, text), text);
}

/** Batches for a model from the files of the settings, and their fingerprint. Throws Problem where that is not the one expected. */
export function feedFor(
  context: Context,
  settings: RunSettings,
  model: Model,
  vocabulary: Vocabulary | undefined,
  text: string | undefined = textOf(context, settings),
  purpose: Purpose = 'train',
  expected?: string,
  labels: Labels = {},
): { feed: Feed; fingerprint: string; labels: Labels } {
  const { batch, seed, config } = settings;
  const losses = chosenLosses(model, config).map(({ name }) => name);
  const wanted = wantedBy(model, losses);
  if (text !== undefined) {
    const fingerprint = new Fingerprint().add(new TextEncoder().encode(text)).text();
    refuseOther(settings.text!, fingerprint, expected);
    const evaluated = purpose === 'evaluate all';
    const feed = textFeed({
      model,
      text,
      inputs: wanted.needed,
      name: settings.text!,
      batch,
      sizes: config.sizes,
      seed,
      vocabulary,
      evaluated,
    });
    return { feed, fingerprint, labels: {} };
  }
  if (settings.task !== undefined) {
    const read = taskFeed(context, settings, settings.task, model, purpose);
    refuseOther(settings.data!, read.fingerprint, expected);
    return read;
  }
  const reading = readingOf(context, settings, model);
  const [sized] = reading.texts === undefined ? Object.keys(config.sizes) : [];
  if (sized !== undefined) throw new Problem(`a size is given for ${sized}; with --data the tensors have the sizes`);
  let names = labels;
  const read = (path: string) => {
    const { columns, labels: found } = columnsAt(context, path, model, { ...reading, wanted, labels: names });
    names = found;
    return examplesOf(model, columns, path);
  };
  const examples = read(settings.data!);
  const fingerprint = fingerprintOf(examples.columns);
  refuseOther(settings.data!, fingerprint, expected);
  const held = purpose === 'evaluate all' ? examples : settings.validation === undefined ? undefined : read(settings.validation);
  const buckets = bucketsOf(config, wanted);
  const feed = tensorFeed({ model, examples, held, batch, seed, evaluated: purpose !== 'train', buckets });
  return { feed, fingerprint, labels: names };
}

function refuseOther(path: string, found: string, expected: string | undefined): void {
  if (expected === undefined || found === expected) return;
  throw new Problem(
    `${path}: the data changed since the run began (fingerprint ${found}, it was ${expected}); put them back, or begin a new run --from its checkpoint`,
  );
}

export function requestOf(settings: Pick<RunSettings, 'file' | 'variant' | 'set' | 'source' | 'defaults'>): ProgramRequest {
  const { file, variant, set, source, defaults } = settings;
  return { file, name: variant, set, source: source === undefined ? undefined : new Set(source), defaults };
}

/** `decided`: options that follow from the data, where the model has them and nobody set them. */
function modelFor(context: Context, request: ProgramRequest, decided: Readonly<Record<string, number>>) {
  const set = request.set ?? {};
  const open = Object.keys(decided).some((name) => !Object.hasOwn(set, name));
  if (open) {
    const sized = { ...decided, ...set };
    const withDecided = { ...request, set: sized };
    const accepted = !checkFile(context.files, withDecided).diagnostics.some((found) => found.severity === 'error');
    const without = accepted || checkFile(context.files, request).diagnostics.some((found) => found.severity === 'error');
    if (without) return { ...loadModel(context, withDecided), set: sized };
  }
  return { ...loadModel(context, request), set };
}

/** Groups of the optimiser, as the settings say. Throws Problem. */
export function groupsOf(
  context: Context,
  settings: RunSettings,
  model: Model,
  set: RunSettings['set'],
  program?: RunRecord['program'],
): Group[] {
  return groupsBy(model, settings.config, (selection) =>
    selectParameters(context, { ...requestOf(settings), set, program }, model, selection),
  );
}

/** The name of a variant that exists only to ask the checker what a selection means. */
const PROBE = 'SelectionOfSettings';

/** Canonical names of the parameters that a selection of the language means in this model. Throws Problem. */
function selectParameters(context: Context, request: ProgramRequest, model: Model, selection: string): string[] {
  const probed = probe(context, request, model, `train only ${selection}`, `settings: groups[${JSON.stringify(selection)}]`);
  return withScores(probed, isTrainable).map((parameter) => parameter.names[0]);
}

/** The model with one statement more. Throws Problem that begins with `what` where the statement is refused. */
export function probe(context: Context, request: ProgramRequest, model: Model, statement: string, what: string): Model {
  const own = new Map(request.program?.texts).get(request.file);
  const text = own ?? new TextDecoder().decode(readWhole(context.files, request.file));
  const more = `${text}\nvariant ${PROBE} of ${model.name} { ${statement} }\n`;
  const { model: probed, diagnostics } = checkFile(context.files, { ...request, name: PROBE, text: more });
  const wrong = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (probed !== undefined && wrong === undefined) return probed;
  throw new Problem(`${what} is no selection of ${model.name}: ${wrong?.message ?? 'nothing is selected'}`);
}
