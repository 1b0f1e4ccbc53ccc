/** Given weights that do not fit, cannot be decomposed, or cannot be merged: everything that is wrong at once, and nothing is written. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from '../weights/networks.ts';
import { smallText, workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

function store(name: string, tensors: Record<string, readonly number[] | Float64Array>): string {
  const list = Object.entries(tensors).map(([tensor, value], k) => {
    const [shape, data] = value instanceof Float64Array ? [[value.length], value] : [value, gaussian(value, k + 1).data];
    return { name: tensor, shape, data: Float32Array.from(data) };
  });
  files.replace(work.path(name), encodeTensors(list));
  return work.path(name);
}

const program = work.write(
  'line.bond',
  `edition 1
model Line(vocab = 30, width = 8, inner = 12, context = 8) {
  axis batch, time <= context
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  w: [inner, width] ~ normal(0.1)
  head: [vocab, inner] ~ normal(0.1)
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    h[batch, time, inner] = w * embed[ids]
    logits[batch, time, vocab] = head * h
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
variant Cut of Line { decompose w as mpo[3*4, 2*4](b = 2) }
variant Again of Line {
  decompose w as mpo[3*4, 2*4]
  decompose T[1] of w as pair
}
variant Near of Line { decompose w as mpo[3*4, 2*4](b = 2) by inputs }
variant Seen of Line { decompose embed as low_rank(r = 2) by inputs }
variant Ring of Line { decompose w as ring[3*4, 2*4](b = 2) }
variant Stated of Line { init w ~ zeros }
topology pair[a, b, c](r) { core P (a, r) core Q (r, b, c) }
`,
);
const text = work.write('text.txt', smallText);
const vocab = new Set(smallText).size;
let runs = 0;
async function train(variant: string, from: string) {
  const folder = work.path(`run${++runs}`);
  const options = ['--variant', variant, '--text', text, '--steps', '2', '--batch', '2', '--engine', 'reference', '--from', from];
  return { folder, ...(await work.run('train', program, ...options, '--out', folder)) };
}
const whole = { embed: [vocab, 8], w: [12, 8], head: [vocab, 12] };

test('misshapen, missing and extra tensors are told in one table, and nothing is trained', async () => {
  const given = store('wrong.safetensors', { w: [8, 12], head: [vocab, 13], bias: [12], 'embed.old': [3, 3] });
  const { code, err, folder } = await train('Cut', given);
  assert.is(code, 1);
  assert.match(err, /wrong\.safetensors has tensors of other shapes than Cut takes; all that differs:/);
  for (const row of [
    new RegExp(`embed +\\[${vocab}, 8\\] +- +missing`),
    /w +\[12, 8\] +\[8, 12\] +misshapen/,
    new RegExp(`head +\\[${vocab}, 12\\] +\\[${vocab}, 13\\] +misshapen`),
    /bias +- +\[12\] +extra/,
    /embed\.old +- +\[3, 3\] +extra/,
  ])
    assert.match(err, row);
  assert.is(files.size(`${folder}/checkpoint.safetensors`), undefined);
});

test('a core of an earlier run in another shape is misshapen too', async () => {
  const given = store('cores.safetensors', { 'w.T[1]': [3, 2, 5], 'w.T[2]': [2, 4, 4] });
  const { code, err } = await train('Cut', given);
  assert.is(code, 1);
  assert.match(err, /w\.T\[1\] +\[3, 2, 2\] +\[3, 2, 5\] +misshapen/);
});

test('what is only missing or left over is told, and the run begins', async () => {
  const { code, err } = await train('Cut', store('part.safetensors', { w: [12, 8], other: [2, 2] }));
  assert.is(code, 0, err);
  assert.match(err, /2 tensors missing, which start fresh, 1 not used:/);
  assert.match(err, /embed .* missing\n.*head .* missing\n.*other .* extra/);
  const complete = await train('Cut', store('whole.safetensors', whole));
  assert.is(complete.code, 0);
  assert.not.match(complete.err, /missing|not used/);
});

test('a file in which nothing fits is refused', async () => {
  const { code, err } = await train('Line', store('none.safetensors', { weight: [2, 2] }));
  assert.is(code, 1);
  assert.match(err, /has no tensor that Line takes; all that differs:/);
});

test('values that are not finite, a zero weight, a weight of less rank', async () => {
  const broken = gaussian([12, 8]).data;
  broken[9] = Number.NaN;
  const as = (name: string, w: Float64Array) => {
    const list = [{ name: 'w', shape: [12, 8], data: Float32Array.from(w) }];
    files.replace(work.path(name), encodeTensors(list));
    return work.path(name);
  };
  const nan = await train('Cut', as('nan.safetensors', broken));
  assert.is(nan.code, 1);
  assert.match(nan.err, /w: 1 of 96 values are not finite, the first is NaN at \[1, 1\]/);
  const dense = await train('Line', work.path('nan.safetensors'));
  assert.is(dense.code, 1);
  assert.match(dense.err, /nan\.safetensors: values that are not finite in w/);
  const zero = await train('Cut', as('zero.safetensors', new Float64Array(96)));
  assert.is(zero.code, 0, zero.err);
  assert.match(zero.err, /warning: w: the weight is zero, so all cores are zeros and no gradient reaches them/);
  const ones = await train('Again', as('ones.safetensors', new Float64Array(96).fill(1)));
  assert.is(ones.code, 0, ones.err);
  assert.match(ones.err, /warning: w: the weight has less rank than its bonds: b\[1\] = 6 of which 1 carry values/);
  assert.match(ones.err, /w: bonds 6, relative error .*\n(.*\n)*w\.T\[1\]: bonds 3, relative error/);
});

test('what `init` states is not taken from the file', async () => {
  const { code, err, folder } = await train('Stated', store('stated.safetensors', whole));
  assert.is(code, 0, err);
  assert.match(err, /w .* \[12, 8\] +extra/);
  const trained = openTensors(files, `${folder}/checkpoint.safetensors`).read('w');
  assert.ok(norm(trained) < 0.1, `${norm(trained)}`);
});

test('decompose: repeated cores are stored once and merge back; energy; one policy', async () => {
  const u = gaussian([12, 3]).data;
  const data = Float32Array.from({ length: 144 }, (_, k) => {
    const [i, j] = [Math.floor(k / 12), k % 12];
    return u[3 * i] * u[3 * j] + u[3 * i + 1] * u[3 * j + 1] + u[3 * i + 2] * u[3 * j + 2];
  });
  files.replace(work.path('square.safetensors'), encodeTensors([{ name: 's', shape: [12, 12], data }]));
  const [cores, merged] = [work.path('gram.safetensors'), work.path('gram-merged.safetensors')];
  const found = await work.run('decompose', work.path('square.safetensors'), '--as', 'gram(r = 3)', '--out', cores);
  assert.is(found.code, 0, found.err);
  assert.match(found.out, /relative error \S+, damped Gauss-Newton, \d+ steps/);
  assert.equal([...openTensors(files, cores).tensors.keys()], ['s.U']);
  assert.is((await work.run('merge', cores, '--out', merged)).code, 0);
  assert.ok(distance(openTensors(files, merged).read('s'), data) < 1e-5 * norm(data));
  const kept = await work.run(
    'decompose',
    work.path('square.safetensors'),
    '--as',
    'gram(r = 12)',
    '--energy',
    '0.5',
    '--out',
    cores,
    '--json',
  );
  const report = JSON.parse(kept.out);
  assert.ok(report.error ** 2 <= 0.5 && report.bonds[0].size < 3);
  const both = await work.run(
    'decompose',
    work.path('square.safetensors'),
    '--as',
    'gram',
    '--energy',
    '0.5',
    '--error',
    '1',
    '--out',
    cores,
  );
  assert.is(both.code, 2);
  assert.match(both.err, /--error and --energy: one of them/);
});

test('merging what is not mergeable: the core that does not fit is named, the file that was there stays', async () => {
  const cores = work.path('fit.safetensors');
  const given = store('matrix.safetensors', { m: [12, 8] });
  assert.is((await work.run('decompose', given, '--as', 'mpo[3*4, 2*4]', '--out', cores)).code, 0);
  const file = openTensors(files, cores);
  const kept = work.write('kept', 'as it was');
  const merge = async (change: (tensors: Map<string, readonly number[]>) => void, metadata: Record<string, string> = file.metadata) => {
    const shapes = new Map([...file.tensors].map(([name, { shape }]) => [name, shape]));
    change(shapes);
    const list = [...shapes].map(([name, shape]) => ({ name, shape, data: Float32Array.from(gaussian(shape).data) }));
    files.replace(work.path('changed.safetensors'), encodeTensors(list, metadata));
    const { code, err } = await work.run('merge', work.path('changed.safetensors'), '--out', kept);
    assert.is(code, 1);
    assert.is(new TextDecoder().decode(files.read(kept, 0, 9)), 'as it was');
    return err;
  };
  assert.match(await merge((all) => all.delete('m.T[2]')), /core m\.T\[2\] is missing/);
  assert.match(await merge((all) => all.set('m.T[2]', [5, 4, 4])), /T\[2\] of mpo has shape \[5, 4, 4\], but leg 1 of 3 is 6 long/);
  assert.match(await merge((all) => all.set('m.T[1]', [4, 2, 6])), /T\[1\] of mpo has shape \[4, 2, 6\], but leg 1 of 3 is 3 long/);
  assert.match(await merge((all) => all.set('m.T[1]', [3, 12])), /T\[1\] of mpo has shape \[3, 12\]/);
  for (const text of ['{', '[]1', '{"m": {"shape": "12"}}', 'null'])
    assert.match(await merge(() => undefined, { 'bondsmith.network': text }), /does not say how its cores belong together/);
});

test('by inputs: the outputs on the examples are nearer, both errors are told, and without examples it says what to give', async () => {
  const given = store('near.safetensors', whole);
  const errors = async (...more: string[]) => {
    const { code, err } = await work.run(
      'eval',
      program,
      '--text',
      text,
      '--batch',
      '2',
      '--engine',
      'reference',
      '--from',
      given,
      ...more,
    );
    assert.is(code, 0, err);
    return [...err.matchAll(/(?:error|outputs) ([\d.e+-]+)/g)].map(([, value]) => Number(value));
  };
  const [plain] = await errors('--variant', 'Cut');
  const [own, outputs] = await errors('--variant', 'Near', '--calibrate', text, '--examples', '6');
  assert.ok(own >= plain && outputs < own, `${plain} ${own} ${outputs}`);
  const { code, err } = await work.run('eval', program, '--variant', 'Near', '--text', text, '--batch', '2', '--from', given);
  assert.is(code, 1);
  assert.match(err, /w is decomposed `by inputs`, and there are no data to take them from: --calibrate DATA/);
});

test('by inputs of a table that is looked up is refused', async () => {
  const given = store('seen.safetensors', whole);
  const options = ['--text', text, '--batch', '2', '--engine', 'reference', '--from', given, '--calibrate', text];
  const { code, err } = await work.run('eval', program, '--variant', 'Seen', ...options);
  assert.is(code, 1);
  assert.match(err, /embed is decomposed `by inputs`, but it is not only multiplied with its inputs, but looked up/);
});

test.run();
