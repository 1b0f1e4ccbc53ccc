/**
 * `train [only] S [where ...] [with probability p] [in turn over v every ...]`: the gate of the selected entries. Within one statement
 * the conditions multiply; one draw per statement and step, so all tensors of a statement are stepped together or not at all. Where the
 * probability reads variables of the selection, there is one draw for each of their values.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { Event, GateId } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { selectTensors, type TensorMatch } from '../selector.ts';
import { evaluateNumber, type Names } from '../static.ts';
import { leavesOf } from '../tensor/flat.ts';
import { namesIn } from '../walk.ts';
import { type VariantContext, withBindings } from './context.ts';
import { buildMask, evaluateEvery, evaluateRamp } from './mask.ts';
import { trainable } from './seeded.ts';
import { decide, decideEach } from './verdict.ts';

export function applyTrain(context: VariantContext, change: tree.Train): void {
  const { selection, where, probability, turn, only } = change;
  const gateOf = probability === undefined ? undefined : gatesOf(context, probability);
  const use = { over: turn === undefined ? [] : [turn.over], expressions: [where, probability] };
  const clock = turn === undefined ? undefined : addTurn(context, turn, selectTensors(selection, context, use));
  const matches = decideEach(context, { kind: 'update', selection, use, of: trainable }, (match) => ({
    update: {
      frozen: false,
      ...(where === undefined ? {} : { where: buildMask(context, where, match, selection.place) }),
      ...(gateOf === undefined ? {} : { gate: gateOf(match) }),
      ...(clock === undefined ? {} : { turn: { clock: clock.id, value: match.bindings.get(turn!.over.name)! } }),
    },
  }));
  if (only) freezeOthers(context, change, new Set(matches.map(({ tensor }) => tensor)));
}

/** `train only S` = freeze all except S. */
function freezeOthers(context: VariantContext, change: tree.Train, selected: ReadonlySet<unknown>): void {
  for (const tensor of leavesOf(context.draft)) {
    if (selected.has(tensor)) continue;
    decide(context, tensor, 'update', change.selection.place);
    tensor.update = { frozen: true };
  }
}

/** One gate for each value of what the probability reads. */
function gatesOf(context: VariantContext, probability: tree.Expression): (match: TensorMatch) => GateId {
  const gates = new Map<string, GateId>();
  const read = new Set(namesIn(probability).map(({ name }) => name));
  return ({ bindings }) => {
    const own = new Map([...bindings].filter(([name]) => read.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
    const key = JSON.stringify([...own]);
    const gate = gates.get(key) ?? addGate(context, probability, withBindings(context.names, own));
    gates.set(key, gate);
    return gate;
  };
}

/** J38. */
function addGate(context: VariantContext, expression: tree.Expression, names: Names): GateId {
  const { gates } = context.draft;
  const probability = expression.kind === 'ramp' ? evaluateRamp(expression, names) : evaluateNumber(expression, names);
  const ends = typeof probability === 'number' ? [probability] : [probability.from, probability.to];
  const outside = ends.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) {
    refuse({ code: 'B707', message: 'a probability lies between 0 and 1', at: expression.place, label: `this is ${outside}` });
  }
  const id = gates.length;
  gates.push({ id, probability, place: expression.place });
  return id;
}

function addTurn(context: VariantContext, turn: NonNullable<tree.Train['turn']>, matches: readonly TensorMatch[]): Event {
  const values = [...new Set(matches.map(({ bindings }) => bindings.get(turn.over.name)!))].sort((a, b) => a - b);
  if (values.length < 2) {
    refuse({
      code: 'B708',
      message: 'turns need two values or more',
      at: turn.over.place,
      label: `${turn.over.name} is ${values[0]} only`,
      hint: 'select more members, or train it in every step',
    });
  }
  const event: Event = {
    id: context.draft.schedule.length,
    at: evaluateEvery(turn.every),
    is: 'turn',
    values,
    order: 'forth-and-back',
  };
  context.draft.schedule.push(event);
  return event;
}
