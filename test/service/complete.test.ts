/** What is offered where, also in a text that cannot be read yet. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { complete, signatureAt } from '../../compiler/service/index.ts';
import { documentOf, marked, small } from './document.ts';

const inVariant = (statement: string) => small.replace('  init head ~ zeros\n', `  ${statement}\n`);
const inLoop = (statement: string) => small.replace('      z = b.norm(y)\n', `      z = b.norm(y)\n      ${statement}\n`);
const inModel = (item: string) => small.replace('  head: linear', `  ${item}\n  head: linear`);

/** A text with `|`, what is offered first, and what is not offered. */
const cases: readonly (readonly [name: string, text: string, first: readonly string[], not: readonly string[]])[] = [
  ['members along a path', inVariant('freeze block[*].|'), ['query', 'key', 'ffn', 'norm'], ['head', 'decompose']],
  ['members of a layer of the library', inVariant('freeze block[*].ffn.|'), ['up', 'down'], ['query']],
  ['weights of a layer', inVariant('freeze block[2].ffn.up.|'), ['weight', 'offset'], ['up']],
  ['members after alternatives', inVariant('freeze block[*].{query, key}.|'), ['weight', 'offset'], ['ffn']],
  ['what a statement may select', inVariant('freeze |'), ['block', 'head', 'all', 'central'], ['freeze']],
  ['statements', inVariant('|'), ['decompose', 'adapt', 'share'], ['axis', 'head']],
  ['a statement that is begun', inVariant('dec|'), ['decompose'], ['adapt']],
  ['variables of the selection', inVariant('share T[1] of block[l].ffn.up over |'), ['l'], ['block']],
  ['bonds of a topology', inVariant('decompose head as mpo(|'), ['b = '], ['r = ']],
  ['legs in a condition', inVariant('train T[1] of block[*].query where @|'), ['out', 'in', 'b'], ['batch']],
  [
    'factor lists with what they cost',
    inVariant('decompose head as |'),
    ['mpo[8*8, 8*8](b = 8)', 'mpo[4*4*4, 4*4*4](b = 8)', 'mpo[2*2*4*4, 2*2*4*4](b = 8)'],
    [],
  ],
  ['recipes', inVariant('apply |'), ['Lora'], ['linear']],
  ['layers to wrap in', inVariant('wrap block[*].ffn in |'), ['mixture'], ['mpo']],
  ['members of what a loop runs over', inLoop('w = b.|'), ['l', 'query', 'key'], ['head']],
  ['values of a body', inLoop('w = z|'), ['z'], ['decompose']],
  ['functions', inLoop('w = softm|'), ['softmax', 'log_softmax'], ['norm']],
  ['axes in brackets', inLoop('w = mean[|'), ['batch', 'time', 'width'], ['softmax']],
  ['positions', inLoop('w = @|'), ['batch', 'time', 'width'], ['softmax']],
  ['layers as members', inModel('extra: |'), ['linear'], ['mpo', 'softmax']],
  ['options of a layer', inModel('extra: linear[width -> width](|'), ['biased = '], []],
  ['items of a model', inModel('|'), ['axis', 'input', 'forward'], ['decompose']],
  ['items of a file', `${small}\n|`, ['model', 'layer', 'topology', 'variant'], ['axis']],
  ['nothing in a comment', inLoop('// ask |'), [], ['z']],
];
for (const [name, text, first, not] of cases) {
  test(name, () => {
    const { document, offset } = marked(text);
    const offered = complete(document, offset).map(({ insert }) => insert);
    const position = (wanted: string) => offered.indexOf(wanted);
    for (const wanted of first)
      assert.ok(position(wanted) >= 0 && position(wanted) < 16, `${wanted} is not among ${offered.slice(0, 20).join(', ')}`);
    for (const unwanted of not) assert.is(position(unwanted), -1, `${unwanted} is offered`);
    if (name === 'nothing in a comment') assert.equal(offered, []);
  });
}

test('what is offered after a path that is complete is accepted', () => {
  const text = inVariant('decompose head as |');
  const { document, offset } = marked(text);
  for (const { insert, kind } of complete(document, offset).filter((each) => each.kind === 'snippet')) {
    const errors = documentOf(text.replace('|', insert)).diagnostics.filter(({ severity }) => severity === 'error');
    assert.equal(errors, [], `${kind} ${insert}`);
  }
});

test('what a bracket takes, and which of it is being written', () => {
  const active = (text: string) => {
    const { document, offset } = marked(text);
    const found = signatureAt(document, offset);
    return found && `${found.label.slice(...found.parameters[found.active]!)} of ${found.label}`;
  };
  assert.is(active(inModel('extra: linear[width -> width](|')), 'biased = true of layer linear[in -> out](biased = true)');
  assert.is(active(inVariant('decompose head as mpo(b = |')), 'b[1..n-1] of topology mpo[out[n], in[n]](b[1..n-1])');
  assert.is(active(inVariant('apply Lora(|')), 'rank = 4 of variant Lora(rank = 4) to target');
  assert.is(active(inLoop('w = z + |')), undefined);
});

test.run();
