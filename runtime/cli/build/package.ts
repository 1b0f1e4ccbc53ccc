/** A model as a npm package that runs in Node and in pages: kernels, launches of any size, weights, a typed module. */
import { compileOpenStep, layoutOf } from '../../../compiler/index.ts';
import type { Kernel } from '../../../compiler/values/kernel.ts';
import type { Entry, Model } from '../../../compiler/values/model.ts';
import { wasm } from '../../../compiler/values/target.ts';
import { rowAxisOf } from '../../api/call.ts';
import { encodeTensors } from '../../checkpoint/safetensors.ts';
import { VERSION } from '../../checkpoint/version.ts';
import { type PrintedModules, printedModules } from '../../engine/wasm/printed.ts';
import { checksum } from '../../package/checksum.ts';
import type { CarriedEntry, CarriedProgram } from '../../package/program.ts';
import { carriedRunner } from './carry.ts';
import { chosenEntries, openAxes, signatureOf, sizedOrTold, usesAxis } from './entries.ts';
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

function openEntries({ model, planned, entries }: Building): Opened {
  const { axes, most, sizes } = openAxes(model, planned);
  const open = axes.map(({ name }, k) => ({ name, most: most[k] ?? 2 * sizes[name] }));
  const kernels = new Map<string, Kernel>();
  const chosen = chosenEntries(model, entries).map((entry): CarriedEntry => {
    const own = axes.filter(({ id }) => usesAxis(model, entry, id));
    const names = own.map(({ name }) => name);
    const compiled = sizedOrTold(() =>
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

function rowsOf(model: Model, entry: Entry, open: readonly string[], used: readonly string[]): Pick<CarriedEntry, 'rows'> {
  const row = entry.kind === 'function' ? rowAxisOf(model, entry) : undefined;
  return row === undefined || !used.includes(row) ? {} : { rows: open.indexOf(row) };
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
