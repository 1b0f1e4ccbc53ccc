/** Imports run downward: the rule of the house (ARCHITECTURE.md), checked on the import graph of the sources. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('{grammar,compiler,runtime}/**/*.ts', { cwd: root }).sort();
const compilerRooms = ['check', 'service', 'network', 'program', 'kernel', 'emit', 'export', 'events', 'decode'];
/** From the ground up: a room of the runtime may import those before it. */
const runtimeOrder = [
  'engine',
  'tape',
  'weights',
  'checkpoint',
  'tokens',
  'plan',
  'data',
  'tasks',
  'train',
  'explain',
  'package',
  'corpus',
  'api',
  'lsp',
  'cli',
  'web',
];
/** Useful alone: the runtime may import them by their index, as a user does. */
const publicRooms = ['compiler/network/index.ts', 'compiler/service/index.ts'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)(\s+type)?[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/g)];
  return found.map((match) => {
    const target = match[2] ?? match[3];
    const to = target.startsWith('.') ? normalize(join(dirname(file), target)) : target;
    return { from: file, to, typeOnly: match[1] !== undefined };
  });
}

const imports = sources.flatMap(importsOf);
const roomOf = (file: string) => file.split('/').slice(0, 2).join('/');
const describe = (list: readonly Import[]) => list.map((i) => `${i.from} imports ${i.to}`).join('\n');
const none = (list: readonly Import[]) => assert.is(describe(list), '');

/** Files of the compiler's own folder. */
const isDriver = (file: string) => /^compiler\/[^/]+$/.test(file);

/** The rooms that a compiler room may import besides itself. */
function allowedIn(room: string): readonly string[] {
  if (room === 'values') return [];
  if (room === 'program' || room === 'export') return ['values', 'network'];
  if (room === 'check') return ['values', 'std', 'network'];
  if (room === 'service') return ['values', 'std', 'check'];
  return ['values'];
}

test('the graph is not empty', () => {
  assert.ok(imports.length > 20);
});

test('grammar imports nothing of ours', () => {
  none(imports.filter((i) => i.from.startsWith('grammar/') && /^(compiler|runtime)\//.test(i.to)));
});

test('values import the types of grammar and nothing else of ours', () => {
  const own = imports.filter((i) => i.from.startsWith('compiler/values/') && /^(compiler|runtime|grammar)\//.test(i.to));
  none(own.filter((i) => !i.to.startsWith('compiler/values/') && !(i.to.startsWith('grammar/') && i.typeOnly)));
});

test('a room imports values, its own files, and what the table names', () => {
  const between = imports.filter((i) => i.from.startsWith('compiler/') && i.to.startsWith('compiler/') && !isDriver(i.from));
  none(
    between.filter((i) => {
      const room = i.from.split('/')[1];
      const target = i.to.split('/')[1];
      return target !== room && ![...allowedIn(room)].includes(target);
    }),
  );
});

test('the driver alone imports rooms; nothing of the compiler imports the runtime', () => {
  none(imports.filter((i) => i.from.startsWith('compiler/') && i.to.startsWith('runtime/')));
  const fromRuntime = imports.filter(
    (i) => i.from.startsWith('runtime/') && compilerRooms.some((room) => i.to.startsWith(`compiler/${room}/`)),
  );
  none(
    fromRuntime.filter((i) => !publicRooms.includes(i.to) && !(roomOf(i.from) === 'runtime/engine' && i.to.startsWith('compiler/emit/'))),
  );
});

test('the runtime imports its own rooms downward', () => {
  const own = imports.filter((i) => i.from.startsWith('runtime/') && i.to.startsWith('runtime/') && i.from.split('/').length > 2);
  none(
    own.filter((i) => {
      const [from, to] = [i.from, i.to].map((file) => runtimeOrder.indexOf(file.split('/')[1]));
      return to > from || to === -1;
    }),
  );
});

test('what runs in a page imports nothing of Node', () => {
  const page = /^(grammar|compiler|runtime\/(engine|tape|weights|data|train|explain|api|lsp|web))\//;
  none(imports.filter((i) => page.test(i.from) && i.to.startsWith('node:') && !/(generate|textmate)\.ts$/.test(i.from)));
});

test('kernels know nothing of where nodes come from', () => {
  const reading = sources.filter(
    (file) => file.startsWith('compiler/kernel/') && /\borigin\b/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.equal(reading, []);
});

test('whatever a test compiles is verified after each pass', () => {
  const tests = globSync('test/**/*.ts', { cwd: root });
  const targets = new Map(
    tests.map((file) => {
      const plain = [...readFileSync(join(root, file), 'utf8').matchAll(/(?:^|\n)import '(\.[^']+)'/g)].map(([, to]) =>
        normalize(join(dirname(file), to)),
      );
      return [
        file,
        [
          ...importsOf(file)
            .filter((i) => !i.typeOnly)
            .map((i) => i.to),
          ...plain,
        ],
      ] as const;
    }),
  );
  const reached = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (!seen.has(file)) for (const next of targets.get(file) ?? []) reached(next, seen.add(file));
    return seen.add(file);
  };
  const compiling = /\nimport [^;]*\b(compileStep|stepPrograms?|dump|openSession|runCommand|train)\b[^;]* from '[^']*(compiler|runtime)\//;
  const unverified = tests.filter((file) => {
    const all = file.endsWith('.test.ts') ? [...reached(file)] : [];
    return (
      all.some((f) => f.startsWith('test/') && compiling.test(readFileSync(join(root, f), 'utf8'))) && !all.includes('test/verified.ts')
    );
  });
  assert.equal(unverified, []);
});

test('training does no arithmetic on tensors: it moves their entries in one file, and programs compute', () => {
  const entries = /\bdata\[|\bdata\.(map|reduce|forEach|entries)\b|\bgradient\.map\b/;
  const touching = sources.filter((file) => file.startsWith('runtime/train/') && entries.test(readFileSync(join(root, file), 'utf8')));
  assert.equal(touching, ['runtime/train/transport.ts']);
});

test('no cycle of files', () => {
  const edges = new Map<string, string[]>();
  for (const i of imports) if (!i.typeOnly) edges.set(i.from, [...(edges.get(i.from) ?? []), i.to]);
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    if (state.get(file) === 'open') cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of sources) visit(file, []);
  assert.is(cycles.join('\n'), '');
});

test('no source file is longer than 300 lines, but the one that holds the texts of the library', () => {
  const long = sources.filter(
    (file) => file !== 'compiler/std/index.ts' && readFileSync(join(root, file), 'utf8').split('\n').length > 301,
  );
  assert.equal(long, []);
});

test.run();
