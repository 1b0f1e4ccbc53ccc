/**
 * Model + sizes -> program. Bodies are flat lists of statements; each that a result needs becomes a value, weights made of cores stay
 * nets until somebody multiplies. Names became positions, open axes became numbers; nothing of the checker's work is done again.
 */
import { BondsmithError } from '../../../grammar/error.ts';
import type { Body, Entry, ValueId } from '../../values/body.ts';
import type { StepOptions } from '../../values/executable.ts';
import type { AxisId, Model, ParameterId } from '../../values/model.ts';
import { byName, type Named } from '../../values/named.ts';
import type { Table } from '../../values/operation.ts';
import type { Id, Output, Program, Scalar } from '../../values/program.ts';
import { readsOf } from '../../values/reads.ts';
import { Builder } from '../builder.ts';
import { apply, number, read } from '../scalar.ts';
import type { Dense, Scope, Value } from './scope.ts';
import { addAll, arranged, mapOver } from './scope.ts';
import { buildStatement, denseOf } from './statement.ts';

/** A size that is missing, or does not fit the model. */
export class SizeError extends BondsmithError {
  constructor(message: string) {
    super('size', message);
    this.name = 'SizeError';
  }
}

/**
 * The forward program of the entries asked for. Results: each entry by its name (`ENTRY.RESULT` where it has several), `loss` = the
 * weighted sum of the losses and, in training, the penalties, which are also results by their paths, as reports are in evaluation. What an
 * entry keeps are states.
 * Throws SizeError, or Error for an entry that the model does not have.
 */
export function build(model: Model, table: Table, options: Pick<StepOptions, 'entries' | 'sizes' | 'mode'>): Program {
  const builder = new Builder(table);
  const size = sizesOf(model, options.sizes);
  const parameters = new Map<ParameterId, Id>();
  const outputs: Output[] = [];
  const losses: { weight: number; value: Dense }[] = [];
  const result = (name: string, value: Id) => {
    if (!outputs.some((output) => output.name === name)) outputs.push({ kind: 'result', name, value });
  };
  let last: Scope | undefined;
  for (const { name, weight } of options.entries) {
    const entry = entryOf(model, name);
    const body = options.mode === 'train' ? entry.train : entry.eval;
    const constant = options.mode === 'eval';
    const kept = new Set(entry.kept?.map((input) => input.name));
    const scope: Scope = { model, builder, size, kept, body, values: [], parameters, constant };
    last = scope;
    const penalties = entry.kind === 'loss' ? body.penalties : [];
    const told = entry.kind === 'function' ? [] : [...penalties, ...body.reports];
    buildBody(scope, told);
    for (const found of body.results) {
      const value = arranged(scope, denseOf(scope, found.value), body.statements[found.value].axes);
      if (kept.has(found.name)) outputs.push({ kind: 'state', name: found.name, value: value.id });
      else result(body.results.length === 1 + kept.size ? name : `${name}.${found.name}`, value.id);
      if (entry.kind === 'loss') losses.push({ weight, value });
    }
    for (const report of told) {
      if (outputs.some((output) => output.name === report.path)) continue;
      const value = denseOf(scope, report.value);
      result(report.path, value.id);
      if (penalties.includes(report)) losses.push({ weight: 1, value });
    }
  }
  if (last !== undefined && losses.length > 0) result('loss', weightedSum(last, losses).id);
  return builder.program(model.name, outputs);
}

function entryOf(model: Model, name: string): Entry {
  const entry = model.entries.find((e) => e.name === name);
  if (entry !== undefined) return entry;
  throw new Error(`model ${model.name} has no entry ${name}; it has ${model.entries.map((e) => e.name).join(', ')}`);
}

/** Statements in order, those that a result needs, or what is told beside. */
function buildBody(scope: Scope, told: Body['reports']): void {
  const { body, builder } = scope;
  const needed = neededOf(body, told);
  const values = scope.values as (Value | undefined)[];
  body.statements.forEach((statement, k) => {
    if (!needed.has(k)) return;
    builder.origin = { path: statement.path, section: 'forward', place: statement.place };
    values[k] = buildStatement(scope, statement);
  });
  builder.origin = { path: '', section: 'forward' };
}
function neededOf(body: Body, told: Body['reports']): Set<ValueId> {
  const needed = new Set<ValueId>([...body.results, ...told].map(({ value }) => value));
  for (let k = body.statements.length - 1; k >= 0; k--)
    if (needed.has(k)) for (const read of readsOf(body.statements[k].expression)) needed.add(read);
  return needed;
}
function weightedSum(scope: Scope, losses: readonly { weight: number; value: Dense }[]): Dense {
  const scaled = ({ weight, value }: { weight: number; value: Dense }): Dense => {
    const product: Scalar = apply('mul', number(weight), read(0));
    return weight === 1 ? value : mapOver(scope, [], [value], product);
  };
  return addAll(scope, losses.map(scaled));
}

/** Numbers for axes. */
export function sizesOf(model: Model, given: Named<number>): (axis: AxisId) => number {
  const sizes = byName(given);
  return (id) => {
    const axis = model.axes[id];
    if (typeof axis.size === 'number') return axis.size;
    const { name } = model.axes[axis.size.open];
    const size = sizes.get(name) ?? Number.NaN;
    if (!Number.isInteger(size) || size < 1)
      throw new SizeError(`axis ${name} of ${model.name} is open: give its size, a whole number from 1 on`);
    const { max } = axis.size;
    if (max !== undefined && size > max) throw new SizeError(`axis ${name} of ${model.name} is at most ${max}, found ${size}`);
    return size;
  };
}
