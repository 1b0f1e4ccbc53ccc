/**
 * Growing in training: all bonds of the statement become larger together. At each of them one core has zeros for its new entries and the
 * others small numbers, drawn for the seed, the step and the core, as large as their present entries are in the root mean square: so the
 * function is what it was, and the zeros have gradients. Moments of new entries are zeros.
 */
import { bondClasses } from '../../../compiler/index.ts';
import type { Grown } from '../../../compiler/values/decision.ts';
import type { Event, Parameter } from '../../../compiler/values/model.ts';
import { type End, endKey, endsOfBonds, zeroEnds } from '../../../compiler/values/resized.ts';
import { legOf } from '../../../compiler/values/term.ts';
import { type Draw, enlarged } from '../../weights/enlarge.ts';
import { type HostTensor, resize } from '../../weights/tensor.ts';
import { parametersOf } from '../transport.ts';
import { endedBy, waits } from './condition.ts';
import type { NewTensor, Outcome, Scene } from './event.ts';
import { bondTitle } from './squeeze.ts';

type Grow = Extract<Event, { is: 'grow' }>;
interface GrownAxis {
  readonly end: End;
  readonly size: number;
}
/** Bonds that a line of the log names; the record of the next step has all. */
const SHOWN = 3;

/** Deterministic in the scene. */
export function grow(scene: Scene<Grow>): Outcome {
  const { event, model, state, step, request } = scene;
  if (waits(scene)) return { is: 'wait' };
  const over = endedBy(scene);
  if (over !== undefined) return { is: 'end', said: `no more growing: ${over}` };
  const steps = bondClasses(model).flatMap((bonds) => {
    const own = bonds.filter(({ weight, leg }) => event.bonds.some((one) => one.weight === weight && one.legs.includes(leg)));
    const [first] = own;
    if (first === undefined) return [];
    const fulls = own.map(({ weight, leg }) => fullOf(scene, weight, leg));
    const size = Math.min(first.size + event.by, event.most ?? Math.max(...fulls));
    return size > first.size ? [{ bonds: own, first, size }] : [];
  });
  if (steps.length === 0) return { is: 'end', said: 'no more growing: every bond of it has its greatest size' };
  const zero = zeroEnds(endsOfBonds(model, event))!;
  const axes = steps.flatMap(({ bonds, size }) => {
    const ends = endsOfBonds(model, { bonds: bonds.map(({ weight, leg }) => ({ weight, legs: [leg] })) }).flat();
    return ends.map((end): [string, GrownAxis] => [endKey(end), { end, size }]);
  });
  const values = parametersOf(model, state);
  const tensors = new Map<string, NewTensor>();
  for (const [parameter, own] of Map.groupBy(new Map(axes).values(), ({ end }) => end.parameter)) {
    const tensor = model.parameters[parameter];
    tensors.set(tensor.names[0], newTensor(tensor, values[parameter], own, zero, { seed: request.seed, step }));
  }
  const decision: Grown = {
    is: 'grow',
    sizes: steps.map(({ first, size }) => ({ weight: model.weights[first.weight].path, leg: first.leg, size })),
  };
  const names = steps.map(({ first }) => bondTitle(model, first)).map(({ bond, weight }) => `${bond} of ${weight}`);
  const said = steps.slice(0, SHOWN).map(({ first, size }, k) => `${names[k]} ${first.size} -> ${size}`);
  return {
    is: 'change',
    decision,
    tensors,
    said: `grow ${said.join(', ')}${steps.length > SHOWN ? ` and ${steps.length - SHOWN} more` : ''}`,
    measured: Object.fromEntries(steps.map(({ size }, k) => [`bond/${names[k]}`, size])),
  };
}

function fullOf({ model }: Scene<Grow>, weight: number, leg: number): number {
  const { network, leg: own } = legOf(model.weights[weight], leg)!;
  return network.legs[own].full ?? network.legs[own].size;
}

function newTensor(
  { names: [name], legs }: Parameter,
  value: HostTensor,
  grown: readonly GrownAxis[],
  zero: ReadonlySet<string>,
  draw: Draw,
): NewTensor {
  const shape = legs.map(({ size }, axis) => grown.find(({ end }) => end.axis === axis)?.size ?? size);
  const zeros = new Set(grown.flatMap(({ end }) => (zero.has(endKey(end)) ? [end.axis] : [])));
  return {
    value: { shape, data: enlarged(value, shape, zeros, name, draw) },
    moment: (read) => {
      const moment = read(name);
      return moment === undefined ? undefined : resize(moment, shape);
    },
  };
}
