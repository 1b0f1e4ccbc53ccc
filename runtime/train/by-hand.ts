/** A change of a saved run without training it: its checkpoint as that of the next model, moments carried over. */
import { layoutOf } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Checkpoint, OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { parameterValue } from '../checkpoint/checkpoint.ts';
import { isStored, seededIn } from '../checkpoint/seeded.ts';
import type { TrainConfig } from './config.ts';
import type { Change } from './events/event.ts';
import type { Group } from './host-values.ts';
import { optimiserSpec } from './host-values.ts';
import { stageAfter } from './run-state.ts';
import { transported } from './transport.ts';

export interface Changed {
  readonly model: Model;
  readonly checkpoint: Checkpoint;
}

/** `model` and `groups` are those of the opened checkpoint. The best loss of before is forgotten: it was of another model. */
export function changeByHand(
  { file, state, optimiser }: OpenedCheckpoint,
  { model, groups, config }: { readonly model: Model; readonly groups: readonly Group[]; readonly config: TrainConfig },
  { decision, tensors }: Change,
): Changed {
  const taken: Taken = { step: state.step, decision };
  const { model: next, groups: nextGroups } = stageAfter({ model, groups }, taken);
  const { moments } = config.events;
  const own = new Map(model.parameters.map((parameter) => [parameter.names[0], parameter]));
  const read = (member: string) => {
    const parameter = own.get(member);
    return parameter === undefined ? optimiser(member) : parameterValue(file, parameter);
  };
  const before = new Map(state.layout.flatMap((member) => [[member, read(member)] as const]).filter(isHeld));
  const nextValue = transported({ from: model, to: next, state: before, tensors, moments });
  const layout = layoutOf(next, optimiserSpec(config, nextGroups), false);
  const all = layout.members.map(({ name, address, type }) => {
    const data = Float64Array.from(nextValue(name) ?? new Float64Array(address.length));
    return { name, shape: type.axes.map((axis) => axis.size), data: state.host === 'exact' ? data : Float32Array.from(data) };
  });
  const parameters = new Map(next.parameters.map((parameter) => [parameter.names[0], parameter]));
  const past = state.events ?? { taken: [], losses: [], references: [], ended: [], importance: [], moments };
  return {
    model: next,
    checkpoint: {
      state: {
        ...state,
        digest: next.digest,
        layout: layout.members.map(({ name }) => name),
        loop: { waited: 0 },
        events: { ...past, taken: [...past.taken, taken], moments },
      },
      parameters: all.filter(({ name }) => isStored(parameters.get(name))),
      optimiser: all.filter(({ name }) => !parameters.has(name)),
      seeded: seededIn(file),
    },
  };
}

function isHeld(entry: readonly [string, Float64Array | undefined]): entry is readonly [string, Float64Array] {
  return entry[1] !== undefined;
}
