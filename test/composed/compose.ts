/**
 * A program of up to three variants with one to eight statements, drawn from a seed. Every statement is checked where it stands: refused
 * with a place, and then left out, or accepted, and then nothing that was one tensor is two, unless layers were copied.
 */
import * as assert from 'uvu/assert';
import { check } from '../../compiler/check/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { load } from '../check/variants.ts';
import { randomFrom } from '../grammar/mutate.ts';
import { type Kind, kinds, statementOf } from './draw.ts';
import { type Base, bases, prologue } from './models.ts';

export interface Composed {
  readonly seed: number;
  readonly base: Base;
  readonly text: string;
  readonly kinds: readonly Kind[];
  /** Codes of the statements that were refused. */
  readonly refused: readonly string[];
  readonly model: Model;
  /** The model with none of the statements. */
  readonly dense: Model;
}

export function compose(seed: number): Composed {
  const random = randomFrom(seed * 7919 + 1);
  const base = bases[seed % bases.length]!;
  const bodies: string[][] = [[]];
  const textOf = () =>
    prologue +
    bodies
      .map((body, k) => `variant V${k + 1} of ${k === 0 ? base.of : `V${k}`} {\n${body.map((line) => `  ${line}\n`).join('')}}\n`)
      .join('\n');
  const checked = (dense: boolean) => check({ file: 'main.bond', text: textOf(), name: `V${bodies.length}`, load, dense });
  let { model } = checked(false);
  const dense = checked(true).model;
  assert.ok(model !== undefined && dense !== undefined, `${base.name} is sound`);
  const accepted: Kind[] = [];
  const refused: string[] = [];
  const wanted = 1 + random(8);
  for (let tries = 0; accepted.length < wanted && tries < 3 * wanted; tries++) {
    const kind = kinds[random(kinds.length)]!;
    const line = statementOf(kind, { random, model: model!, base, count: tries });
    if (line === undefined) continue;
    const later = bodies.length < 3 && bodies.at(-1)!.length > 0 && random(4) === 0;
    if (later) bodies.push([]);
    bodies.at(-1)!.push(line);
    const result = checked(false);
    const context = `seed ${seed}\n${textOf()}`;
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
    if (result.model === undefined) {
      assert.ok(errors.length > 0, `refused without a word: ${context}`);
      for (const { primary } of errors) assert.ok(primary.place.to > primary.place.from, `no place: ${context}`);
      refused.push(errors[0]!.code);
      bodies.at(-1)!.pop();
      if (later) bodies.pop();
      continue;
    }
    assert.equal(errors, [], context);
    if (kind !== 'untie' && kind !== 'wrap') keepsShares(model!, result.model, context);
    model = result.model;
    accepted.push(kind);
  }
  return { seed, base, text: textOf(), kinds: accepted, refused, model: model!, dense: dense! };
}

/** Names of one tensor are names of one tensor afterwards, and weights that were one tensor are one still. */
function keepsShares(before: Model, after: Model, context: string): void {
  const at = new Map(after.parameters.flatMap(({ id, names }) => names.map((name) => [name, id] as const)));
  for (const { names } of before.parameters) {
    const ids = new Set(names.map((name) => at.get(name)));
    assert.is(ids.size, 1, `${names.join(' and ')} are one tensor no more: ${context}`);
  }
  const made = (model: Model) => new Map(model.weights.map(({ path, terms }) => [path, terms[0]!] as const));
  const [old, now] = [made(before), made(after)];
  const ids = (term: ReturnType<typeof old.get>) =>
    (term?.is === 'network' ? term.nodes.map(({ parameter }) => parameter) : [term!.parameter]).join();
  for (const same of Map.groupBy(before.weights, ({ path }) => ids(old.get(path))).values()) {
    const present = new Set(same.map(({ path }) => ids(now.get(path))));
    assert.is(present.size, 1, `${same.map(({ path }) => path).join(' and ')} are one tensor no more: ${context}`);
  }
}
