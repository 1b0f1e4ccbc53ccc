/**
 * Errors of the elementary functions of the WASM kernels at every number of f32, against f64:
 * `node bench/functions.ts [--step N] [FUNCTION...]` prints the table of docs/results/functions.md. Each N-th number; all without it,
 * which takes about ten minutes a function.
 */
import { parseArgs } from 'node:util';
import type { ScalarFunction } from '../compiler/values/program.ts';
import { wasmEngine } from '../runtime/engine/wasm/engine.ts';
import { type Class, classes, functions, numbersOf, type Worst, worstOf } from '../test/emit/function-table.ts';

const { values, positionals } = parseArgs({ options: { step: { type: 'string', default: '1' } }, allowPositionals: true });
const step = Number(values.step);
const wanted = functions.filter((f) => positionals.length === 0 || positionals.includes(f));
const engine = await wasmEngine();

async function worst(f: ScalarFunction, each: Class, negative: boolean): Promise<Worst> {
  let found: Worst = { units: 0, absolute: 0, at: 0 };
  for (const x of numbersOf(each, negative, step)) {
    const next = await worstOf(engine, f, x);
    if (next.units > found.units) found = next;
  }
  return found;
}
const told = ({ units, at }: Worst) => (units === 0 ? 'correctly rounded' : `${units.toFixed(2)} at ${at}`);

console.log(`| function | size | positive | negative |\n|---|---|---:|---:|`);
for (const f of wanted) {
  for (const each of classes)
    console.log(`| ${f} | ${each.name} | ${told(await worst(f, each, false))} | ${told(await worst(f, each, true))} |`);
}
