/**
 * The state of a session for the next model: parameters that an event made anew with their moments, all others as they are. With W the
 * same weight of old and new parameters, gradients are related by a linear map J; a first moment is a mean of gradients and moves by J
 * exactly while J stays, a second by the squared entries of J, which neglects correlations between entries.
 */
import type { Model, Parameter } from '../../compiler/values/model.ts';
import { partsOf } from '../../compiler/values/term.ts';
import { transformAxis } from '../weights/gauge.ts';
import type { AxisMap, BondCut } from '../weights/squeeze.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { resize } from '../weights/tensor.ts';
import type { NewTensor } from './events/event.ts';
import type { Group } from './host-values.ts';
import type { State } from './session.ts';

/** transport: by J; slice: the leading entries as they are, and zeros; reset: zeros. */
export type Moments = 'transport' | 'slice' | 'reset';
/** Moments that are means of squares. */
const SQUARED = new Set(['v']);

export interface TransportRequest {
  readonly from: Model;
  readonly to: Model;
  readonly state: State;
  readonly tensors: ReadonlyMap<string, NewTensor>;
  readonly moments: Moments;
}

/** What `restore` of the next session reads: undefined where there is nothing, which becomes zeros. */
export function transported({ from, to, state, tensors, moments }: TransportRequest): (member: string) => ArrayLike<number> | undefined {
  const next = new Map(to.parameters.map((parameter) => [parameter.names[0], parameter]));
  const shapes = new Map(from.parameters.map((parameter) => [parameter.names[0], shapeOf(parameter)]));
  const present = (member: string, name: string): HostTensor | undefined => {
    const values = state.get(member);
    const shape = shapes.get(name);
    return values === undefined || shape === undefined ? undefined : { shape, data: Float64Array.from(values) };
  };
  return (member) => {
    const dot = member.lastIndexOf('.');
    const name = next.has(member) ? member : member.slice(0, dot);
    const fresh = tensors.get(name);
    if (fresh === undefined) return state.get(member);
    if (name === member) return fresh.value.data;
    const kind = member.slice(dot + 1);
    if (moments === 'transport') return fresh.moment((old) => present(`${old}.${kind}`, old), SQUARED.has(kind))?.data;
    const same = moments === 'slice' ? present(member, name) : undefined;
    return same === undefined ? undefined : resize(same, shapeOf(next.get(name)!)).data;
  };
}

/** All parameters of a model in double precision, by id. */
export function parametersOf(model: Model, state: State): HostTensor[] {
  return model.parameters.map((parameter) => ({ shape: shapeOf(parameter), data: Float64Array.from(state.get(parameter.names[0])!) }));
}

/**
 * Parameters that cuts changed: values as they came out, moments axis by axis through the maps at the ends of the bonds. A core that was
 * only fitted again keeps its moments: the fit moves it a little, in the gauge that it had.
 */
export function tensorsOfCuts(
  model: Model,
  before: readonly HostTensor[],
  after: readonly HostTensor[],
  cuts: readonly BondCut[],
): ReadonlyMap<string, NewTensor> {
  const maps = Map.groupBy(
    cuts.flatMap((cut) => cut.maps),
    ({ parameter }) => parameter,
  );
  return new Map(
    model.parameters.flatMap(({ id, names: [name] }) => {
      if (after[id] === before[id]) return [];
      return [
        [name, { value: after[id], moment: (read, squared) => mapMoment(read(name), maps.get(id) ?? [], squared) } satisfies NewTensor],
      ];
    }),
  );
}

function mapMoment(moment: HostTensor | undefined, maps: readonly AxisMap[], squared: boolean): HostTensor | undefined {
  if (moment === undefined) return undefined;
  return maps.reduce((tensor, { axis, gradient }) => transformAxis(tensor, axis, squared ? gradient.map((x) => x * x) : gradient), moment);
}

/** A parameter of the next model that is none of the present one joins the group of the tensor that its weight had. */
export function groupsAfter(groups: readonly Group[], from: Model, to: Model): Group[] {
  const home = new Map(groups.flatMap(({ name, parameters }) => parameters.map((id) => [from.parameters[id].names[0], name] as const)));
  for (const [id, weight] of to.weights.entries()) {
    const [first] = partsOf(from.weights[id].terms[0]);
    const inherited = home.get(from.parameters[first.parameter].names[0]);
    for (const term of weight.terms) {
      for (const { parameter } of partsOf(term)) {
        const name = to.parameters[parameter].names[0];
        if (inherited !== undefined && !home.has(name)) home.set(name, inherited);
      }
    }
  }
  const members = Map.groupBy(
    to.parameters.filter(({ names }) => home.has(names[0])),
    ({ names }) => home.get(names[0])!,
  );
  return groups.map((group) => ({ ...group, parameters: members.get(group.name)?.map(({ id }) => id) ?? [] }));
}

function shapeOf(parameter: Parameter): number[] {
  return parameter.legs.map((leg) => leg.size);
}
