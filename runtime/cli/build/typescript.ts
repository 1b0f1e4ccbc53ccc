/** The typed face of a package: one function for each entry, written as TypeScript, given out as JavaScript with its declarations. */
import type { CarriedAxis, CarriedEntry, CarriedProgram } from '../../package/program.ts';
import { identifiers } from './identifiers.ts';
import { keyOf } from './package-texts.ts';

export interface Face {
  readonly source: string;
  readonly script: string;
  readonly declarations: string;
}

/** `files`: what lies beside it and is read when the package is opened. */
export async function faceOf(program: CarriedProgram, files: readonly string[]): Promise<Face> {
  const { ModuleKind, ModuleResolutionKind, Project, ScriptTarget, VariableDeclarationKind } = await import('ts-morph');
  const project = new Project({
    useInMemoryFileSystem: true,
    compilerOptions: {
      target: ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      module: ModuleKind.ESNext,
      moduleResolution: ModuleResolutionKind.Bundler,
      declaration: true,
      strict: true,
    },
  });
  project.createSourceFile('/runner.d.ts', RUNNER);
  project.createSourceFile('/program.d.ts', 'export declare const program: unknown;\n');
  const face = project.createSourceFile('/index.ts', `/** ${program.name}, built by bondsmith ${program.bondsmith}. */\n`);
  face.addImportDeclaration({ moduleSpecifier: './program.js', namedImports: ['program'] });
  face.addImportDeclaration({
    moduleSpecifier: './runner.js',
    namedImports: [
      'open',
      { name: 'Options', isTypeOnly: true },
      { name: 'Result', isTypeOnly: true },
      { name: 'Tensor', isTypeOnly: true },
    ],
  });
  face.addExportDeclaration({ moduleSpecifier: './runner.js', isTypeOnly: true, namedExports: ['Options', 'Result', 'Tensor'] });
  const names = identifiers(program.entries.map(({ name }) => name));
  const type = `${identifiers([program.name])
    .get(program.name)!
    .replace(/^./, (letter) => letter.toUpperCase())}`;
  face.addInterface({
    name: type,
    isExported: true,
    docs: [`The model. ${program.open.map(({ name, most }) => `${name}: 1 to ${most}`).join('; ')}.`],
    methods: [
      ...program.entries.map((entry) => ({
        name: names.get(entry.name)!,
        docs: [describe(entry, program)],
        parameters: [
          {
            name: 'inputs',
            type: `{ ${entry.inputs.map(({ name, axes }) => `${JSON.stringify(name)}: Tensor<${shapeOf(axes)}>`).join('; ')} }`,
          },
        ],
        returnType: `Promise<{ ${entry.results.map(({ name, axes }) => `${JSON.stringify(name)}: Result<${shapeOf(axes)}>`).join('; ')} }>`,
      })),
      { name: 'close', docs: ['Ends its threads; it is of no use afterwards.'], returnType: 'void' },
    ],
  });
  face.addVariableStatement({
    declarationKind: VariableDeclarationKind.Const,
    declarations: [
      {
        name: 'files',
        initializer: `new Map<string, () => URL>([\n${files.map((file) => `  ['${file}', () => new URL('./${file}', import.meta.url)],\n`).join('')}])`,
      },
    ],
  });
  face.addFunction({
    name: 'load',
    isExported: true,
    isAsync: true,
    docs: ['Reads the code and the weights that lie beside this file.'],
    parameters: [{ name: 'options', type: 'Options', initializer: '{}' }],
    returnType: `Promise<${type}>`,
    statements: [
      'const net = await open(program, files, options);',
      `return {\n${program.entries.map(({ name }) => `  ${methodOf(names.get(name)!)}: (inputs: Record<string, Tensor>) => net.call(${JSON.stringify(name)}, inputs) as Promise<never>,\n`).join('')}  close: () => net.close(),\n};`,
    ],
  });
  const wrong = project.getPreEmitDiagnostics().filter((own) => own.getSourceFile()?.getFilePath() === '/index.ts');
  if (wrong.length > 0)
    throw new Error(wrong.map((own) => `index.ts:${own.getLineNumber()}: ${JSON.stringify(own.getMessageText())}`).join('\n'));
  const emitted = face.getEmitOutput().getOutputFiles();
  const text = (end: string) => emitted.find((file) => file.getFilePath().endsWith(end))!.getText();
  return { source: face.getFullText(), script: text('.js'), declarations: text('.d.ts') };
}

/** An identifier as it stands, but for the one that would set a prototype. */
const methodOf = (name: string) => (name === '__proto__' ? keyOf(name) : name);

/** Labels are of the axes; a name that is none in TypeScript gets another one. */
function shapeOf(axes: readonly CarriedAxis[]): string {
  const names = identifiers(axes.map(({ name }, k) => `${name}${axes.findIndex((own) => own.name === name) === k ? '' : k}`));
  return `[${[...names.values()].map((name) => `${name}: number`).join(', ')}]`;
}

function describe({ inputs, results }: CarriedEntry, { open }: CarriedProgram): string {
  const axes = (all: readonly CarriedAxis[]) =>
    `[${all.map(({ name, size }) => (typeof size === 'number' ? `${name} = ${size}` : open[size.open].name)).join(', ')}]`;
  const taken = inputs.map(
    ({ name, axes: own, type, below }) => `\`${name}${axes(own)}\`: ${type}${below === undefined ? '' : ` below ${below}`}`,
  );
  const given = results.map(({ name, axes: own }) => `\`${name}${axes(own)}\``);
  return `${taken.join('; ')}. Gives ${given.join(', ')}.`;
}

/** Declarations of the runner, which is a bundle. */
export const RUNNER = `/** Row-major numbers; \`shape\` has a length for each axis. */
export interface Tensor<Shape extends readonly number[] = readonly number[]> {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}
export interface Result<Shape extends readonly number[] = readonly number[]> {
  readonly data: Float32Array;
  readonly shape: Shape;
}
export interface Options {
  /** Threads that share the work; default all cores, one where memory cannot be shared. Results do not depend on it. */
  readonly threads?: number;
  /** Brings the bytes of a file of this package, where the bundler or the server keeps it elsewhere. */
  readonly read?: (file: string) => Promise<Uint8Array> | Uint8Array;
  /** Told once why there are fewer threads than were asked for. */
  readonly tell?: (text: string) => void;
}
export interface Net {
  call(name: string, inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Result>>;
  close(): void;
}
export declare function open(program: unknown, files: unknown, options?: Options): Promise<Net>;
`;
