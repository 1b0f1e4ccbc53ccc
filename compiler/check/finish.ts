/** The draft becomes the Model: parameters that were merged away are dropped, ids renumbered in order, the whole given a digest. */
import { hash } from '../values/hash.ts';
import type { Entry, Event, LayerInstance, Model, Parameter, ParameterId, Path } from '../values/model.ts';
import { renumberTerm } from '../values/term.ts';
import type { Draft, Instance, MemberNode } from './draft.ts';

export function finish(draft: Draft, name: string, entries: readonly Entry[]): Model {
  const kept = draft.parameters.filter((parameter) => parameter.names.length > 0);
  const renumbered = new Map(kept.map((parameter, id) => [parameter.id, id]));
  const to = (id: ParameterId): ParameterId => renumbered.get(id)!;
  const parameters = kept.map(({ names, legs, role, origin, init, update, keep }, id): Parameter => {
    return { id, names, legs, ...(role === undefined ? {} : { role }), origin, init, update, ...(keep ? { keep } : {}) };
  });
  const weights = draft.weights.map(({ id, path, axes, terms, decomposition, law }) => ({
    id,
    path,
    axes,
    terms: terms.map((term) => renumberTerm(term, to)),
    ...(decomposition === undefined ? {} : { decomposition }),
    law,
  }));
  const model = {
    name,
    edition: draft.program.edition,
    axes: draft.axes,
    inputs: draft.inputs,
    parameters,
    gates: draft.gates,
    weights,
    layers: [...layersOf(draft.root)],
    entries,
    schedule: draft.schedule.map((event) => mapEvent(event, to)),
  };
  const notes = draft.report.diagnostics.filter((diagnostic) => diagnostic.severity !== 'error');
  return {
    ...model,
    digest: digestOf(begun(model)),
    decompositions: [...draft.decompositions.values()],
    sums: [...draft.sums.values()],
    notes,
  };
}

/** Parameters that an event will add keep the ids that they were given: they come after all that exist. */
function mapEvent(event: Event, to: (id: ParameterId) => ParameterId): Event {
  return event.is === 'ramp' ? { ...event, target: event.target.map(to) } : event;
}

function* layersOf(instance: Instance): Generator<LayerInstance> {
  const weights = new Map<string, number>();
  const members = new Map<string, Path | Path[]>();
  for (const [name, node] of instance.members) {
    if (node.is === 'weight') weights.set(name, node.weight);
    const paths = instancesOf(node).map((inner) => inner.path);
    if (paths.length > 0) members.set(name, node.is === 'family' ? paths : paths[0]);
  }
  const of = instance.declaration?.name.name ?? 'group';
  yield {
    path: instance.path,
    of,
    axes: Object.fromEntries(instance.axes),
    weights: Object.fromEntries(weights),
    members: Object.fromEntries(members),
  };
  for (const node of instance.members.values()) for (const inner of instancesOf(node)) yield* layersOf(inner);
}

function instancesOf(node: MemberNode): Instance[] {
  if (node.is === 'instance') return [node.instance];
  return node.is === 'family' ? node.items.flatMap(instancesOf) : [];
}

/** Without what says how first values are scaled: a run that has begun does not depend on it. */
function begun<M extends Pick<Model, 'parameters' | 'weights'>>(model: M): M {
  const parameters = model.parameters.map((parameter) => ({ ...parameter, init: { ...parameter.init, free: undefined } }));
  const weights = model.weights.map((weight) => ({ ...weight, terms: weight.terms.map((term) => ({ ...term, drawn: undefined })) }));
  return { ...model, parameters, weights } as M;
}

/** Of the resolved model, places and reports left out: moving text about and telling more changes nothing. */
function digestOf(value: unknown): string {
  const isSilent = (key: string, inner: unknown) => key === 'place' || (key === 'reports' && Array.isArray(inner));
  return hash(JSON.stringify(value, (key, inner) => (isSilent(key, inner) ? undefined : inner)));
}
