/** Which kernels come of which programs: forms, fusion, pieces of long sums, states in place; all checked against `reference`. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apply, coordinate, number, read } from '../../compiler/program/scalar.ts';
import type { Schedule } from '../../compiler/values/kernel.ts';
import type { Contract, Id, Output, Source } from '../../compiler/values/program.ts';
import { Spell } from './spell-program.ts';

const forms = ({ launches, kernels }: Schedule) => launches.map(({ kernel }) => kernels[kernel].form);

test('a total of 5000 is summed in pieces, then in order', () => {
  const s = new Spell({ j: 5000 });
  const schedule = s.check(s.contract('j->', s.source('j')));
  assert.equal(forms(schedule), ['rows', 'rows']);
  assert.is(schedule.launches[0].blocks, 3);
});

test('column sums over many rows run along the columns, in pieces', () => {
  const s = new Spell({ n: 3000, o: 70 });
  const schedule = s.check(s.contract('no->o', s.source('no')));
  assert.equal(forms(schedule), ['points', 'points']);
  assert.is(schedule.launches[0].blocks, 6);
});

test('sums over an outer and an inner axis', () => {
  const s = new Spell({ a: 60, b: 3, c: 90 });
  s.check(s.contract('abc->b', s.source('abc')), s.contract('abc,abc->', s.source('abc'), s.source('abc')));
});

test('a product with a long sum and few results is split along the sum', () => {
  const s = new Spell({ n: 9000, i: 5, o: 6 });
  const schedule = s.check(s.contract('ni,no->oi', s.source('ni'), s.source('no')));
  assert.equal(forms(schedule), ['tiles', 'points']);
});

test('bias and relu are the epilogue of a product, also behind a split of an axis', () => {
  const s = new Spell({ n: 20, i: 7, o: 12, h: 3, e: 4 });
  const product = s.contract('ni,oi->no', s.source('ni'), s.source('oi'));
  const heads = s.builder.add('reshape', [product], { axes: s.axes('nhe') });
  const value = apply('max', apply('add', read(0), read(1)), number(0));
  assert.equal(forms(s.check(s.map('nhe', ['nhe', 'he'], value, heads, s.source('he')))), ['tiles']);
});

test('every order of axes of a product is one launch', () => {
  for (const text of ['abx,xcd->acbd', 'xab,dxc->dcba', 'axby,ycx->acb', 'xyab,xyc->xyabc', 'xay,xby->xab', 'axbc,xd->dcba']) {
    const s = new Spell({ a: 9, b: 5, c: 6, d: 4, x: 3, y: 7 });
    const [left, right] = text.split('->')[0].split(',');
    assert.is(s.check(s.contract(text, s.source(left), s.source(right))).launches.length, 1, text);
  }
});

test('a masked softmax is one pass over rows', () => {
  const s = new Spell({ b: 3, t: 10, u: 10 });
  const masked = apply('select', apply('le', coordinate(2), coordinate(1)), apply('mul', number(0.5), read(0)), number(-1e30));
  const x = s.map('btu', ['btu'], masked, s.source('btu'));
  const e = s.map('btu', ['btu', 'bt'], apply('exp', apply('sub', read(0), read(1))), x, s.max('btu', 'u', x));
  const y = s.map('btu', ['btu', 'bt'], apply('div', read(0), read(1)), e, s.contract('btu->bt', e));
  const schedule = s.check(y);
  assert.equal(forms(schedule), ['rows']);
  assert.is(schedule.sizes.scratch, 0);
});

test('layer norm and its backward pass are one pass each', () => {
  const s = new Spell({ n: 12, a: 9 });
  const x = s.source('na');
  const centred = s.map('na', ['na', 'n'], apply('sub', read(0), apply('mul', number(1 / 9), read(1))), x, s.contract('na->n', x));
  const deviation = s.map('n', ['n'], apply('sqrt', apply('add', read(0), number(1e-5))), s.contract('na,na->n', centred, centred));
  const y = s.map('na', ['na', 'n', 'a'], apply('mul', apply('div', read(0), read(1)), read(2)), centred, deviation, s.source('a'));
  assert.equal(forms(s.check(y)), ['rows']);
});

test('a loss over classes picks its entry from the row', () => {
  const s = new Spell({ n: 11, v: 13 });
  const logits = s.source('nv');
  const ids = s.source('n', 'input', 'int', 13);
  const e = s.map('nv', ['nv', 'n'], apply('exp', apply('sub', read(0), read(1))), logits, s.max('nv', 'v', logits));
  const pick: Contract = { letters: s.axes('n'), operands: [[0, { ids: 1, over: [0], axis: s.axes('v')[0] }]], result: [0] };
  const picked = s.builder.add('contract', [logits, ids], pick);
  const loss = s.map('n', ['n', 'n'], apply('sub', apply('log', read(0)), read(1)), s.contract('nv->n', e), picked);
  const place: Contract = { letters: s.axes('n'), operands: [[0]], result: [0, { ids: 1, over: [0], axis: s.axes('v')[0] }] };
  const hot = s.builder.add('contract', [loss, ids], place);
  assert.equal(forms(s.check(loss, s.map('nv', ['nv', 'nv'], apply('sub', read(0), read(1)), e, hot))), ['rows']);
});

test('an update writes its states in place, where its gate is open', () => {
  for (const open of [0, 1]) {
    const s = new Spell({ i: 30 });
    const [w, m] = [s.source('i', 'parameter'), s.source('i', 'state')];
    const [gradient, gate] = [s.source('i'), s.source('', 'input', 'bit')];
    s.values.set(nameOf(s, gate), Float64Array.of(open));
    const moment = s.map('i', ['i', 'i'], apply('add', apply('mul', number(0.9), read(0)), read(1)), m, gradient);
    const next = s.map('i', ['i', 'i'], apply('sub', read(0), read(1)), w, moment);
    const outputs: Output[] = [
      { kind: 'state', name: nameOf(s, w), value: next, when: gate },
      { kind: 'state', name: nameOf(s, m), value: moment, when: gate },
    ];
    const schedule = s.check(...outputs);
    assert.equal(forms(schedule), ['points']);
    assert.is(schedule.kernels[0].buffers.filter(({ use }) => use === 'update').length, 2);
  }
});

test('states that exchange their values pass through scratch', () => {
  const s = new Spell({ i: 5, j: 5 });
  const [a, b] = [s.source('i', 'state'), s.source('i', 'state')];
  s.check({ kind: 'state', name: nameOf(s, a), value: b }, { kind: 'state', name: nameOf(s, b), value: a });
});

test('a state whose old value is read elsewhere waits for that', () => {
  const s = new Spell({ i: 6, j: 6 });
  const [w, x] = [s.source('ij', 'parameter'), s.source('ij')];
  const turned = s.contract('ij->ji', w);
  s.check({ kind: 'state', name: nameOf(s, w), value: turned }, s.contract('ij,ij->i', w, x));
});

test('products leave out what a causal mask hides, forward and backward', () => {
  const s = new Spell({ b: 2, t: 130, u: 130, e: 6 });
  const [q, k, v, back] = [s.source('bte'), s.source('bue'), s.source('bue'), s.source('bte')];
  const causal = apply('le', coordinate(2), coordinate(1));
  const x = s.map('btu', ['btu'], apply('select', causal, read(0), number(-1e30)), s.contract('bte,bue->btu', q, k));
  const a = s.map('btu', ['btu', 'bt'], apply('exp', apply('sub', read(0), read(1))), x, s.max('btu', 'u', x));
  const scores = s.map(
    'btu',
    ['btu', 'btu'],
    apply('select', causal, apply('mul', read(0), read(1)), number(0)),
    a,
    s.contract('bte,bue->btu', back, v),
  );
  const schedule = s.check(
    s.contract('btu,bue->bte', a, v),
    s.contract('btu,bte->bue', a, back),
    s.contract('btu,bue->bte', scores, k),
    s.contract('btu,bte->bue', scores, q),
  );
  const loops = schedule.kernels.flatMap(({ form, body }) => (form === 'tiles' ? body.filter(({ is }) => is === 'loop') : []));
  const bounded = loops.filter((loop) => loop.is === 'loop' && (loop.from !== 0 || loop.to !== 'K'));
  assert.is(bounded.length, loops.length);
});

test('a mask that leaves a row empty hides nothing from its product', () => {
  const s = new Spell({ t: 60, u: 60, e: 3 });
  const x = s.map('tu', ['tu'], apply('select', apply('lt', coordinate(1), coordinate(0)), read(0), number(-1e30)), s.source('tu'));
  const a = s.map('tu', ['tu', 't'], apply('exp', apply('sub', read(0), read(1))), x, s.max('tu', 'u', x));
  s.check(s.contract('tu,ue->te', a, s.source('ue')));
});

function nameOf(s: Spell, id: Id): string {
  return (s.builder.nodes[id].attributes as Source).name;
}

test.run();
