/**
 * Processor time of `check` by stage, warm: `node bench/check/stages.ts [RUNS]`. Medians of a 12-layer BERT with adapters and of a 48-layer
 * MPOBERT, whose bounds are 100 and 300 ms on one quiet core.
 */
import { readFileSync } from 'node:fs';
import { elaborateEntries } from '../../compiler/check/bodies/entries.ts';
import { resolveChain } from '../../compiler/check/chain.ts';
import { finish } from '../../compiler/check/finish.ts';
import { check } from '../../compiler/check/index.ts';
import { instantiateModel } from '../../compiler/check/instantiate.ts';
import { Report } from '../../compiler/check/report.ts';
import { Program } from '../../compiler/check/scope.ts';
import { applyVariants } from '../../compiler/check/variant/index.ts';

const runs = Number(process.argv[2] ?? 9);
const corpus = new URL('../../test/corpus/', import.meta.url);
const load = (path: string) => readFileSync(new URL(path, corpus), 'utf8');
const request = { file: 'variants.bond', text: load('variants.bond'), load };

function milliseconds<Result>(run: () => Result): { readonly result: Result; readonly took: number } {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return { result, took: (user + system) / 1000 };
}

function stages(name: string): Record<string, number> {
  const report = new Report();
  const { result: program, took: parse } = milliseconds(() => new Program(request, report));
  const item = program.main.names.get(name)!.item;
  if (item.kind !== 'variant') throw new Error(`${name} is no variant`);
  const { result: draft, took: instantiate } = milliseconds(() => {
    const chain = resolveChain(program, item, {}, new Set());
    return { chain, draft: instantiateModel(program, chain.model, chain.options, report, {})! };
  });
  const { took: variants } = milliseconds(() => applyVariants(draft.draft, draft.chain.variants));
  const { result: entries, took: bodies } = milliseconds(() => elaborateEntries(draft.draft));
  const { took: end } = milliseconds(() => finish(draft.draft, name, entries));
  const { took: all } = milliseconds(() => check({ ...request, name }));
  return { parse, instantiate, variants, bodies, finish: end, check: all };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
for (const name of ['BertLora', 'MpoBert']) {
  stages(name);
  const all = Array.from({ length: runs }, () => stages(name));
  const told = Object.keys(all[0]).map((stage) => `${stage} ${median(all.map((one) => one[stage])).toFixed(1)}`);
  console.log(`${name}, ms of processor time, median of ${runs}: ${told.join(', ')}`);
}
