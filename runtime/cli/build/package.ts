/** A model as a npm package that runs in Node and in pages: kernels, launches of any size, weights, a typed module. */
import { compileOpenStep, layoutOf, NotSized } from '../../../compiler/index.ts';
import type { Kernel } from '../../../compiler/values/kernel.ts';
import type { AxisId, Entry, Model } from '../../../compiler/values/model.ts';
import { wasm } from '../../../compiler/values/target.ts';
import { rowAxisOf } from '../../api/call.ts';
import { encodeTensors } from '../../checkpoint/safetensors.ts';
import { type PrintedModules, printedModules } from '../../engine/wasm/printed.ts';
import { checksum } from '../../package/checksum.ts';
import type { CarriedAxis, CarriedEntry, CarriedProgram } from '../../package/program.ts';
import { Problem } from '../context.ts';
import { VERSION } from '../version.ts';
import { carriedRunner } from './carry.ts';
import { type Building, type Built, encoded } from './files.ts';
import { checkPackage } from './package-check.ts';
import { exampleOf, manifest, readme } from './package-texts.ts';
import { faceOf, RUNNER } from './typescript.ts';

const KERNELS = { plain: 'kernels.wasm', fused: 'kernels.fused.wasm' } as const;
const WEIGHTS = 'weights.safetensors';

/** Throws Problem where an entry does not exist, where sizes cannot be left open, or where the package does not give the engine's numbers. */
export async function packageFiles(building: Building): Promise<Built> {
  const { model, values } = building;
  const weights = joined(
    encodeTensors(
      model.parameters.map(({ names, id }) => ({ name: names[0], shape: values[id].shape, data: Float32Array.from(values[id].data) })),
    ),
  );
  const { entries, kernels, open } = openEntries(building);
  const modules = printedModules(kernels);
  const program = carriedProgram(model, { entries, open, kernels, modules, weights });
  const binary = new Map([
    [KERNELS.plain, modules.kernels.plain.bytes],
    [KERNELS.fused, modules.kernels.fused.bytes],
    [WEIGHTS, weights],
  ]);
  const checked = await checkPackage(program, binary, building);
  const runner = await carriedRunner();
  const face = await faceOf(program, [...binary.keys(), 'worker.js']);
  const texts: [string, string][] = [
    ['package.json', manifest(program)],
    ['README.md', readme(program, checked)],
    ['example.mjs', exampleOf(program)],
    ['index.ts', face.source],
    ['index.js', face.script],
    ['index.d.ts', face.declarations],
    ['runner.d.ts', RUNNER],
    ['program.js', `export const program = JSON.parse(${JSON.stringify(JSON.stringify(program))});\n`],
    ['program.d.ts', 'export declare const program: unknown;\n'],
  ];
  const files = new Map<string, Iterable<Uint8Array>>([
    ...texts.map(([name, text]) => [name, encoded(text)] as const),
    ...[...runner, ...binary].map(([name, bytes]) => [name, [bytes]] as const),
  ]);
  return { files, left: [], notes: [checked] };
}

function joined(parts: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from(Buffer.concat([...parts]));
}

interface Opened {
  readonly entries: readonly CarriedEntry[];
  readonly kernels: readonly Kernel[];
  readonly open: CarriedProgram['open'];
}

/** Rows of an axis without a limit: what is planned for, and twice as many in one run. */
const PLANNED = 8;

function openEntries({ model, planned, entries }: Building): Opened {
  const axes = model.axes.filter(({ id, size }) => typeof size !== 'number' && size.open === id);
  const most = axes.map(({ size }) => (typeof size === 'number' ? undefined : size.max));
  const sizes = Object.fromEntries(axes.map(({ name }, k) => [name, planned.get(name) ?? most[k] ?? PLANNED]));
  const open = axes.map(({ name }, k) => ({ name, most: most[k] ?? 2 * sizes[name] }));
  const kernels = new Map<string, Kernel>();
  const chosen = chosenEntries(model, entries).map((entry): CarriedEntry => {
    const own = axes.filter(({ id }) => usesAxis(model, entry, id));
    const names = own.map(({ name }) => name);
    const compiled = openStep(() =>
      compileOpenStep(
        model,
        { entries: [{ name: entry.name, weight: 1 }], sizes, mode: 'eval', layout: layoutOf(model) },
        open.map(({ name }) => name),
        most,
        wasm,
      ),
    );
    for (const kernel of compiled.kernels) kernels.set(kernel.key, kernel);
    return {
      ...signatureOf(
        model,
        entry,
        axes.map(({ id }) => id),
      ),
      ...rowsOf(
        model,
        entry,
        axes.map(({ name }) => name),
        names,
      ),
      step: compiled.step,
    };
  });
  return { entries: chosen, kernels: [...kernels.values()], open };
}

function openStep<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof NotSized) throw new Problem(`a package for any size cannot be made: ${error.message}; nothing was written`);
    throw error;
  }
}

function chosenEntries(model: Model, names: readonly string[] | undefined): Entry[] {
  const all = model.entries;
  const list = all.map(({ name, kind }) => `${name} (${kind})`).join(', ');
  if (names === undefined) {
    const functions = all.filter(({ kind }) => kind === 'function');
    if (functions.length === 0) throw new Problem(`${model.name} has no function; name what is built by --entry: ${list}`);
    return functions;
  }
  return names.map((name) => {
    const found = all.find((entry) => entry.name === name);
    if (found === undefined) throw new Problem(`${model.name} has no entry ${name}; it has ${list}`);
    return found;
  });
}

function usesAxis(model: Model, { inputs }: Entry, axis: AxisId): boolean {
  return inputs.some(({ axes }) => axes.some((own) => openOf(model, own) === axis));
}
/** An open axis that no input of the entry has. */
function hasOwnSize(model: Model, entry: Entry, axis: AxisId): boolean {
  const open = openOf(model, axis);
  return open !== undefined && !usesAxis(model, entry, open);
}
function openOf(model: Model, axis: AxisId): AxisId | undefined {
  const { size } = model.axes[axis];
  return typeof size === 'number' ? undefined : size.open;
}

function rowsOf(model: Model, entry: Entry, open: readonly string[], used: readonly string[]): Pick<CarriedEntry, 'rows'> {
  const row = entry.kind === 'function' ? rowAxisOf(model, entry) : undefined;
  return row === undefined || !used.includes(row) ? {} : { rows: open.indexOf(row) };
}

function signatureOf(model: Model, entry: Entry, open: readonly AxisId[]): Omit<CarriedEntry, 'step' | 'rows'> {
  const axesOf = (axes: readonly AxisId[]) =>
    axes.map((axis): CarriedAxis => {
      const own = openOf(model, axis);
      return { name: model.axes[axis].name, size: own === undefined ? (model.axes[axis].size as number) : { open: open.indexOf(own) } };
    });
  const inputs = entry.inputs.map(({ name, type, axes, index }) => {
    const below = index === undefined ? undefined : model.axes[index].size;
    return { name, type, axes: axesOf(axes), ...(typeof below === 'number' ? { below } : {}) };
  });
  const { results, statements } = entry.eval;
  const unknown = results.flatMap(({ value }) => statements[value].axes).find((axis) => hasOwnSize(model, entry, axis));
  if (unknown !== undefined)
    throw new Problem(`${entry.name} gives the axis ${model.axes[unknown].name}, whose size no input of it has; nothing was written`);
  const named = results.map(({ name, value }) => ({
    name: entry.kind === 'function' ? name : entry.name,
    key: results.length === 1 ? entry.name : `${entry.name}.${name}`,
    axes: axesOf(statements[value].axes),
  }));
  return { name: entry.name, inputs, results: named };
}

interface Parts extends Opened {
  readonly modules: PrintedModules;
  readonly weights: Uint8Array;
}

function carriedProgram(model: Model, { entries, open, kernels, modules, weights }: Parts): CarriedProgram {
  const layout = layoutOf(model);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const inline = ({ bytes, at }: { readonly bytes: Uint8Array; readonly at: number }) => ({ bytes: base64(bytes), at });
  const file = (own: 'plain' | 'fused') => ({
    file: KERNELS[own],
    checksum: checksum(modules.kernels[own].bytes),
    at: modules.kernels[own].at,
  });
  return {
    bondsmith: VERSION,
    name: model.name,
    digest: model.digest,
    open,
    entries,
    persistent: layout.size,
    parameters: layout.members.map(({ name, type, address }) => ({
      name,
      offset: address.offset,
      shape: type.axes.map(({ size }) => size),
    })),
    kernels: kernels.map(({ key }) => key),
    code: {
      probe: base64(modules.probe),
      walk: base64(modules.walk),
      walkShared: base64(modules.walkShared),
      micro: { plain: inline(modules.micro.plain), fused: inline(modules.micro.fused) },
      kernels: { plain: file('plain'), fused: file('fused') },
    },
    weights: { file: WEIGHTS, checksum: checksum(weights) },
  };
}
