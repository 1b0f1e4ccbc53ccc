/** `bondsmith predict`: a function of a trained model on rows of a file. */
import { resolve } from 'node:path';
import type { Entry } from '../../compiler/values/model.ts';
import { callFunction, functionOf } from '../api/call.ts';
import { encodeTensors } from '../checkpoint/safetensors.ts';
import { exactly } from '../data/feed.ts';
import { DATA_FORMATS } from '../data/files.ts';
import type { Column } from '../data/memory.ts';
import type { Longer } from '../data/texts.ts';
import { longestRow } from '../data/texts.ts';
import { taskColumns } from '../tasks/columns.ts';
import { greatest } from '../tasks/metrics.ts';
import type { Task } from '../tasks/presets.ts';
import { readTaskRows } from '../tasks/rows.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { command, UsageError } from './context.ts';
import { engineOption, threadsOption, withEngine } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named } from './options.ts';
import { outPath } from './out.ts';
import { columnsAt, readingOf, tokenizerOf } from './task.ts';
import type { Trained } from './trained.ts';
import { openTrained, valuesOf } from './trained.ts';

const options = {
  data: named('<file>', `columns by the names of the inputs: ${DATA_FORMATS}, or a folder of images`),
  out: named('<file>', 'the results: tensors (.safetensors), or one JSON object for each row (.jsonl)'),
  function: named('<name>', 'the function, where the model has several'),
  batch: count('<count>', 'rows at once (default: as in training)', { least: 1 }),
  engine: engineOption,
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
  const { model, settings, record, folder } = trained;
  const entry = functionOf(model, given.function ?? (settings.task?.label === undefined ? undefined : 'scores'));
  const { task, longer = 'refuse' } = settings;
  const { columns, paths }: { columns: ReadonlyMap<string, Column>; paths?: readonly string[] } =
    task === undefined
      ? columnsAt(
          context,
          data,
          model,
          {
            ...readingOf(context, { ...settings, tokenizer: folder }, model),
            wanted: exactly(entry.inputs),
            labels: record.labels,
          },
          'by name',
        )
      : { columns: columnsOfTexts(context, trained, task, data, entry, longer) };
  const results = await withEngine({ ...context, engine: given.engine, threads: given.threads }, settings, (engine) =>
    callFunction(engine, model, valuesOf(trained), entry, columns, batch ?? settings.batch),
  );
  const single = Object.entries(results).map(([name, { shape, data: values }]) => ({ name, shape, data: Float32Array.from(values) }));
  const bytes = out.endsWith('.jsonl')
    ? [new TextEncoder().encode(linesOf(results, labelsOf(trained, entry), paths))]
    : encodeTensors(single);
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

/** Of a run on a task: the texts of the file by the tokenizer of the run; labels are not looked at. */
function columnsOfTexts(
  context: Context,
  trained: Trained,
  task: Task,
  path: string,
  entry: Entry,
  longer: Longer,
): ReadonlyMap<string, Column> {
  const { model, folder, settings } = trained;
  const tokenizer = tokenizerOf(context, { tokenizer: folder }, model);
  const rows = readTaskRows(context.files, path, task, false);
  const { columns, cut } = taskColumns(
    model,
    entry.inputs,
    task,
    rows,
    tokenizer,
    longestRow(
      model,
      model.inputs.find(({ name }) => name === 'ids'),
      settings.config.sizes,
    ),
    longer,
  );
  if (cut > 0) context.err(`note: ${cut} of ${rows.texts.length} rows were cut\n`);
  return columns;
}

/** Names of what a function's only result scores, where the data gave names. */
function labelsOf({ model, record }: Trained, { eval: body }: Entry): readonly string[] | undefined {
  const [result, ...others] = body.results;
  const axis = others.length > 0 ? undefined : body.statements[result.value].axes.at(-1);
  const name = axis === undefined ? undefined : model.axes[axis].name;
  return name !== undefined && Object.hasOwn(record.labels, name) ? record.labels[name] : undefined;
}

/** `{"scores":[0.1,0.9]}` for each position of the first axis; `labels`: the likeliest is told too; `paths`: so are files. */
function linesOf(results: Readonly<Record<string, HostTensor>>, labels?: readonly string[], paths?: readonly string[]): string {
  const rows = Math.min(...Object.values(results).map(({ shape }) => shape[0] ?? 1));
  const lines = Array.from({ length: rows }, (_, row) => {
    const parts = Object.entries(results).map(([name, { shape, data }]) => {
      const each = data.length / rows;
      const own = Array.from(data.slice(row * each, (row + 1) * each));
      return [name, shape.length <= 1 ? own[0] : own] as const;
    });
    const [[, scores]] = parts;
    const label = labels === undefined || !Array.isArray(scores) ? {} : { label: labels[greatest(scores)] };
    const file = paths === undefined ? {} : { file: paths[row] };
    return `${JSON.stringify({ ...file, ...Object.fromEntries(parts), ...label })}\n`;
  });
  return lines.join('');
}
