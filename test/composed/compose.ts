/**
 * A program of up to three variants with one to eight statements, drawn from a seed. Every statement is applied where it stands: refused
 * with a place, and then left out, or accepted, and then nothing that was one tensor is two, unless layers were copied. Bodies are
 * elaborated once, when the program is whole: what is refused only then is left out too.
 */
import * as assert from 'uvu/assert';
import { check } from '../../compiler/check/index.ts';
import type { Model, Weight } from '../../compiler/values/model.ts';
import { networksOf } from '../../compiler/values/term.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { corpusText } from '../check/program.ts';
import { randomFrom } from '../grammar/mutate.ts';
import { draws, type Kind, statementOf } from './draw.ts';
import { type Base, bases, imports, prologue } from './models.ts';
import { structureOf, verifyStatements } from './structure.ts';

/** A statement that was drawn, and the code of its refusal. */
export interface Drawn {
  readonly kind: Kind;
  readonly refused?: string;
}
export interface Composed {
  readonly seed: number;
  readonly base: Base;
  readonly text: string;
  readonly drawn: readonly Drawn[];
  readonly model: Model;
  /** The model with none of the statements. */
  readonly dense: Model;
}
interface Line {
  readonly kind: Kind;
  readonly text: string;
  /** Of the variant that it stands in, where it reads one. */
  readonly option?: string;
}

/** Read once: a run of hours is of one corpus. */
const texts = new Map([['./base.bond', prologue]]);
function load(path: string): string {
  const text = texts.get(path) ?? corpusText(path.replace(/^\.\//, ''));
  texts.set(path, text);
  return text;
}
const lastOf = (bodies: readonly (readonly Line[])[]) => `V${bodies.length}`;

function textOf({ of }: Base, bodies: readonly (readonly Line[])[]): string {
  const variants = bodies.map((body, k) => {
    const options = body.flatMap(({ option }) => (option === undefined ? [] : [option]));
    const head = `variant V${k + 1}${options.length === 0 ? '' : `(${options.join(', ')})`} of ${k === 0 ? of : `V${k}`}`;
    return `${head} {\n${body.map(({ text }) => `  ${text}\n`).join('')}}\n`;
  });
  return imports + variants.join('\n');
}

const known = new Map<Base, { readonly bare: Model; readonly dense: Model }>();
/** A base with a variant that says nothing, and without one. */
function startOf(base: Base): { readonly bare: Model; readonly dense: Model } {
  const found = known.get(base);
  if (found !== undefined) return found;
  const text = textOf(base, [[]]);
  const bare = structureOf(text, 'V1', load).model;
  const dense = check({ file: 'main.bond', text, name: 'V1', load, dense: true }).model;
  assert.ok(bare !== undefined && dense !== undefined, `${base.name} is sound`);
  known.set(base, { bare, dense });
  return { bare, dense };
}

export function compose(seed: number): Composed {
  const random = randomFrom(seed * 7919 + 1);
  const base = bases[seed % bases.length]!;
  const { bare, dense } = startOf(base);
  const bodies: Line[][] = [[]];
  const drawn: Drawn[] = [];
  let model = bare;
  const wanted = 1 + random(8);
  const most = 3 * wanted;
  verifyStatements(false);
  for (let tries = 0, accepted = 0; accepted < wanted && tries < most; tries++) {
    const kind = draws[random(draws.length)]!;
    const line = statementOf(kind, { random, model, base, count: tries });
    if (line === undefined) continue;
    const later = bodies.length < 3 && bodies.at(-1)!.length > 0 && random(4) === 0;
    if (later) bodies.push([]);
    bodies.at(-1)!.push({ kind, ...line });
    const text = textOf(base, bodies);
    const context = `seed ${seed}\n${text}`;
    const next = guarded(context, () => structureOf(text, lastOf(bodies), load));
    if (next.model === undefined) {
      drawn.push({ kind, refused: codeOf(next.errors, context) });
      bodies.at(-1)!.pop();
      if (later) bodies.pop();
      continue;
    }
    if (kind !== 'untie' && kind !== 'wrap' && kind !== 'replace') keepsShares(model, next.model, context);
    model = next.model;
    accepted++;
    drawn.push({ kind });
  }
  return { seed, base, dense, ...whole(seed, base, bodies, drawn) };
}

/** The program with its bodies, without the statements that they refuse. */
function whole(seed: number, base: Base, bodies: Line[][], drawn: Drawn[]): Pick<Composed, 'text' | 'model' | 'drawn'> {
  verifyStatements(true);
  for (;;) {
    const text = textOf(base, bodies);
    const context = `seed ${seed}\n${text}`;
    const { model, diagnostics } = guarded(context, () => check({ file: 'main.bond', text, name: lastOf(bodies), load }));
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (model !== undefined) {
      assert.equal(errors, [], context);
      return { text, model, drawn };
    }
    const refused = codeOf(errors, context);
    const line = text.slice(0, errors[0]!.primary.place.from).split('\n').at(-1)!;
    const at = text
      .slice(errors[0]!.primary.place.from - line.length)
      .split('\n', 1)[0]!
      .trim();
    const body = bodies.find((lines) => lines.some((own) => own.text === at));
    assert.ok(errors[0]!.primary.place.file === 'main.bond' && body, `refused outside of the statements: ${refused} ${context}`);
    const [gone] = body.splice(
      body.findIndex((own) => own.text === at),
      1,
    );
    const index = drawn.findIndex(({ kind, refused: before }) => kind === gone!.kind && before === undefined);
    drawn[index] = { kind: gone!.kind, refused };
  }
}

function guarded<Result>(context: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error(`${(error as Error).stack}\n${context}`);
  }
}

function codeOf(errors: readonly Diagnostic[], context: string): string {
  assert.ok(errors.length > 0, `refused without a word: ${context}`);
  for (const { primary } of errors) assert.ok(primary.place.to > primary.place.from, `no place: ${context}`);
  return errors[0]!.code;
}

/** Names of one tensor are names of one tensor afterwards, and weights that were one tensor are one still. */
function keepsShares(before: Model, after: Model, context: string): void {
  const at = new Map(after.parameters.flatMap(({ id, names }) => names.map((name) => [name, id] as const)));
  for (const { names } of before.parameters) {
    const ids = new Set(names.map((name) => at.get(name)));
    assert.is(ids.size, 1, `${names.join(' and ')} are one tensor no more: ${context}`);
  }
  const made = (model: Model) => new Map(model.weights.map((weight) => [weight.path, weight] as const));
  const [old, now] = [made(before), made(after)];
  const ids = (weight: Weight | undefined) => {
    const [first] = weight!.terms;
    const nodes = first?.is === 'network' ? networksOf(weight!).flatMap(({ network }) => network.nodes) : [first!];
    return nodes.map(({ parameter }) => parameter).join();
  };
  for (const same of Map.groupBy(before.weights, ({ path }) => ids(old.get(path))).values()) {
    const present = new Set(same.map(({ path }) => ids(now.get(path))));
    assert.is(present.size, 1, `${same.map(({ path }) => path).join(' and ')} are one tensor no more: ${context}`);
  }
}
