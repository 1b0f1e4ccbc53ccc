/**
 * Writes reference.md from the code: commands, the standard library, built-in names, operations, error codes. What can be read off the
 * code is not written twice. Run: node docs/generate.ts. With `--check` nothing is written and the exit code tells whether it is current.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtinNames } from '../compiler/check/bodies/builtin.ts';
import { table } from '../compiler/index.ts';
import { std } from '../compiler/std/index.ts';
import type { Operation } from '../compiler/values/operation.ts';
import { parse } from '../grammar/parse.ts';
import { print } from '../grammar/printer.ts';
import { contextual, reserved } from '../grammar/tokens.ts';
import type * as tree from '../grammar/tree.ts';
import { commands, helpText } from '../runtime/cli/run.ts';
import { topologyTable } from './topologies.ts';

const root = new URL('../', import.meta.url);
const target = new URL('reference.md', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const code = (language: string, lines: readonly string[]) => [`\`\`\`${language}`, ...lines, '```', ''];

// standard library ---------------------------------------------------------------------------------------------------------
function standardLibrary(): string[] {
  const items = [...std].flatMap(([module, text]) => parse(text, `std/${module}.bond`).file.items);
  const texts = (wanted: (item: tree.FileItem) => boolean, show: (item: tree.FileItem) => string[]) => items.filter(wanted).flatMap(show);
  return [
    '## Functions',
    '',
    ...code(
      'text',
      texts((item) => item.kind === 'fn', signature),
    ),
    '## Layers',
    '',
    'Each with what its `forward` takes and gives, and its parameters and members.',
    '',
    ...code(
      'text',
      texts((item) => item.kind === 'layer', layer),
    ),
    '## Topologies',
    '',
    ...topologyTable(items.filter((item) => item.kind === 'topology')),
    ...code(
      'text',
      texts((item) => item.kind === 'topology', whole),
    ),
  ];
}

function whole(item: tree.FileItem): string[] {
  return print({ kind: 'file', uses: [], items: [item], comments: [], place: item.place })
    .trimEnd()
    .split('\n');
}
/** The head of a definition, without the body. */
function signature(item: tree.FileItem): string[] {
  const text = whole(item).join('\n');
  const body = /\s*(\{|=\s(?!.*->))/.exec(text.slice(text.lastIndexOf('->')));
  const cut = body === null ? text.length : text.lastIndexOf('->') + body.index;
  return [text.slice(0, cut).replace(/\n\s+/g, ' ')];
}
function layer(item: tree.FileItem): string[] {
  const lines = whole(item);
  const members = lines.filter((line) => /^ {2}[a-z_, ]+(\[[^\]]*\])?: /.test(line));
  const forward = lines.filter((line) => /^ {2}forward/.test(line)).map((line) => line.replace(/ \{.*$/, ''));
  return [lines[0].replace(/ \{$/, ''), ...members, ...forward];
}

// operations ---------------------------------------------------------------------------------------------------------------
/** The first comment of the file in which an operation stands says what it is. */
function operations(): string[] {
  const rows = [...table.values()].map((operation) => {
    const text = read(`compiler/program/operations/${operation.name}.ts`);
    return `| \`${operation.name}\` | ${headComment(text)} | ${gradientOf(operation)} |`;
  });
  return [
    '## Operations',
    '',
    'What programs are made of (`--dump program`).',
    '',
    '| Name | What it is | Gradient |',
    '|---|---|---|',
    ...rows,
    '',
  ];
}
function headComment(text: string): string {
  const comment = /\/\*\*(.*?)\*\//s.exec(text)?.[1] ?? '';
  return comment.replace(/\n \*/g, ' ').replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}
const gradientOf = ({ gradient }: Operation) => (gradient === 'none' ? 'none' : 'yes');

// error codes --------------------------------------------------------------------------------------------------------------
const groups: Readonly<Record<string, string>> = {
  B0: 'Syntax',
  B1: 'Names',
  B2: 'Sizes and options',
  B3: 'Axes and values',
  B4: 'Topologies',
  B5: 'Selections',
  B6: 'Structure of variants',
  B7: 'Training state of variants',
  W: 'Warnings',
};
interface Example {
  readonly message: string;
  readonly hint?: string;
}

/** Messages of the programs that the tests refuse, by code; the first of each code. */
function examples(): Map<string, Example> {
  const found = new Map<string, Example>();
  for (const path of globSync('test/{grammar,check}/snapshots/*.txt', { cwd: root }).sort()) {
    const output = read(path).split(/^={80}$/m)[1] ?? '';
    for (const message of output.split(/^(?=(?:error|warning)\[)/m)) {
      const [, number, text] = /^(?:error|warning)\[(\w+)\]: (.*)/.exec(message) ?? [];
      const hint = /^ *= hint: (.*)/m.exec(message)?.[1];
      if (number !== undefined && !found.has(number)) found.set(number, { message: text, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return found;
}

/** Every code that the sources name, and the message that stands next to it, with `…` for what depends on the program. */
function codesInSources(): Map<string, Example> {
  const found = new Map<string, Example>();
  for (const file of globSync('{grammar,compiler}/**/*.ts', { cwd: root }).sort()) {
    const text = read(file);
    for (const { 1: number, index } of text.matchAll(/'(B\d{3}|W\d)'/g)) {
      const template = /\bmessage: [^'`,]{0,60}(?:'([^']*)'|`((?:\\.|[^`\\])*)`)/s.exec(text.slice(index, index + 300));
      const message = (template?.[1] ?? template?.[2] ?? '').replace(/\$\{[^{}]*\}/g, '…').replaceAll('\\', '');
      const known = found.get(number);
      if (known === undefined || known.message === '') found.set(number, { message: message.includes('${') ? '' : message });
    }
  }
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)));
}

function errors(): string[] {
  const shown = examples();
  const codes = codesInSources();
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = (numbers: readonly string[]) =>
    numbers.map((number) => {
      const example = shown.get(number) ?? codes.get(number);
      return `| ${number} | ${cell(example?.message ?? '')} | ${cell(example?.hint ?? '')} |`;
    });
  const sections = Object.entries(groups).flatMap(([prefix, title]) => {
    const own = [...codes.keys()].filter((number) => number.startsWith(prefix));
    return own.length === 0 ? [] : [`### ${title}`, '', '| Code | For example | Hint |', '|---|---|---|', ...rows(own), ''];
  });
  return [
    '## Error codes',
    '',
    'Codes stay. Examples are from programs that the tests refuse, or messages with `…` for what depends on the program.',
    '',
    ...sections,
  ];
}

// the page -----------------------------------------------------------------------------------------------------------------
function wordsInLines(words: readonly string[]): string {
  return [...words]
    .sort()
    .map((word) => `\`${word}\``)
    .join(' ');
}

/** The text that reference.md must have. */
export function reference(): string {
  const help = commands.flatMap((command) => [
    `### bondsmith ${command.name}`,
    '',
    ...code('text', helpText(command).trimEnd().split('\n')),
  ]);
  return [
    '# Reference',
    '',
    'Generated from the code by `node docs/generate.ts`. The tour of the language is `docs/language.md`.',
    '',
    '## Commands',
    '',
    ...code('text', helpText(undefined).trimEnd().split('\n')),
    ...help,
    ...standardLibrary(),
    '## Built-in names',
    '',
    wordsInLines(builtinNames),
    '',
    `Reserved words: ${wordsInLines(reserved)}`,
    '',
    `Words that are also names: ${wordsInLines(contextual)}`,
    '',
    ...operations(),
    ...errors(),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = reference();
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/reference.md is not current: run node docs/generate.ts');
    process.exitCode = 1;
  }
}
