/** One set of rows in every format that data come in: the same columns, and a bad row is named by file and line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { readColumns } from '../../runtime/data/files.ts';
import type { Labels } from '../../runtime/data/memory.ts';
import { modelWith } from './models.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith data é '));
test.after(() => rmSync(folder, { recursive: true }));
const model = modelWith(
  [
    ['batch', { open: 0 }],
    ['width', 3],
    ['kinds', 3],
  ],
  [
    { name: 'x', axes: [0, 1], type: 'real' },
    { name: 'kind', axes: [0], type: 'int', index: 2 },
    { name: 'count', axes: [0], type: 'int' },
  ],
);
const rows = Array.from({ length: 12 }, (_, k) => ({ x: [k / 4, -k, k % 3], kind: k % 3, count: k - 5 }));
const names = ['ash', 'b "quoted", tree', 'beech'];
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const lines = (separator: string, named: boolean) =>
  [
    ['x[1]', 'x[2]', 'x[3]', 'kind', 'passed over', 'count'],
    ...rows.map(({ x, kind, count }) => [...x, named ? cell(names[kind]) : kind, 'two words', count]),
  ]
    .map((cells) => `${cells.join(separator)}\r\n`)
    .join('');
const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const columnsIn = (path: string, labels: Labels = {}) => {
  const { columns, labels: found } = readColumns(nodeFiles(), path, model, { labels });
  const plain = Object.fromEntries(
    [...columns].map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...Array.from(data)] }]),
  );
  return { plain, columns, labels: found };
};
const expected = {
  x: { shape: [12, 3], data: rows.flatMap(({ x }) => x.map((value) => value + 0)) },
  kind: { shape: [12], data: rows.map(({ kind }) => kind) },
  count: { shape: [12], data: rows.map(({ count }) => count) },
};
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

for (const [what, path] of [
  ['CSV, with a byte order mark', write('rows.csv', `\ufeff${lines(',', false)}`)],
  ['TSV', write('rows.tsv', lines('\t', false))],
  ['JSON lines', write('rows.jsonl', rows.map((row) => `${JSON.stringify(row)}\n\n`).join(''))],
  ['NumPy', fixture('rows.npz')],
  [
    'safetensors',
    write(
      'rows.safetensors',
      Buffer.concat([
        ...encodeTensors([
          { name: 'x', shape: [12, 3], data: Float32Array.from(expected.x.data) },
          { name: 'kind', shape: [12], data: Int32Array.from(expected.kind.data) },
          { name: 'count', shape: [12], data: Int32Array.from(expected.count.data) },
        ]),
      ]),
    ),
  ],
] as const)
  test(`${what}: the columns of the rows`, () => {
    // Zero has a sign in some formats and none in others.
    const { plain } = columnsIn(path);
    for (const column of Object.values(plain)) column.data = column.data.map((value) => (value === 0 ? 0 : value));
    const own = structuredClone(expected);
    own.x.data = own.x.data.map((value) => (value === 0 ? 0 : value));
    assert.equal(plain, own);
  });

test('integers stay integers in tables; words are the labels of their axis, and stay so', () => {
  const { columns, labels } = columnsIn(write('words.csv', lines(',', true)));
  assert.instance(columns.get('kind')!.data, Int32Array);
  assert.instance(columns.get('count')!.data, Int32Array);
  assert.equal(labels, { kinds: names });
  assert.equal([...Array.from(columns.get('kind')!.data)], expected.kind.data);
  const other = columnsIn(write('one.jsonl', '{"x": [1, 2, 3], "kind": "beech", "count": 1}\n'), labels);
  assert.equal(other.plain.kind.data, [2]);
});

const bad = (name: string, content: string, reason: RegExp, labels?: Labels) =>
  assert.throws(
    () => columnsIn(write(name, content), labels),
    (error: Error) => {
      assert.match(error.message, reason);
      return true;
    },
  );

test('a bad row is named by file and line', () => {
  const head = 'x[1],x[2],x[3],kind,count\n1,2,3,0,1\n';
  bad('bad.csv', `${head}1,2,3,0\n`, /bad\.csv:3: 4 cells, the first line names 5 columns/);
  bad('bad.csv', `${head}1,"2\n",3,0\n`, /bad\.csv:3: 4 cells/);
  bad('bad.csv', `${head}1,2,"3\n`, /bad\.csv:3: a quoted cell has no end/);
  bad('bad.csv', `${head}1,2,many,0,1\n`, /bad\.csv:3: x is "many", expected a number/);
  bad('bad.csv', `${head}1,2,,0,1\n`, /bad\.csv:3: x is "", expected a number/);
  bad('bad.csv', 'x,x\n1,2\n', /bad\.csv:1: two columns are called x/);
  bad('bad.csv', 'x[2],x[1]\n1,2\n', /bad\.csv:1: column x\[2\] is out of order, expected x\[1\]/);
  bad('bad.csv', '', /bad\.csv is empty/);
  bad('bad.csv', head.slice(0, head.indexOf('\n') + 1), /bad\.csv has no rows/);
  bad('bad.tsv', 'x\tkind\n1\t2\n', /bad\.tsv:2: there is no count|x is one value|there is no column count/);
  bad(
    'bad.jsonl',
    '{"x": [1,2,3], "kind": 0, "count": 1}\n\n{"x": [1,2], "kind": 0, "count": 1}\n',
    /bad\.jsonl:3: x has 2 values where the first row has 3/,
  );
  bad('bad.jsonl', '{"x": [1,2,3], "kind": 0, "count": 1}\n{"x": [1,2,3], "kind": 0\n', /bad\.jsonl:2: not JSON/);
  bad('bad.jsonl', '[1]\n', /bad\.jsonl:1: expected an object in braces/);
  bad('bad.jsonl', '{"x": [1,2,null], "kind": 0, "count": 1}\n', /bad\.jsonl:1: x is null, expected a number/);
  bad('bad.jsonl', '{"x": [1,2,3], "kind": 0}\n', /bad\.jsonl:1: there is no count; it has x, kind/);
  bad('bad.jsonl', '{"x": [1,2,3], "kind": "elm", "count": 1}\n', /bad\.jsonl:1: kind is "elm", which is no label of kinds: ash, beech/, {
    kinds: ['ash', 'beech'],
  });
  bad('bad.npz', 'no zip', /bad\.npz: it is no \.npz file/);
  assert.throws(() => columnsIn(fixture('fortran.npz')), /x lies column by column; write it with np\.ascontiguousarray/);
  assert.throws(() => columnsIn(fixture('packed.npz')), /is compressed; write it with np\.savez/);
});

test.run();
