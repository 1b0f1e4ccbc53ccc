/**
 * A program of up to three variants with one to eight statements, drawn from a seed. Every statement is applied where it stands: refused
 * with a place, and then left out, or accepted, and then nothing that was one tensor is two, unless layers were copied. Bodies are
 * elaborated once, when the program is whole: what is refused only then is left out too.
 */
import { check, structureOf } from '../../../compiler/index.ts';
import type { Model, Weight } from '../../../compiler/values/model.ts';
import { networksOf, partsOf } from '../../../compiler/values/term.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { type Random, randomFrom } from '../random.ts';
import { type Base, bases } from './bases.ts';
import { statementOf } from './draw.ts';
import { hasPlace, type Kind, kinds, ofNetworks, verdicts } from './kinds.ts';
import { standingOn } from './standing.ts';

/** A statement that was drawn, and the code of its refusal. */
export interface Drawn {
  readonly kind: Kind;
  readonly refused?: string;
}
/** A model without statements; its weights are merged from those of the variant, but where layers were copied or replaced. */
export interface Dense {
  readonly model: Model;
  readonly merges: boolean;
}
export interface Composed {
  /** The variant at the end of the chain. */
  readonly last: string;
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

/** Composed programs are one file. */
const alone = () => undefined;
const lastOf = (bodies: readonly (readonly Line[])[]) => `V${bodies.length}`;

function textOf(base: Base, bodies: readonly (readonly Line[])[]): string {
  const variants = bodies.map((body, k) => {
    const options = body.flatMap(({ option }) => (option === undefined ? [] : [option]));
    const head = `variant V${k + 1}${options.length === 0 ? '' : `(${options.join(', ')})`} of ${k === 0 ? base.of : `V${k}`}`;
    return `${head} {\n${body.map(({ text }) => `  ${text}\n`).join('')}}\n`;
  });
  return standingOn(base, variants.join('\n'));
}

const known = new Map<Base, { readonly bare: Model; readonly dense: Model }>();
/** A base with a variant that says nothing, and without one. */
function startOf(base: Base): { readonly bare: Model; readonly dense: Model } {
  const found = known.get(base);
  if (found !== undefined) return found;
  const text = textOf(base, [[]]);
  const bare = structureOf(text, 'V1').model;
  const dense = check({ file: 'main.bond', text, name: 'V1', dense: true, load: alone }).model;
  if (bare === undefined || dense === undefined) throw new Error(`${base.name} is refused`);
  known.set(base, { bare, dense });
  return { bare, dense };
}

/** Statements of a program that it aims at. */
const lengths = [1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8];
/** As many seeds in a row aim at each ordered pair of kinds once. */
export const pairs = kinds.length ** 2;

/** The two kinds that the program of a seed aims at first. Seeds in a row aim at pairs that are unlike: the step has no factor in common with the number of pairs. */
export function aimOf(seed: number): readonly [Kind, Kind] {
  const pair = (seed * 419) % pairs;
  return [kinds[Math.floor(pair / kinds.length)]!, kinds[pair % kinds.length]!];
}

/** A program while it is drawn. */
class Drawing {
  readonly bodies: Line[][] = [[]];
  readonly drawn: Drawn[] = [];
  model: Model;
  accepted = 0;
  private tries = 0;
  private readonly seed: number;
  private readonly base: Base;
  private readonly random: Random;

  constructor(seed: number, base: Base, model: Model, random: Random) {
    this.seed = seed;
    this.base = base;
    this.model = model;
    this.random = random;
  }

  /** Whether a statement of the kind was found and accepted. */
  take(kind: Kind): boolean {
    const { random, bodies, base, seed } = this;
    const line = statementOf(kind, { random, model: this.model, base, count: this.tries++ });
    if (line === undefined) return false;
    const contradicts = verdicts.has(kind) && bodies.at(-1)!.some((own) => verdicts.has(own.kind));
    const apart = contradicts ? random(8) > 0 : random(4) === 0;
    const later = bodies.length < 3 && bodies.at(-1)!.length > 0 && apart;
    if (contradicts && !later && random(4) > 0) return false;
    if (later) bodies.push([]);
    bodies.at(-1)!.push({ kind, ...line });
    const text = textOf(base, bodies);
    const context = `seed ${seed}\n${text}`;
    const next = guarded(context, () => structureOf(text, lastOf(bodies)));
    if (next.model === undefined) {
      this.drawn.push({ kind, refused: codeOf(next.errors, context) });
      bodies.at(-1)!.pop();
      if (later) bodies.pop();
      return false;
    }
    if (kind !== 'untie' && kind !== 'wrap' && kind !== 'replace') keepsShares(this.model, next.model, context);
    this.model = next.model;
    this.accepted++;
    this.drawn.push({ kind });
    return true;
  }

  /** The kind, with a network before it where it speaks of one and there is none. */
  aim(kind: Kind): void {
    for (let tries = 0; tries < 12; tries++) {
      const before = this.drawn.length;
      if (this.take(kind)) return;
      if (this.drawn.length === before && ofNetworks.has(kind)) this.take('decompose');
    }
  }
}

/** `most`: statements at the utmost. */
export function compose(seed: number, most = Number.POSITIVE_INFINITY): Composed {
  const random = randomFrom(seed * 7919 + 1);
  const aims = aimOf(seed);
  const fitting = bases.filter((base) => aims.every((kind) => hasPlace(kind, base)));
  const quick = fitting.filter(({ large }) => large === undefined);
  const list = quick.length > 0 && random(8) > 0 ? quick : fitting;
  const base = list[random(list.length)]!;
  const { bare, dense } = startOf(base);
  const drawing = new Drawing(seed, base, bare, random);
  const wanted = Math.min(most, lengths[random(lengths.length)]!);
  for (const kind of aims.slice(0, wanted)) drawing.aim(kind);
  for (let tries = 0; drawing.accepted < wanted && tries < 3 * wanted; tries++) drawing.take(kinds[random(kinds.length)]!);
  return { seed, base, dense, ...whole(seed, base, drawing.bodies, drawing.drawn) };
}

/** The program with its bodies, without the statements that they refuse. */
function whole(seed: number, base: Base, bodies: Line[][], drawn: Drawn[]): Pick<Composed, 'text' | 'model' | 'drawn' | 'last'> {
  for (;;) {
    const text = textOf(base, bodies);
    const context = `seed ${seed}\n${text}`;
    const { model, diagnostics } = guarded(context, () => check({ file: 'main.bond', text, name: lastOf(bodies), load: alone }));
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (model !== undefined) {
      if (errors.length > 0) throw new Error(`accepted with errors: ${context}`);
      return { text, model, drawn, last: lastOf(bodies) };
    }
    const refused = codeOf(errors, context);
    const line = text.slice(0, errors[0]!.primary.place.from).split('\n').at(-1)!;
    const at = text
      .slice(errors[0]!.primary.place.from - line.length)
      .split('\n', 1)[0]!
      .trim();
    const body = bodies.find((lines) => lines.some((own) => own.text === at));
    if (errors[0]!.primary.place.file !== 'main.bond' || body === undefined)
      throw new Error(`refused outside of the statements: ${refused} ${context}`);
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
  if (errors.length === 0) throw new Error(`refused without a word: ${context}`);
  if (errors.some(({ primary: { place } }) => place.to <= place.from)) throw new Error(`no place: ${context}`);
  return errors[0]!.code;
}

/** Names of one tensor are names of one tensor afterwards, and weights that were one tensor are one still. */
function keepsShares(before: Model, after: Model, context: string): void {
  const at = new Map(after.parameters.flatMap(({ id, names }) => names.map((name) => [name, id] as const)));
  for (const { names } of before.parameters) {
    if (new Set(names.map((name) => at.get(name))).size !== 1) throw new Error(`${names.join(' and ')} are one tensor no more: ${context}`);
  }
  const made = (model: Model) => new Map(model.weights.map((weight) => [weight.path, weight] as const));
  const [old, now] = [made(before), made(after)];
  const ids = (weight: Weight | undefined) => {
    const [first] = weight!.terms;
    const nodes = first?.is === 'network' ? networksOf(weight!).flatMap(({ network }) => network.nodes) : partsOf(first!);
    return nodes.map(({ parameter }) => parameter).join();
  };
  for (const same of Map.groupBy(before.weights, ({ path }) => ids(old.get(path))).values()) {
    if (new Set(same.map(({ path }) => ids(now.get(path)))).size !== 1)
      throw new Error(`${same.map(({ path }) => path).join(' and ')} are one tensor no more: ${context}`);
  }
}
