/**
 * Bodies of layers that were elaborated before. A body depends on what its layer is (declaration, axes, options, members) and on what it is
 * given; twelve blocks are one layer with other weights, and `forward` is the same in every loss. So the steps that a body asked of its builder
 * are kept and asked again with other operands, weights, paths and streams: nothing is resolved, fitted or judged a second time.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Path, Statement, ValueId } from '../../values/model.ts';
import { readsOf } from '../../values/reads.ts';
import type { Draft, Instance } from '../draft.ts';
import { type Builder, mapOperands } from './builder.ts';
import type { Elaboration, Frame } from './context.ts';
import { below, Kinds } from './kinds.ts';
import type { Value } from './value.ts';

/** The steps `from` to `to` of a builder, begun with these values. */
interface Template {
  readonly builder: Builder;
  readonly from: number;
  readonly to: number;
  readonly given: readonly ValueId[];
  readonly instance: Instance;
  /** Where it was called: what stands there stands at the next call. */
  readonly place: Place;
  readonly loops: number;
  readonly results: readonly Value[];
  readonly readsTraining: boolean;
  /** What asking again may spend at most; undefined if the steps need more than what was given. */
  cost?: number | undefined;
}

export class Templates {
  private readonly kinds: Kinds;
  private readonly draft: Draft;
  private readonly known = new Map<string, Template>();

  constructor(draft: Draft) {
    this.draft = draft;
    this.kinds = new Kinds(draft);
  }

  /** Results of a body of a layer; `fresh` elaborates it. */
  body(to: Elaboration, frame: Frame, declaration: tree.Fn | tree.Forward, fresh: () => Value[]): Value[] {
    const given: ValueId[] = [];
    const instance = frame.layer?.instances[0];
    const key = this.kinds.call(to, frame, declaration, given);
    if (key === undefined || instance === undefined) return fresh();
    const { asked, refused, builder } = to;
    const mode = `${key} ${to.training ? 'training' : 'evaluation'}`;
    to.asked = asked;
    const known = this.known.get(key) ?? this.known.get(mode);
    if (known?.cost !== undefined && known.cost <= builder.left) return this.again(to, known, given, instance, frame.loops);
    const [from, { place }] = [builder.steps.length, builder];
    const results = fresh();
    if (known !== undefined || to.refused > refused || !results.every((value) => value.is === 'tensor' || value.is === 'static'))
      return results;
    const readsTraining = to.asked > asked;
    const range = { builder, from, to: builder.steps.length, given, loops: frame.loops.length };
    const template = { ...range, instance, place, results, readsTraining };
    this.known.set(readsTraining ? mode : key, { ...template, cost: costOf(template) });
    return results;
  }

  private again(to: Elaboration, template: Template, given: readonly ValueId[], instance: Instance, loops: readonly number[]): Value[] {
    const { builder } = to;
    const { path: outer, place: here } = builder;
    const ids = new Map(template.given.map((id, k) => [id, given[k]]));
    const id = (value: ValueId) => ids.get(value)!;
    const own = (list: readonly number[]) => [...loops, ...list.slice(template.loops)];
    const path = moved(template.instance.path, instance.path);
    const weight = this.kinds.weights(template.instance, instance);
    const lengths: number[] = [];
    const begin = ({ path: at, place }: Statement) => {
      builder.path = path(at);
      builder.place = place === template.place ? here : place;
    };
    for (let k = template.from; k < template.to; k++) {
      const step = template.builder.steps[k];
      lengths.push(builder.mark().statements);
      if (step.is === 'spend') builder.spend(step.steps);
      else if (step.is === 'tell') builder.tell(step.kind, path(step.path), own(step.loops), id(step.value));
      else if (step.is === 'rename') {
        const since = { statements: lengths[step.since.steps - template.from], steps: builder.steps.length - (k - step.since.steps) };
        builder.rename(id(step.value), step.name, since);
      } else {
        begin(step.statement);
        const { axes, type, name, expression } = step.statement;
        const read = mapOperands(expression, id);
        if (step.is === 'draw' && read.is === 'draw') {
          const { site: _, ...draw } = read;
          ids.set(step.id, builder.draw(draw, own(step.loops), axes, name));
        } else if (read.is === 'weight') {
          const other = weight(read.weight);
          ids.set(step.id, builder.emit({ is: 'weight', weight: other }, axes, type, this.draft.weights[other].path));
        } else ids.set(step.id, builder.emit(read, axes, type, name));
      }
    }
    [builder.path, builder.place] = [outer, here];
    if (template.readsTraining) to.asked++;
    return template.results.map((value) => (value.is === 'tensor' ? { ...value, id: id(value.id) } : value));
  }
}

/** The path of a layer's statement in a layer like it. */
function moved(from: Path, to: Path): (path: Path) => Path {
  if (from === to) return (path) => path;
  return (path) => {
    const rest = below(path, from);
    return rest === undefined ? path : to + rest;
  };
}

/** Undefined where a step reads a value from elsewhere, or makes one that was given: then it is not said which of both is meant. */
function costOf({ builder, from, to, given, results }: Template): number | undefined {
  const outside = new Set(given);
  const known = new Set(given);
  let cost = 0;
  for (let k = from; k < to; k++) {
    const step = builder.steps[k];
    if (step.is === 'spend') cost += step.steps;
    else if (step.is === 'tell' || step.is === 'rename') {
      if (!known.has(step.value)) return undefined;
    } else {
      if (outside.has(step.id) || readsOf(step.statement.expression).some((id) => !known.has(id))) return undefined;
      known.add(step.id);
      cost++;
    }
  }
  return results.every((value) => value.is !== 'tensor' || known.has(value.id)) ? cost : undefined;
}
