/**
 * What fits a kernel to a machine stands in compiler/values/target.ts, or in that target's folder of compiler/emit: no number of the rooms
 * in between is one. Checked on the syntax trees of the sources, so that no name can hide a number.
 */
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { portableLimits, wasm, webgpu } from '../../compiler/values/target.ts';

const root = new URL('../..', import.meta.url);
const rooms = ['compiler/kernel/*.ts', 'compiler/network/layout.ts', 'compiler/network/objective.ts'];

/** Numbers of three or more, with the reason why they belong to no target. */
const others: Readonly<Record<string, string>> = {
  'cluster.ts 16': 'a weight of short axes against long ones',
  'lower.ts 256': 'the values of a byte, by which the greatest elements are found',
  'lower.ts 1e30': 'max and min over nothing: part of the meaning',
  'join.ts 8': 'the most pairs of digits that are tried',
  'within.ts 1e29': 'what counts as masked: part of the meaning',
  'objective.ts 1e150': 'the range of doubles',
  'objective.ts 64': 'an objective of its own: what a written element weighs there',
  'tile-shape.ts 3': 'a position',
  'write-rows.ts 3': 'a position',
};

function numbersIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(new URL(file, root), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node) && Number(node.text) > 2) {
      const written = Number(node.text) >= 1e20 ? Number(node.text).toExponential().replace('+', '') : node.text;
      found.push(`${file.split('/').at(-1)} ${written}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('no number of a target stands outside its record', () => {
  const found = rooms.flatMap((pattern) => globSync(pattern, { cwd: root })).flatMap(numbersIn);
  assert.equal([...new Set(found)].filter((number) => others[number] === undefined).sort(), []);
  const unused = Object.keys(others).filter((number) => !found.includes(number));
  assert.equal(unused, [], 'reasons for numbers that are not there');
});

test('a GPU below the limits of every adapter is refused by name', () => {
  assert.is(webgpu({ ...portableLimits, maxComputeWorkgroupStorageSize: 32768 }).localMemory, 32768);
  assert.throws(
    () => webgpu({ ...portableLimits, maxStorageBuffersPerShaderStage: 4 }),
    /maxStorageBuffersPerShaderStage is 4; kernels need 8/,
  );
});

test('sums have one order on every target', () => {
  const gpu = webgpu();
  assert.equal([gpu.lanes, gpu.pieces], [wasm.lanes, wasm.pieces]);
});

test.run();
