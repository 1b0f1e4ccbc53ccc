/**
 * Every option of every command: it needs its value, is refused when given twice, and either changes what the command does or is refused
 * with a reason. A new option without a row here fails the first test.
 */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultProfiles } from '../../compiler/network/index.ts';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { readArguments } from '../../runtime/cli/options.ts';
import { commands } from '../../runtime/cli/run.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());

const tensors = `edition 1
model Line(width = 4, labels = 3) {
  axis batch
  input x[batch, width], y[batch] in labels
  up: linear[width -> labels]
  forward(x[batch, width]) -> scores[batch, labels] { scores = up(x) }
  loss wrong = mean(cross_entropy[labels](up(x), y))
  loss flat = mean(up(x) * up(x))
}
variant Wide(bond = 2) of Line { decompose up as mpo[3*1, 2*2](b = bond) }
`;
const examples = (name: string, shift: number) =>
  work.write(
    name,
    Buffer.concat([
      ...encodeTensors([
        { name: 'x', shape: [20, 4], data: Float32Array.from({ length: 80 }, (_, k) => Math.sin(k + shift)) },
        { name: 'y', shape: [20], data: Int32Array.from({ length: 20 }, (_, k) => (k + shift) % 3) },
      ]),
    ]),
  );
const tensor = (name: string, ...names: string[]) => {
  const data = Float32Array.from({ length: 16 }, (_, k) => Math.cos(k));
  return work.write(name, Buffer.concat([...encodeTensors(names.map((own) => ({ name: own, shape: [4, 4], data })))]));
};
const at = {
  small: work.write('small.bond', smallProgram),
  line: work.write('line.bond', tensors),
  near: work.write('near.bond', `${tensors}variant Near of Line { decompose up as low_rank(r = 1) by inputs }\n`),
  loose: work.write('loose.bond', `${smallProgram.replace('width = 16', 'width =  16')}`),
  text: work.write('text.txt', smallText),
  other: work.write('other.txt', smallText.replaceAll('whale', 'shale')),
  data: examples('data.safetensors', 0),
  more: examples('more.safetensors', 5),
  weight: tensor('weight.safetensors', 'w'),
  weights: tensor('weights.safetensors', 'w', 'v'),
  source: work.write(
    'source.safetensors',
    Buffer.concat([
      ...encodeTensors([{ name: 'up.weight', shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, k) => Math.cos(k)) }]),
    ]),
  ),
  config: work.write('config.json', JSON.stringify({ optimiser: { kind: 'sgd', rate: 0.5 }, losses: { wrong: 1 } })),
  profile: work.write('profile.json', JSON.stringify({ ...defaultProfiles.wasm, name: 'other' })),
  slow: work.write(
    'slow.json',
    JSON.stringify({ ...defaultProfiles.wasm, coefficients: { ...defaultProfiles.wasm.coefficients, launch: 1e9 } }),
  ),
  network: work.write(
    'network.json',
    JSON.stringify({
      inputs: [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['d', 'e'],
      ],
      output: ['a', 'e'],
      size: { a: 3, b: 5, c: 2, d: 7, e: 4 },
    }),
  ),
  run: work.path('run'),
  words: work.path('words'),
  ring: work.path('ring'),
  cores: work.path('cores.safetensors'),
};
const line = [at.line, '--variant', 'Line', '--loss', 'wrong', '--data', at.data, '--engine', 'reference'];
const training = ['train', ...line, '--batch', '4', '--steps', '2', '--json'];
const texts = [
  'train',
  at.small,
  '--variant',
  'Small',
  '--text',
  at.text,
  '--engine',
  'reference',
  '--batch',
  '2',
  '--steps',
  '1',
  '--json',
];
const calibrating = [at.near, '--variant', 'Near', '--loss', 'wrong', '--data', at.data, '--engine', 'reference', '--batch', '2'];
const near = [...calibrating, '--from', at.source, '--calibrate', at.data, '--examples', '8'];
const modelling = [
  ...['decompose', at.near, '--variant', 'Near', '--from', at.source, '--calibrate', at.data, '--examples', '8'],
  ...['--out', at.cores, '--loss', 'wrong', '--json'],
];
const comparing = [
  ...['compare', at.line, '--variants', 'Line', '--seeds', '1', '--loss', 'wrong', '--data', at.data],
  ...['--engine', 'reference', '--batch', '4', '--steps', '2', '--json'],
];
const comparingTexts = ['compare', at.small, '--variants', 'Small', '--text', at.text, '--engine', 'reference', '--json'];
const making = ['corpus', '--count', '3', '--size', '2', '--oracles', 'none'];
const evaluating = ['eval', ...line, '--batch', '2', '--from', at.source];

/** A call without the option and with it; what must differ, or the refusal that is expected. */
interface Row {
  readonly base: readonly string[];
  readonly given: readonly string[];
  /** Instead of `base`. */
  readonly instead?: readonly string[];
  readonly refused?: RegExp;
  /** What the calls write, looked at instead of what they print. */
  readonly writes?: string;
}
const without = (argv: readonly string[], option: string) => {
  const k = argv.indexOf(option);
  return k === -1 ? argv : [...argv.slice(0, k), ...argv.slice(k + 2)];
};
const replaced = (base: readonly string[], option: string, value: string): Row => ({
  base,
  given: [],
  instead: [...without(base, option), option, value],
});
const added = (base: readonly string[], ...given: string[]): Row => ({ base, given });
const refused = (base: readonly string[], reason: RegExp, ...given: string[]): Row => ({ base, given, refused: reason });
const written = (writes: string, row: Row): Row => ({ ...row, writes });

const explain = ['explain', at.small, '--variant', 'Mpo'];
const launches = work.path('launches.json');
const planning = ['plan', at.network, '--json'];
const decomposing = ['decompose', at.weight, '--as', 'mpo[2*2, 2*2](b = 4)', '--out', at.cores];
const tuning = ['tune', at.line, '--out', work.path('tuned.json')];
const benching = ['bench', at.line, '--variants', 'Wide', '--loss', 'wrong', '--turns', '1'];
const torch = ['--target', 'pytorch', '--out', work.path('torch')];
const building = ['build', at.line, '--variant', 'Wide', ...torch];
const predicting = ['predict', at.run, '--data', at.data, '--out', work.path('scores.safetensors')];
const svg = work.path('drawn.svg');

const rows: Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>> = {
  check: {
    variant: [added(['check', at.line], '--variant', 'Wide')],
    set: [
      refused(['check', at.line, '--variant', 'Wide'], /factor|labels|axis|out/, '--set', 'labels=2'),
      refused(['check', at.line], /--set has no effect here: .* has Line, Wide; say which with --variant/, '--set', 'width=8'),
    ],
    json: [added(['check', at.line], '--json')],
  },
  lsp: { stdio: [refused(['lsp'], /lsp takes no file/, 'model.bond', '--stdio')] },
  fmt: { check: [refused(['fmt', work.write('tidy.bond', 'edition 1\n')], /not in the style/, at.loose, '--check')] },
  explain: {
    variant: [replaced(explain, '--variant', 'Small')],
    set: [added(explain, '--set', 'bond=2')],
    from: [refused(['explain', at.line, '--variant', 'Wide'], /no such file/, '--from', work.path('none'))],
    run: [{ base: ['explain', at.line, '--variant', 'Line'], given: [], instead: ['explain', '--run', at.ring] }],
    json: [added(explain, '--json')],
    dump: [added(explain, '--dump', 'check'), refused(explain, /--json has no effect here: --dump/, '--dump', 'check', '--json')],
    size: [added(explain, '--size', 'batch=3')],
    machine: [added(explain, '--machine', at.slow)],
    profile: [written(launches, added(explain, '--profile', launches))],
    memory: [added(explain, '--memory'), refused(explain, /--memory has no effect here: --dump/, '--dump', 'check', '--memory')],
    threads: [
      refused(explain, /--threads is of what --profile FILE measures/, '--threads', '2'),
      added([...explain, '--memory', '--threads', '1'], '--json'),
    ],
    svg: [written(svg, added(explain, '--svg', svg))],
    draw: [
      written(svg, added([...explain, '--svg', svg], '--draw', 'bands')),
      refused(explain, /--draw is of the drawing/, '--draw', 'bands'),
    ],
    loss: [refused(explain, /Mpo has no loss nosuch/, '--loss', 'nosuch')],
    config: [added([...explain, '--dump', 'program'], '--config', work.write('sgd.json', '{"optimiser": {"kind": "sgd"}}'))],
    eval: [added([...explain, '--dump', 'program'], '--eval')],
  },
  train: {
    variant: [
      replaced(training, '--variant', 'Wide'),
      refused(['train', '--resume', at.run], /--variant has no effect/, '--variant', 'No'),
    ],
    set: [
      added(texts, '--set', 'width=8'),
      refused(
        ['train', '--resume', at.run],
        /--set, --batch, --config has no effect here: a resumed run goes on as it began/,
        '--set',
        'a=1',
        '--batch',
        '64',
        '--config',
        'c.json',
      ),
    ],
    text: [replaced(texts, '--text', at.other)],
    data: [replaced(training, '--data', at.more), refused(texts, /--text and --data: one of them/, '--data', at.data)],
    validation: [added(training, '--validation', at.more), refused(texts, /--validation holds out tensors/, '--validation', at.more)],
    from: [added(training, '--from', at.source)],
    task: [refused(training, /there is no task nosuch; there are glue\/cola/, '--task', 'nosuch')],
    tokenizer: [refused(training, /--tokenizer is of --task, or of data\.texts in the settings, which are not given/, '--tokenizer', 'x')],
    longer: [refused(training, /--longer is of --task, or of data\.texts in the settings, which are not given/, '--longer', 'cut')],
    names: [refused(training, /--names maps the tensors of --from, which is not given/, '--names', at.source)],
    calibrate: [
      replaced(['train', ...near, '--steps', '1', '--json'], '--calibrate', at.more),
      refused(training, /--calibrate .*: nothing of Line is decomposed `by inputs`/, '--calibrate', at.data),
    ],
    examples: [
      replaced(['train', ...near, '--steps', '1', '--json'], '--examples', '4'),
      refused(training, /--examples says how many of --calibrate DATA/, '--examples', '4'),
    ],
    'on-decomposed': [refused(training, /--on-decomposed is of the inputs of --calibrate DATA/, '--on-decomposed')],
    batch: [replaced(training, '--batch', '2')],
    seed: [added(training, '--seed', '2')],
    size: [added(texts, '--size', 'time=8'), refused(training, /a size is given for time; with --data/, '--size', 'time=8')],
    engine: [replaced(training, '--engine', 'wasm')],
    profile: [refused(training, /--profile measures kernels, and the engine reference has none/, '--profile', launches)],
    machine: [refused(training, /profile is of engine wasm, the engine here is reference/, '--machine', at.profile)],
    out: [refused(without(training, '--out'), /--out FOLDER is missing/)],
    steps: [replaced(training, '--steps', '3')],
    loss: [
      replaced(training, '--loss', 'flat'),
      refused(without(training, '--loss'), /no loss nosuch; it has wrong, flat/, '--loss', 'nosuch'),
    ],
    teacher: [refused(training, /--teacher .*: give a run folder, a checkpoint \(\.safetensors\) or the folder/, '--teacher', at.near)],
    rate: [added(training, '--rate', '0.1'), added([...without(training, '--loss'), '--config', at.config], '--rate', '0.01')],
    config: [added(without(training, '--loss'), '--config', at.config)],
    resume: [{ base: ['explain', '--run', at.run], given: [], instead: ['train', '--resume', at.run, '--steps', '3', '--json'] }],
    threads: [refused(training, /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    trace: [written(work.path('trace.jsonl'), added(training, '--trace', work.path('trace.jsonl')))],
    json: [
      added(
        without(training, '--json').filter((arg) => arg !== '--json'),
        '--json',
      ),
    ],
  },
  compare: {
    variants: [replaced(comparing, '--variants', 'Wide'), refused(without(comparing, '--variants'), /compare wants --variants A,B,C/)],
    seeds: [replaced(comparing, '--seeds', '2')],
    set: [added(comparing, '--set', 'labels=4')],
    text: [replaced([...comparingTexts, '--batch', '2', '--steps', '2', '--seeds', '1'], '--text', at.other)],
    task: [refused(comparing, /there is no task nosuch; there are glue\/cola/, '--task', 'nosuch')],
    tokenizer: [refused(comparing, /--tokenizer is of --task, or of data\.texts in the settings, which are not given/, '--tokenizer', 'x')],
    longer: [refused(comparing, /--longer is of --task, or of data\.texts in the settings, which are not given/, '--longer', 'cut')],
    data: [replaced(comparing, '--data', at.more), refused(comparingTexts, /--text and --data: one of them/, '--data', at.data)],
    validation: [added(comparing, '--validation', at.more)],
    calibrate: [refused(comparing, /--calibrate .*: nothing of Line is decomposed `by inputs`/, '--calibrate', at.data)],
    examples: [refused(comparing, /--examples says how many of --calibrate DATA/, '--examples', '4')],
    'on-decomposed': [refused(comparing, /--on-decomposed is of the inputs of --calibrate DATA/, '--on-decomposed')],
    from: [added(comparing, '--from', at.source)],
    names: [refused(comparing, /--names maps the tensors of --from, which is not given/, '--names', at.source)],
    batch: [replaced(comparing, '--batch', '2')],
    size: [refused(comparing, /a size is given for time; with --data/, '--size', 'time=8')],
    engine: [refused(without(comparing, '--engine'), /--engine steam: there are wasm, webgpu, reference/, '--engine', 'steam')],
    machine: [refused(comparing, /profile is of engine wasm, the engine here is reference/, '--machine', at.profile)],
    out: [refused(comparing, /--out FOLDER is missing/)],
    steps: [replaced(comparing, '--steps', '3')],
    loss: [replaced(comparing, '--loss', 'flat')],
    rate: [added(comparing, '--rate', '0.1')],
    config: [added(without(comparing, '--loss'), '--config', at.config)],
    threads: [refused(comparing, /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    json: [
      added(
        comparing.filter((arg) => arg !== '--json'),
        '--json',
      ),
    ],
  },
  eval: {
    variant: [
      { ...replaced(evaluating, '--variant', 'Wide'), given: ['--set', 'bond=1'] },
      refused(['eval', at.run], /--variant has no effect here: .* is a run/, '--text', at.other, '--variant', 'Nope'),
    ],
    set: [
      added(
        evaluating.filter((arg) => arg !== '--from' && arg !== at.source),
        '--set',
        'labels=4',
      ),
    ],
    text: [replaced(['eval', at.small, '--variant', 'Small', '--text', at.text, '--engine', 'reference'], '--text', at.other)],
    data: [replaced(evaluating, '--data', at.more)],
    validation: [added(evaluating, '--validation', at.more)],
    from: [added(without(evaluating, '--from'), '--from', at.source)],
    task: [refused(evaluating, /there is no task nosuch; there are glue\/cola/, '--task', 'nosuch')],
    tokenizer: [
      refused(evaluating, /--tokenizer is of --task, or of data\.texts in the settings, which are not given/, '--tokenizer', 'x'),
    ],
    longer: [refused(evaluating, /--longer is of --task, or of data\.texts in the settings, which are not given/, '--longer', 'cut')],
    names: [refused(evaluating, /no such file/, '--names', work.path('none'))],
    calibrate: [
      replaced(['eval', ...near], '--calibrate', at.more),
      refused(evaluating, /nothing of Line is decomposed `by inputs`/, '--calibrate', at.data),
    ],
    examples: [
      replaced(['eval', ...near], '--examples', '4'),
      refused(evaluating, /--examples says how many of --calibrate DATA/, '--examples', '4'),
    ],
    'on-decomposed': [refused(evaluating, /--on-decomposed is of the inputs of --calibrate DATA/, '--on-decomposed')],
    batch: [refused(without(evaluating, '--batch'), /--batch 0: expected a whole number from 1 on/, '--batch', '0')],
    seed: [added(without(evaluating, '--from'), '--seed', '2')],
    size: [refused(evaluating, /a size is given for time/, '--size', 'time=2')],
    engine: [refused(without(evaluating, '--engine'), /--engine steam: there are wasm, webgpu, reference/, '--engine', 'steam')],
    profile: [refused(evaluating, /the engine reference has none/, '--profile', launches)],
    machine: [refused(evaluating, /the engine here is reference/, '--machine', at.profile)],
    loss: [replaced(evaluating, '--loss', 'flat'), refused(['eval', at.run], /no loss nosuch; it has wrong, flat/, '--loss', 'nosuch')],
    rows: [added(['eval', ...line, '--validation', at.more, '--batch', '4', '--from', at.source], '--rows', '1')],
    last: [added(['eval', at.run], '--last'), refused(evaluating, /--last is of a run/, '--last')],
    threads: [refused(evaluating, /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    json: [added(evaluating, '--json')],
  },
  generate: {
    prompt: [
      added(['generate', at.words, '--length', '5'], '--prompt', 'whale'),
      replaced(['generate', at.words, '--length', '5', '--prompt', 'w'], '--prompt', ''),
    ],
    length: [added(['generate', at.words, '--json'], '--length', '7')],
    temperature: [added(['generate', at.words, '--length', '20'], '--temperature', '0')],
    top: [added(['generate', at.words, '--length', '20'], '--top', '1')],
    seed: [added(['generate', at.words, '--length', '20'], '--seed', '3')],
    last: [refused(['generate', work.path('none')], /holds no run/, '--last')],
    engine: [refused(['generate', at.words], /--engine steam: there are wasm, webgpu, reference/, '--engine', 'steam')],
    threads: [refused(['generate', at.words], /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    json: [added(['generate', at.words, '--length', '5'], '--json')],
  },
  decompose: {
    variant: [refused(modelling.with(3, 'Line'), /nothing of Line is decomposed `by inputs`/)],
    set: [refused(modelling, /no option `z`|has no option z/, '--set', 'z=1')],
    from: [refused(without(modelling, '--from'), /wants --from WEIGHTS/)],
    names: [refused(modelling, /no such file/, '--names', work.path('none'))],
    calibrate: [
      written(at.cores, replaced(modelling, '--calibrate', at.more)),
      refused(decomposing, /--calibrate has no effect here: it is of a \.bond file/, '--calibrate', at.data),
    ],
    examples: [written(at.cores, replaced(modelling, '--examples', '4'))],
    'on-decomposed': [
      refused(without(without(modelling, '--calibrate'), '--examples'), /--on-decomposed is of the inputs/, '--on-decomposed'),
    ],
    batch: [refused(modelling, /batch/, '--batch', '64')],
    loss: [refused(without(modelling, '--loss'), /has the losses wrong, flat; choose one with --loss/)],
    engine: [refused(modelling, /--engine none: there are/, '--engine', 'none')],
    name: [
      refused(['decompose', at.weights, ...decomposing.slice(2)], /no tensor 1e3; it has w, v/, '--name', '1e3'),
      added(decomposing, '--name', 'w'),
    ],
    as: [replaced(decomposing, '--as', 'mpo[4, 4](b = 1)'), refused(without(decomposing, '--as'), /wants --as/)],
    error: [added(decomposing, '--error', '0.5')],
    energy: [added(decomposing, '--energy', '0.5')],
    share: [added(decomposing, '--share', '0.6')],
    seed: [written(at.cores, added(['decompose', at.weight, '--as', 'ring[2*2, 2*2](b = 2)', '--out', at.cores], '--seed', '2'))],
    out: [refused(without(decomposing, '--out'), /wants --out FILE/)],
    threads: [refused(decomposing, /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    dtype: [written(at.cores, added(decomposing, '--dtype', 'bf16')), refused(decomposing, /--dtype f8: there are/, '--dtype', 'f8')],
    json: [added(decomposing, '--json')],
  },
  squeeze: {
    out: [refused(['squeeze', at.ring], /--out FOLDER is missing/)],
    bonds: [refused(['squeeze', at.ring, '--out', 'x'], /"c of up" is no selection/, '--bonds', 'c of up')],
    by: [
      {
        base: ['squeeze', at.ring, '--out', work.path('by1')],
        given: [],
        instead: ['squeeze', at.ring, '--out', work.path('by2'), '--by', '2'],
      },
    ],
    times: [
      {
        base: ['squeeze', at.ring, '--out', work.path('once')],
        given: [],
        instead: ['squeeze', at.ring, '--out', work.path('twice'), '--times', '2'],
      },
    ],
    choosing: [refused(['squeeze', at.ring, '--out', 'x'], /--choosing best: there are/, '--choosing', 'best')],
    to: [refused(['squeeze', at.ring, '--out', 'x'], /no bond is larger than 64/, '--to', '64')],
    error: [refused(['squeeze', at.ring, '--out', 'x'], /within a relative error of 0/, '--error', '0')],
    best: [refused(['squeeze', work.path('none'), '--out', 'x'], /holds no run/, '--best')],
    json: [
      {
        base: ['squeeze', at.ring, '--out', work.path('plain')],
        given: [],
        instead: ['squeeze', at.ring, '--out', work.path('json'), '--json'],
      },
    ],
  },
  merge: {
    out: [refused(['merge', at.ring], /wants --out FILE/)],
    last: [refused(['merge', at.cores, '--out', 'x'], /--last has no effect here: a file of cores/, '--last')],
    name: [
      refused(['merge', at.cores, '--out', 'x'], /no tensor q; it has w/, '--name', 'q'),
      refused(['merge', at.ring, '--out', 'x'], /--name has no effect here: a run/, '--name', 'q'),
    ],
    like: [
      refused(['merge', at.ring, '--out', work.path('hub')], /is no folder of a published checkpoint/, '--like', work.path('none')),
      refused(['merge', at.cores, '--out', 'x'], /--like has no effect here: a file of cores/, '--like', 'y'),
    ],
    dtype: [
      written(work.path('merged.safetensors'), added(['merge', at.ring, '--out', work.path('merged.safetensors')], '--dtype', 'bf16')),
    ],
    json: [added(['merge', at.ring, '--out', work.path('merged.safetensors')], '--json')],
  },
  build: {
    target: [refused(['build', at.ring, '--out', 'x'], /wants --target: pytorch/)],
    out: [refused(['build', at.ring, '--target', 'pytorch'], /wants --out FOLDER/)],
    variant: [
      written(work.path('torch/model.py'), replaced(building, '--variant', 'Line')),
      refused(['build', at.ring, ...torch], /--variant has no effect here: .* is a run/, '--variant', 'Wide'),
    ],
    set: [written(work.path('torch/model.py'), added(building, '--set', 'bond=1'))],
    weights: [
      written(work.path('torch/weights.safetensors'), added(building, '--weights', at.source)),
      refused(building, /no such file/, '--weights', work.path('none')),
    ],
    seed: [written(work.path('torch/weights.safetensors'), added(building, '--seed', '2'))],
    size: [
      written(work.path('torch/model.py'), added(building, '--size', 'batch=1')),
      refused(building, /--size time: Wide has the open axes batch/, '--size', 'time=2'),
    ],
    last: [refused(building, /--last is of a run/, '--last')],
    entry: [
      refused(building, /--entry is of --target wasm and onnx/, '--entry', 'forward'),
      refused(['build', at.line, '--variant', 'Wide', '--target', 'wasm', '--out', 'x'], /has no entry none/, '--entry', 'none'),
    ],
    opset: [
      written(
        work.path('onnx/forward.onnx'),
        added(['build', at.line, '--variant', 'Wide', '--target', 'onnx', '--out', work.path('onnx')], '--opset', '18'),
      ),
      refused(building, /--opset is of --target onnx, not of pytorch/, '--opset', '18'),
    ],
    json: [added(building, '--json')],
  },
  predict: {
    data: [refused(['predict', at.run, '--out', 'x.jsonl'], /predict wants --data/)],
    out: [
      refused(['predict', at.run, '--data', at.data], /predict wants --out/),
      refused(['predict', at.run, '--data', at.data], /ends with .safetensors/, '--out', 'x'),
    ],
    function: [refused(predicting, /Line has no function nosuch; it has forward/, '--function', 'nosuch')],
    batch: [refused(predicting, /--batch 0/, '--batch', '0')],
    engine: [refused(predicting, /--engine steam: there are wasm, webgpu, reference/, '--engine', 'steam')],
    threads: [refused(predicting, /--threads 0/, '--threads', '0')],
    last: [refused(['predict', work.path('none'), ...predicting.slice(2)], /holds no run/, '--last')],
    json: [added(predicting, '--json')],
  },
  new: {},
  corpus: {
    out: [refused(making, /is there already; name a new folder, nothing was touched/, '--out', work.folder)],
    count: [replaced(making, '--count', '2'), refused(['corpus'], /--count 0/, '--count', '0')],
    seed: [added(making, '--seed', '5')],
    size: [replaced(making, '--size', '9')],
    targets: [refused(making, /--targets metal: there are kernels, wat, wgsl, pytorch, onnx/, '--targets', 'metal')],
    oracles: [
      replaced(making, '--oracles', 'passes'),
      refused(['corpus', '--count', '3'], /--oracles luck: there are passes/, '--oracles', 'luck'),
    ],
    gate: [refused(making, /no program with construct adapt, or none that an oracle has confirmed/, '--gate')],
    check: [
      refused(making, /--check is of `corpus shrink`/, '--check', 'true'),
      refused(['corpus', 'shrink', work.path('none')], /no such file/, '--check', 'true'),
    ],
  },
  plan: {
    objective: [replaced(planning, '--objective', 'size')],
    memory: [refused(planning, /a memory limit of 5 elements cannot be met/, '--memory', '5')],
    threads: [refused(planning, /--threads 0: expected a whole number from 1 to 64/, '--threads', '0')],
    seconds: [refused(planning, /--seconds 0: expected a number from 0.001 on/, '--seconds', '0')],
    budget: [refused(planning, /--budget 0/, '--budget', '0')],
    seed: [refused(planning, /--seed -1/, '--seed=-1')],
    wanted: [added(planning, '--wanted', '0,1'), refused(planning, /0 to 3/, '--wanted', '9')],
    constant: [added(planning, '--constant', '0,1')],
    svg: [written(svg, added(planning, '--svg', svg))],
    draw: [
      written(svg, added([...planning, '--svg', svg], '--draw', 'bands')),
      refused(planning, /--draw is of the drawing/, '--draw', 'tent'),
    ],
    write: [
      added(['plan', at.network], '--write', 'opt_einsum'),
      refused(planning, /--json has no effect here: --write/, '--write', 'cotengra'),
    ],
    cache: [written(work.path('plans'), added(planning, '--cache', work.path('plans')))],
    machine: [refused(planning, /no such file/, '--machine', work.path('none'))],
    json: [added(['plan', at.network], '--json')],
  },
  calibrate: {
    name: [refused(['calibrate', at.text], /is no profile; nothing was measured/, '--name', '1.0')],
    products: [refused(['calibrate', work.path('machine.json')], /--products 3: expected a whole number from 24 on/, '--products', '3')],
    json: [refused(['calibrate', at.text], /is no profile/, '--json')],
  },
  tune: {
    variant: [refused(tuning, /there is no variant|Nothing/, '--variant', 'Nothing')],
    set: [refused(tuning, /factor|width|out/, '--variant', 'Wide', '--set', 'width=5')],
    size: [refused(tuning, /--size batch=0: a size is a whole number/, '--size', 'batch=0')],
    machine: [refused([...tuning, '--variant', 'Wide'], /no such file/, '--machine', work.path('none'))],
    loss: [refused([...tuning, '--variant', 'Wide'], /nothing|there is no loss|none/, '--loss', 'none')],
    config: [refused([...tuning, '--variant', 'Wide'], /no such file/, '--config', work.path('none'))],
    eval: [refused([...tuning, '--variant', 'Line', '--loss', 'wrong'], /nothing to tune/, '--eval')],
    candidates: [refused(tuning, /--candidates 1: expected a whole number from 2 to 64/, '--candidates', '1')],
    turns: [refused(tuning, /--turns 0: expected a whole number from 1 to 1000/, '--turns', '0')],
    out: [
      refused(['tune', at.line, '--variant', 'Wide'], /tune wants --out FILE/),
      refused(['tune', at.line], /reads this file/, '--out', at.line),
    ],
    json: [refused([...tuning, '--variant', 'Line', '--loss', 'wrong'], /nothing to tune/, '--json')],
  },
  // Times differ each time: what these options change is looked at in bench.test.ts.
  bench: {
    variants: [
      refused(['bench', at.line], /bench of a file wants --variants A,B/),
      refused(['bench'], /--variants has no effect here: give a file/, '--variants', 'Wide'),
      refused(['bench', at.line], /there is no model or variant `No`/, '--variants', 'No', '--loss', 'wrong'),
    ],
    batch: [
      refused(benching, /--batch 0: expected a whole number from 1 on/, '--batch', '1,0'),
      refused(benching, /--batch 2,2: 2 is there twice/, '--batch', '2,2'),
    ],
    set: [refused(benching, /factor|labels|axis|out/, '--set', 'labels=2')],
    size: [refused(benching, /a size is given for depth: Line has no open axis of that name; it has batch/, '--size', 'depth=2')],
    loss: [refused(without(benching, '--loss'), /Line has no loss nosuch/, '--loss', 'nosuch')],
    config: [refused(benching, /no such file/, '--config', work.path('none'))],
    only: [
      refused(['bench'], /--only speed: there are products, layers, step, compile/, '--only', 'speed'),
      refused(benching, /--only has no effect here: a file is given/, '--only', 'step'),
    ],
    machine: [refused(['bench'], /no such file/, '--machine', work.path('none'))],
    threads: [refused(['bench'], /--threads 0: expected a whole number from 1 on/, '--threads', '0')],
    turns: [refused(['bench'], /--turns 0: expected a whole number from 1 to 1000/, '--turns', '0')],
    out: [refused(benching, /line.bond is there already and is no record of bench; nothing was measured/, '--out', at.line)],
    against: [refused(benching, /not JSON/, '--against', at.line), refused(benching, /version is missing/, '--against', at.config)],
    allowed: [refused(benching, /--allowed is of --against FILE, which is not given/, '--allowed', '0.2')],
    json: [refused(['bench', '--only', 'speed'], /--only speed/, '--json')],
  },
};

test('every option of every command has a row', () => {
  for (const { name, options } of commands) assert.equal(Object.keys(rows[name] ?? {}).sort(), Object.keys(options).sort(), name);
});

test('an option needs its value, takes none where it is a flag, and is refused when given twice', () => {
  for (const { name, options } of commands) {
    for (const [own, { value, many }] of Object.entries(options)) {
      const said = `${name} --${own}`;
      const texts = value === undefined ? [`--${own}`] : [`--${own}`, '4'];
      if (value === undefined) assert.throws(() => readArguments(options, [`--${own}=4`]), /takes no value/, said);
      else {
        assert.throws(() => readArguments(options, [`--${own}`]), /needs a value/, said);
        assert.throws(() => readArguments(options, [`--${own}`, '--help']), /needs a value before --help/, said);
      }
      if (many === undefined) assert.throws(() => readArguments(options, [...texts, ...texts]), /is given 2 times/, said);
      assert.throws(() => readArguments(options, [`--${own}x9`]), /there is no option/, said);
    }
  }
});

test('what is typed stays text', () => {
  const { options } = commands.find(({ name }) => name === 'train')!;
  const { out, variant, set } = readArguments(options, ['--out', '0010', '--variant=1e3', '--set', 'a=1e3', '--set', 'b=true']).options;
  assert.equal([out, variant, set], ['0010', '1e3', { a: 1000, b: true }]);
  const generate = commands.find(({ name }) => name === 'generate')!;
  assert.is(readArguments(generate.options, ['--prompt', '']).options.prompt, '');
  for (const wrong of ['0x10', '', ' 1', '1 ', 'Infinity', '1e999', '-1'])
    assert.throws(() => readArguments(options, [`--steps=${wrong}`]), /--steps .*: expected a whole number from 1 on/, wrong);
  assert.throws(() => readArguments(options, ['--set', 'a=1', '--set', 'a=2']), /--set a is given twice/);
});

test('a command and an option that are misspelt are told what is near', async () => {
  assert.match((await work.run('trian')).err, /there is no command trian; did you mean `train`\?/);
  assert.match((await work.run('trian', '--help')).err, /there is no command trian/);
  assert.match((await work.run('train', '--varant', 'x')).err, /there is no option --varant; did you mean `--variant`\?/);
});

test('what the rows need', async () => {
  for (const argv of [
    [...training, '--out', at.run],
    [...texts, '--out', at.words],
    [...replaced(texts, '--variant', 'Mpo').instead!, '--out', at.ring],
    decomposing,
  ]) {
    const { code, err } = await work.run(...argv);
    assert.is(code, 0, err);
  }
});

let runs = 0;
/** A train writes into a folder of its own each time. */
const call = async (argv: readonly string[], writes: string | undefined) => {
  const fresh = /^(train|compare|corpus)$/.test(argv[0]!) && !argv.includes('--out') && !argv.includes('--resume');
  const missing = argv === rows.train.out[0].base;
  const ran = await work.run(...argv, ...(fresh && !missing ? ['--out', work.path(`fresh${++runs}`)] : []));
  const content = writes === undefined || !existsSync(writes) ? '' : contentOf(writes);
  const shown = ran.out.replace(
    /"(folder|out)":"[^"]*"|"(seconds|unitsPerSecond)":[\d.e+-]+|saved in .*|refused in [^;]*|in \d:\d\d \(.*\/s\)/g,
    '',
  );
  return { code: ran.code, err: ran.err, result: writes === undefined ? shown : content };
};
const contentOf = (path: string) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return 'a folder';
  }
};

for (const [name, options] of Object.entries(rows)) {
  for (const [option, cases] of Object.entries(options)) {
    test(`${name} --${option} is used or refused`, async () => {
      for (const { base, given, instead, refused: reason, writes } of cases) {
        const argv = [...(instead ?? base), ...given];
        if (reason !== undefined) {
          const ran = option === 'out' && given.length === 0 ? await work.run(...base) : await call(argv, undefined);
          assert.ok(ran.code === 1 || ran.code === 2, `${argv.join(' ')}: exit ${ran.code}`);
          assert.match('out' in ran ? ran.err + ran.out : ran.err + ran.result, reason);
          continue;
        }
        const before = await call(base, writes);
        const after = await call(argv, writes);
        assert.is(after.code, 0, `${argv.join(' ')}: ${after.err}`);
        const same = name === 'decompose' && option === 'name';
        assert.is(before.result === after.result, same, `${argv.join(' ')} changes nothing`);
      }
    });
  }
}

test('a refused command has written nothing', () => {
  assert.not.ok(existsSync(work.path('x')));
});

test.run();
