/** A model as a checkpoint that stands alone, of no run. */
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { kept } from '../checkpoint/positions.ts';
import type { EventRecord } from '../checkpoint/record.ts';
import { isStored, seededRecord } from '../checkpoint/seeded.ts';
import { describeInput } from '../data/feed.ts';
import { bondsOf } from '../weights/bonds.ts';
import { withoutHeld } from '../weights/kept.ts';
import type { ModelParts } from './model.ts';

export function savedModel(parts: ModelParts): Checkpoint {
  const {
    model,
    values,
    seeded,
    engine,
    origin,
    decided = { bonds: bondsOf(model), taken: [] },
    version,
    vocabulary = '',
    labels = {},
    sizes = {},
  } = parts;
  const exact = engine.host === 'exact';
  const parameters = model.parameters.filter(isStored).map((parameter) => {
    const { shape, data } = values[parameter.id];
    const all = withoutHeld(parameter, Float64Array.from(data));
    return { name: parameter.names[0], shape, data: kept(parameter, exact ? all : Float32Array.from(all)) };
  });
  const { program, variant, set, source, defaults } = origin;
  const settings = {
    file: program.file,
    ...(variant === undefined ? {} : { variant }),
    set,
    ...(source === undefined ? {} : { source }),
    ...(defaults === undefined ? {} : { defaults }),
  };
  const inputs = model.inputs.map((input) => describeInput(model, input));
  const state = {
    format: 2 as const,
    run: { version, program, settings, vocabulary, labels, sizes, inputs },
    model: model.name,
    edition: model.edition,
    digest: model.digest,
    step: 0,
    tick: 0,
    seed: [1, 0] as const,
    host: engine.host,
    profile: 'default',
    layout: model.parameters.map(({ names: [name] }) => name),
    factors: {},
    bonds: decided.bonds,
    loop: { waited: 0 },
    ...(decided.taken.length === 0 ? {} : { events: eventsThatWere(decided.taken) }),
  };
  return { state, parameters, optimiser: [], seeded: seededRecord(model.parameters, seeded) };
}

/** What nothing goes on from: what they knew is over. */
function eventsThatWere(taken: EventRecord['taken']): EventRecord {
  return { taken, losses: [], references: [], ended: [], importance: [], moments: 'dropped' };
}
