/** A small model of text by hand, and hosts that keep what they are told: for the tests of training. */
import { table } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Files } from '../../runtime/checkpoint/files.ts';
import { FileProblem } from '../../runtime/checkpoint/files.ts';
import { textFeed } from '../../runtime/data/text.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { curvesIn } from '../../runtime/train/listeners/curves.ts';
import { metricsIn } from '../../runtime/train/listeners/metrics.ts';
import { progressOn } from '../../runtime/train/listeners/progress.ts';
import type { TrainHost, TrainRequest } from '../../runtime/train/request.ts';
import { folderAt } from '../../runtime/train/run-state.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { ModelMaker } from '../program/model-maker.ts';
import '../verified.ts';

export const text = 'the sea the sea the whale and the sea, said he; and the whale said nothing. '.repeat(12);
const VOCAB = 17;

/** logits = head[next, width] embed[ids, width]: bigrams through a bottleneck. */
export function bigramModel(change: { readonly scale?: number; readonly gate?: number } = {}): Model {
  const maker = new ModelMaker();
  const batch = maker.axis('batch', 'open');
  const time = maker.axis('time', 'open');
  const vocab = maker.axis('vocab', VOCAB);
  const follow = maker.axis('follow', VOCAB);
  const width = maker.axis('width', 6);
  const init = { law: { is: 'normal', deviation: 0.3 }, scale: change.scale ?? 1 } as const;
  const embed = maker.dense('embed', [vocab, width], { init });
  const update = change.gate === undefined ? ({ frozen: false } as const) : ({ frozen: false, gate: change.gate } as const);
  const head = maker.dense('head', [follow, width], { init, update });
  maker.entry('next_token', 'loss', (body) => {
    const ids = body.input('ids', [batch, time], 'int', vocab);
    const next = body.input('next', [batch, time], 'int', vocab);
    const x = body.lookup(body.weight(embed), vocab, ids);
    const scores = body.product([batch, time, follow], x, body.weight(head));
    const right = body.lookup(scores, follow, next);
    return body.reduce('mean', body.apply('sub', body.reduce('logsumexp', scores, [follow]), right), [batch, time]);
  });
  return maker.model('Bigram');
}

export interface MemoryFiles extends Files {
  readonly content: Map<string, Uint8Array>;
}

/** Files in memory. */
export function memoryFiles(): MemoryFiles {
  const content = new Map<string, Uint8Array>();
  const bytesOf = (path: string) => {
    const bytes = content.get(path);
    if (bytes === undefined) throw new FileProblem(path, 'no such file');
    return bytes;
  };
  return {
    content,
    size: (path) => content.get(path)?.length,
    read: (path, offset, length) => bytesOf(path).slice(offset, offset + length),
    replace: (path, chunks) => void content.set(path, Uint8Array.from([...chunks].flatMap((chunk) => [...chunk]))),
    append: (path, line) => void content.set(path, Uint8Array.from([...(content.get(path) ?? []), ...new TextEncoder().encode(line)])),
    replaceLater: async (path, chunks) => void content.set(path, Uint8Array.from([...chunks].flatMap((chunk) => [...chunk]))),
    makeFolder: () => undefined,
    lock: () => () => undefined,
  };
}

/** A request of a run that is kept. */
export type TestRequest = TrainRequest & Required<Pick<TrainRequest, 'folder'>>;

export interface TestHost extends TrainHost {
  readonly files: MemoryFiles;
  readonly written: string[];
}

/** A host whose clock counts calls, and that is interrupted after so many questions. */
export function testHost(files = memoryFiles(), interruptAfter = Infinity): TestHost {
  const written: string[] = [];
  let asked = 0;
  let clock = 0;
  return {
    files,
    written,
    now: () => (clock += 5),
    interrupted: (within) => within === undefined && ++asked > interruptAfter + 1,
  };
}

export function requestFor(model: Model, settings: unknown, more: Partial<TestRequest> = {}): TestRequest {
  const config = readConfig(settings, 'run.json');
  const seed = more.seed ?? ([11, 0] as const);
  const feed = textFeed({ model, text, name: 'test', batch: 4, sizes: { time: 8 }, seed });
  const trained = model.parameters.map((parameter) => parameter.id);
  const { rate, decay } = config.optimiser;
  const { host = testHost(), folder = folderAt('run') } = more;
  const terminal = { columns: 100, write: (line: string) => void (host as TestHost).written?.push(line) };
  return {
    model,
    engine: referenceEngine(table),
    feed,
    config,
    groups: [{ name: 'all', parameters: trained, rate, decay }],
    steps: 30,
    seed,
    values: () => initialise(model, seed).values,
    folder,
    host,
    listeners: [
      metricsIn(host.files, folder.metrics),
      curvesIn(host.files, folder.curve, folder.metrics),
      progressOn(terminal, () => host.now()),
    ],
    ...more,
  };
}
