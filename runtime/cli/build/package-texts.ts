/** The texts of a package beside its code: manifest, page, an example that runs as it stands. */
import type { CarriedAxis, CarriedProgram } from '../../package/program.ts';

/** `CharGpt` is `char-gpt`. */
function packageName({ name }: CarriedProgram): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

export function manifest(program: CarriedProgram): string {
  const code = { types: './index.d.ts', default: './index.js' };
  const content = {
    name: packageName(program),
    version: '0.0.0',
    description: `${program.name}, built by bondsmith ${program.bondsmith}`,
    type: 'module',
    sideEffects: false,
    exports: { '.': code, './wasm': code, './weights.safetensors': './weights.safetensors', './package.json': './package.json' },
    files: ['*.js', '*.d.ts', '*.wasm', '*.safetensors', 'index.ts', 'example.mjs', 'bondsmith.json'],
    engines: { node: '>=20.16' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** A name as the key of an object literal, where `__proto__` alone would be no key. */
export function keyOf(name: string): string {
  return name === '__proto__' ? `['${name}']` : JSON.stringify(name);
}

export function exampleOf(program: CarriedProgram): string {
  const [entry] = program.entries;
  const sizes = program.open.map(({ most }) => Math.min(2, most));
  const inputs = entry.inputs.map(({ name, axes, type, below }) => {
    const shape = axes.map(({ size }) => (typeof size === 'number' ? size : sizes[size.open]));
    const count = shape.reduce((product, size) => product * size, 1);
    const kind = type === 'real' && below === undefined ? 'Float32Array' : 'Int32Array';
    return `  ${keyOf(name)}: { data: new ${kind}(${count}), shape: [${shape.join(', ')}] },\n`;
  });
  const method = `model[${JSON.stringify(entry.name)}]`;
  return `import { load } from './index.js';

const model = await load();
const results = await ${method}({
${inputs.join('')}});
for (const [name, { shape, data }] of Object.entries(results)) console.log(name, shape, data.slice(0, 4));
model.close();
`;
}

export function readme(program: CarriedProgram, checked: string): string {
  const { name, open, bondsmith, entries } = program;
  const axes = (all: readonly CarriedAxis[]) =>
    `[${all.map((axis) => (typeof axis.size === 'number' ? `${axis.name} ${axis.size}` : open[axis.size.open].name)).join(', ')}]`;
  const rows = entries.map((entry) => {
    const taken = entry.inputs.map((input) => `${input.name}${axes(input.axes)}`).join(', ');
    return `| \`${entry.name}\` | ${taken} | ${entry.results.map((result) => `${result.name}${axes(result.axes)}`).join(', ')} |`;
  });
  return `# ${name}

Built by bondsmith ${bondsmith}. It needs nothing: no dependency, no compiler. It runs in Node from 20.16 and in browsers with WebAssembly SIMD.

\`\`\`js
${exampleOf(program)}\`\`\`

| function | takes | gives |
|---|---|---|
${rows.join('\n')}

Sizes: ${open.length === 0 ? 'all are fixed' : open.map((axis) => `${axis.name} from 1 to ${axis.most}`).join(', ')}; more rows of an axis that all inputs and results begin with are run in parts.
The package was ${checked}.

\`load({ threads, read })\`: all cores work where memory can be shared (a page has to be cross-origin isolated and to call it in a worker); \`read\` brings the bytes of a file where a bundler or a server keeps it elsewhere,
as with esbuild, which copies no assets: \`read: async (file) => new Uint8Array(await (await fetch(\`/assets/\${file}\`)).arrayBuffer())\`.
`;
}
