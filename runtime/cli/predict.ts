/** `bondsmith predict`: a function of a trained model on rows of a file. */
import { resolve } from 'node:path';
import { callFunction, functionOf } from '../api/call.ts';
import { encodeTensors } from '../checkpoint/safetensors.ts';
import { exactly } from '../data/feed.ts';
import { DATA_FORMATS, readColumns } from '../data/files.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { command, UsageError } from './context.ts';
import { threadsOption, withEngine } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named } from './options.ts';
import { outPath } from './out.ts';
import { openTrained, valuesOf } from './trained.ts';

const options = {
  data: named('<file>', `columns by the names of the inputs: ${DATA_FORMATS}`),
  out: named('<file>', 'the results: tensors (.safetensors), or one JSON object for each row (.jsonl)'),
  function: named('<name>', 'the function, where the model has several'),
  batch: count('<count>', 'rows at once (default: as in training)', { least: 1 }),
  threads: threadsOption,
  last: flag('the weights of the last step, not those of the lowest validation loss'),
  json: flag('print {"out", "rows", "results"}'),
};

export const predictCommand = command({
  name: 'predict',
  argument: '<run>',
  summary: 'Compute a function of a trained model for the rows of a file',
  options,
  examples: [
    'bondsmith predict runs/images --data new.npz --out scores.safetensors',
    'bondsmith predict runs/flowers --data new.csv --out answers.jsonl',
  ],
  run: ([folder], given, context) => run(folder, given, context),
});

async function run(target: string, given: Values<typeof options>, context: Context): Promise<number> {
  const { data, last, batch } = given;
  if (data === undefined) throw new UsageError('predict wants --data FILE');
  const out = outPath(given.out, 'predict', [data]);
  if (!/\.(safetensors|jsonl)$/.test(out)) throw new UsageError(`--out ${out}: expected a name that ends with .safetensors or .jsonl`);
  const trained = openTrained(context, resolve(target), last ? 'last' : 'best');
  const { model, settings, record } = trained;
  const entry = functionOf(model, given.function);
  const { columns } = readColumns(context.files, data, model, exactly(entry.inputs), record.labels);
  const results = await withEngine({ ...context, threads: given.threads }, settings, (engine) =>
    callFunction(engine, model, valuesOf(trained), entry, columns, batch ?? settings.batch),
  );
  const single = Object.entries(results).map(([name, { shape, data: values }]) => ({ name, shape, data: Float32Array.from(values) }));
  const bytes = out.endsWith('.jsonl') ? [new TextEncoder().encode(linesOf(results))] : encodeTensors(single);
  context.files.replace(out, bytes);
  const rows = single[0]?.shape[0] ?? 1;
  const told = single.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  context.out(
    given.json
      ? `${JSON.stringify({ out, rows, results: Object.fromEntries(single.map(({ name, shape }) => [name, shape])) })}\n`
      : `${told.join(', ')}, written to ${out}\n`,
  );
  return 0;
}

/** `{"scores":[0.1,0.9]}` for each position of the first axis. */
function linesOf(results: Readonly<Record<string, HostTensor>>): string {
  const rows = Math.min(...Object.values(results).map(({ shape }) => shape[0] ?? 1));
  const lines = Array.from({ length: rows }, (_, row) => {
    const parts = Object.entries(results).map(([name, { shape, data }]) => {
      const each = data.length / rows;
      const own = Array.from(data.slice(row * each, (row + 1) * each));
      return [name, shape.length <= 1 ? own[0] : own] as const;
    });
    return `${JSON.stringify(Object.fromEntries(parts))}\n`;
  });
  return lines.join('');
}
