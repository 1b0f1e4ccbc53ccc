/**
 * Names that every object of JavaScript has, for everything that a user names. Five programs, in which each kind of name is once each of
 * five: checked, explained, trained, resumed, evaluated, asked, merged, built, and called from TypeScript.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { InferenceSession } from 'onnxruntime-web';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import type { Column } from '../../runtime/data/memory.ts';
import { evaluate, load, readMeasurements } from '../../runtime/index.ts';
import { isLong } from '../long.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'];

/** Names within one scope differ; those of other scopes are theirs again. */
function programOf(turn: number) {
  const [a, b, c, d, e] = names.map((_, k) => names[(k + turn) % names.length]);
  const [option, axis, input, member, loss] = [a, b, c, d, e];
  const [label, family, group, metric, result, bare] = [`${a}2`, `${b}2`, `${c}2`, `${d}2`, `${e}2`, `${a}3`];
  const text = `edition 1
topology ${c}[${a}, ${b}](${c}, ${d}2 = 2) {
  core ${d} (${a}, ${c})
  core ${e} (${c}, ${b})
  role ${a}2: ${d}
  role ${e}2: rest
}
layer ${d}[${a} -> ${b}](${c} = 2) {
  ${d}: linear[${a} -> ${b}]
  forward(${e}[.., ${a}]) -> y[.., ${b}] {
    y = ${d}(${e}) * ${c} / 2
    report seen = mean(y)
    if training { report never = 1 }
  }
}
layer plain[from -> to] {
  inner: ${d}[from -> to]
  forward(x[.., from]) -> y[.., to] { y = inner(x) }
}
model ${a}(${option} = 4, wide = 8) {
  axis batch, ${axis} = ${option}
  input ${input}[batch, wide], ${label}[batch] in ${axis}
  ${member}: linear[wide -> ${axis}]
  ${family}[${a} in 1..2]: linear[${axis} -> ${axis}]
  ${group} { ${a}: plain[${axis} -> ${axis}]  ${b}, ${c}: linear[${axis} -> ${axis}] }
  ${bare}: [${axis}] ~ ones
  fn forward(${input}[batch, wide]) -> ${result}[batch, ${axis}] {
    y = ${member}(${input})
    for ${d} in ${family} { y = y + relu(${d}(y)) }
    ${result} = ${bare} * ${group}.${c}(${group}.${b}(${group}.${a}(y)))
  }
  loss ${loss} = mean(cross_entropy[${axis}](forward(${input}), ${label}))
  loss other = mean(forward(${input}) ^ 2)
  metric ${metric} = mean(argmax[${axis}](forward(${input})) == ${label})
}
variant ${b}(${d} = 3) of ${a} {
  decompose ${member} as ${c}(${c} = ${d})
  freeze ${group}.${b}
  train ${e} of ${member} with probability 0.5
}
variant ${e} of ${b} {
  squeeze ${c} of ${member} by 1 every 12 steps
}
`;
  return {
    text,
    variant: e,
    still: b,
    own: d,
    option,
    axis,
    input,
    label,
    member,
    loss,
    metric,
    result,
    core: d,
    below: a,
    bond: c,
    group,
    bare,
  };
}

const bytes = (path: string) =>
  [...openTensors(files, path).tensors.keys()].sort().map((name) => [name, [...openTensors(files, path).read(name)]]);

// Two of them have each kind of name that breaks most: `__proto__` as option and as input.
for (const turn of isLong ? names.keys() : [0, 3]) {
  test(`all of a run where the model is called ${names[turn]}`, async () => {
    const own = programOf(turn);
    const at = (name: string) => work.path(`${turn}${name}`);
    const run = async (...argv: string[]) => {
      const ran = await work.run(...argv);
      assert.is(ran.code, 0, `${argv.join(' ')}: ${ran.err}${ran.out}`);
      return ran;
    };
    const file = work.write(`${turn}.bond`, own.text);
    const rows = { name: own.input, shape: [64, 8], data: Float64Array.from(gaussian([64, 8], 1).data) };
    const label = { name: own.label, shape: [64], data: Int32Array.from({ length: 64 }, (_, k) => k % 4) };
    const [data, settings] = [
      at('.safetensors'),
      work.write(
        `${turn}.json`,
        `{"losses": {"${own.loss}": 1, "other": 0.5}, "groups": {"${own.core} of ${own.member}": {"rate": 0.01}}, "evaluate": {"every": 5}}`,
      ),
    ];
    files.replace(data, encodeTensors([rows, label]));
    const options = ['--variant', own.variant, '--set', `${own.option}=4`, '--set', `${own.own}=3`];
    await run('check', file, ...options);
    const told = JSON.parse((await run('explain', file, ...options, '--json')).out);
    assert.equal(Object.entries(told.events[0].bonds), [[`${own.member}.weight`, [own.bond]]]);

    const begin = [file, ...options, '--data', data, '--config', settings];
    await run('train', ...begin, '--steps', '24', '--out', at('whole'));
    await run('train', ...begin, '--steps', '20', '--out', at('run'));
    await run('train', '--resume', at('run'), '--steps', '24');
    assert.equal(bytes(`${at('run')}/checkpoint.safetensors`), bytes(`${at('whole')}/checkpoint.safetensors`));
    const { state } = openCheckpoint(files, `${at('run')}/checkpoint.safetensors`);
    assert.is(Object.entries(Object.entries(state.bonds)[0][1])[0][1], 3);
    assert.is(state.events?.taken.length, 1);
    const lines = readMeasurements(files, `${at('run')}/metrics.jsonl`);
    assert.is(lines.length, 24);
    for (const name of [own.loss, `validation_${own.metric}`, `validation_${own.group}.${own.below}.inner.seen`])
      assert.type(lines[19][name], 'number', name);

    const results = await evaluate(at('run'));
    assert.equal(Object.keys(results).slice(0, 4), ['loss', own.loss, `${own.group}.${own.below}.inner.seen`, 'other']);
    assert.is(results.loss, results[own.loss] + 0.5 * results.other);
    assert.match((await run('eval', at('run'), '--loss', own.loss)).out, new RegExp(`^${own.loss} \\d`, 'm'));
    await run('merge', at('run'), '--out', at('dense.safetensors'));
    const dense = openTensors(files, at('dense.safetensors')).tensors;
    assert.equal(dense.get(`${own.member}.weight`)?.shape, [4, 8]);
    assert.equal(dense.get(own.bare)?.shape, [4]);
    files.replace(at('rows.safetensors'), encodeTensors([rows]));
    await run('predict', at('run'), '--data', at('rows.safetensors'), '--out', at('answers.safetensors'));
    await run('predict', at('run'), '--data', at('rows.safetensors'), '--out', at('answers.jsonl'));
    const answers = openTensors(files, at('answers.safetensors'));
    assert.equal(answers.tensors.get(own.result)?.shape, [64, 4]);
    const lineOf = JSON.parse(readFileSync(at('answers.jsonl'), 'utf8').split('\n')[0]);
    assert.equal(Object.entries(lineOf), [[own.result, [...answers.read(own.result)].slice(0, 4)]]);

    const model = await load(at('run'));
    const inputs = Object.fromEntries([[own.input, rows]]);
    const called = await model.call('forward', inputs);
    assert.equal(Object.keys(called), [own.result]);
    assert.equal((await model.predict(inputs))[own.result], called[own.result]);
    const both: Record<string, Column> = Object.fromEntries([
      [own.input, rows],
      [own.label, label],
    ]);
    const { gradients } = await model.grad(own.loss, both);
    assert.is(gradients.get(`${own.member}.weight.${own.core}`)?.length, 8);
    const tape = model.tape();
    await tape.record(() => tape.backward(tape.call(own.loss, both)[own.loss]));
    assert.equal(await tape.gradients(), gradients);
    await tape.release();
    const scores = await model.evaluate(both, { losses: Object.fromEntries([[own.loss, 1]]) });
    assert.is(scores.loss, scores[own.loss]);
    const fresh = await load(file, { variant: own.still, set: { [own.option]: 4, [own.own]: 3 } });
    const fitted = await fresh.fit(both, { steps: 2, batch: 16, config: { losses: { [own.loss]: 1 } } });
    assert.is(fitted.validation?.loss, fitted.validation?.[own.loss]);
    fresh.save(at('saved.safetensors'));
    assert.equal(await (await load(at('saved.safetensors'))).call('forward', inputs), await fresh.call('forward', inputs));

    await run('build', at('run'), '--target', 'pytorch', '--out', at('torch'));
    const python = readFileSync(`${at('torch')}/model.py`, 'utf8');
    for (const name of [own.member, own.input, own.bare]) assert.match(python, new RegExp(`\\b${name}\\b`));
    await run('build', at('run'), '--target', 'onnx', '--out', at('onnx'));
    const session = await InferenceSession.create(`${at('onnx')}/forward.onnx`);
    assert.equal([session.inputNames, session.outputNames], [[own.input], [own.result]]);
    if (turn !== 3) return;
    await run('build', at('run'), '--target', 'wasm', '--size', 'batch=64', '--entry', `forward,${own.loss}`, '--out', at('package'));
    const built = await (await import(pathToFileURL(`${at('package')}/index.js`).href)).load();
    const answered = await built.forward(Object.fromEntries([[own.input, rows]]));
    assert.equal(answered[own.result].shape, [64, 4]);
    assert.type((await built[own.loss](both))[own.loss].data[0], 'number');
    built.close();
  });
}

test.run();
