/** The package as a stranger gets it: packed, installed into an empty project, run, imported, type-checked there. And the command in the clone. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apiExamples } from '../api/examples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bondsmith-package-'));
const project = join(folder, 'project');
const inProject = (...path: string[]) => join(project, ...path);
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** The Node that runs this test comes first; what npm tells its scripts of this project must not reach an npm elsewhere. */
const environment = Object.fromEntries(
  Object.entries({ ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }).filter(
    ([name]) => !/^npm_(package|lifecycle|command|execpath|config_local_prefix|config_prefix)/.test(name),
  ),
);
const execute = promisify(execFile);

interface Ran {
  readonly code: number;
  readonly out: string;
}
async function run(cwd: string, command: string, ...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, env: environment, maxBuffer: 2 ** 26 });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Error & { code: number; stdout: string; stderr: string };
    return { code, out: stdout + stderr };
  }
}
async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, out } = await run(...call);
  if (code !== 0) throw new Error(`${call.slice(1).join(' ')} ended with ${code}:\n${out}`);
  return out;
}

const program = `edition 1
model Small(vocab = 8, width = 16) {
  axis batch
  input ids[batch] in vocab, next[batch] in vocab
  embed: [vocab, width] ~ normal(0.3)
  up: linear[width -> width]
  head: linear[width -> vocab]
  loss likely = mean(cross_entropy[vocab](head(relu(up(embed[ids]))), next))
}
variant Mpo of Small { decompose up as mpo[4*4, 4*4](b = 2) }
`;
const script = `import { compile, compileStep, describeModel, Refused } from 'bondsmith';
import { plan } from 'bondsmith/network';
const model = compile({ file: 'small.bond', variant: 'Mpo' });
const step = compileStep(model, { entries: [{ name: 'likely', weight: 1 }], sizes: { batch: 4 }, mode: 'eval' });
console.log(describeModel(model).parameters.total, step.batch.sizes.persistent > 0, typeof plan);
try {
  compile({ file: 'broken.bond', text: 'edition 1\\nmodel X( {}' });
} catch (error) {
  console.log(error instanceof Refused, error instanceof Refused && error.diagnostics[0].code);
}
`;

test('it packs and installs into an empty project', async () => {
  await succeed(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  mkdirSync(project);
  writeFileSync(inProject('package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  await succeed(project, 'npm', 'install', join(folder, `${name}-${version}.tgz`), '--prefer-offline', '--no-audit', '--no-fund');
});

test('the package holds compiled code, declarations and what a reader wants; no sources, tests or examples', () => {
  const has = (path: string) => existsSync(inProject('node_modules/bondsmith', path));
  for (const path of ['dist/runtime/index.js', 'dist/runtime/index.d.ts', 'bin/bondsmith.js', 'LICENSE', 'README.md', 'CHANGELOG.md'])
    assert.ok(has(path), path);
  const page = readFileSync(inProject('node_modules/bondsmith/README.md'), 'utf8');
  const links = [...page.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !link.includes(':'));
  assert.ok(links.length > 5 && /npm install/.test(page));
  for (const link of links) assert.ok(has(link), `README links to ${link}`);
  for (const path of ['test', 'examples', 'runtime', 'compiler', 'node_modules', 'dist/test']) assert.not.ok(has(path), path);
  const { scripts } = JSON.parse(readFileSync(inProject('node_modules/bondsmith/package.json'), 'utf8'));
  assert.equal(
    Object.keys(scripts).filter((name) => /install/.test(name)),
    [],
  );
});

test('the command works there', async () => {
  writeFileSync(inProject('small.bond'), program);
  assert.match(await succeed(project, 'npx', '--no-install', 'bondsmith', '--help'), /bondsmith check <file>/);
  assert.match(await succeed(project, 'npx', '--no-install', 'bondsmith', 'check', 'small.bond'), /small\.bond: no errors/);
  writeFileSync(inProject('wrong.bond'), program.replace('relu(up', 'relu(upp'));
  const wrong = await run(project, 'npx', '--no-install', 'bondsmith', 'check', 'wrong.bond');
  assert.is(wrong.code, 1);
  assert.match(wrong.out, /did you mean `up`\?/);
});

test('it can be imported there, and its types resolve without switching library checks off', async () => {
  writeFileSync(inProject('script.ts'), script);
  assert.is(await succeed(project, process.execPath, 'script.ts'), '344 true function\ntrue B001\n');
  const options = { module: 'nodenext', target: 'es2024', lib: ['es2024', 'dom'], types: [], strict: true, noEmit: true };
  writeFileSync(inProject('tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['script.ts', 'api.ts'] }));
  writeFileSync(inProject('api.ts'), apiExamples('bondsmith'));
  // Were the types not found, all would be `any`, and the last line no error.
  writeFileSync(inProject('script.ts'), `${script}const wrong: number = model.name;\n`);
  const checked = await run(project, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false');
  const lines = checked.out.trim().split('\n');
  assert.equal([lines.length, lines[0].replace(/^[^:]*: /, '')], [1, "error TS2322: Type 'string' is not assignable to type 'number'."]);
});

test('the command works in a clone, from its sources', async () => {
  assert.match(await succeed(root, 'npx', '--no-install', 'bondsmith', 'check', 'examples/char-gpt/char-gpt.bond'), /no errors/);
});

test.run();
