/** The draft becomes the Model: uses resolved, names derived, ids renumbered in order. */
import { hash } from '../values/hash.ts';
import { scoresName } from '../values/learned.ts';
import type { Entry, Event, LayerInstance, Model, Parameter, ParameterId, Path, Term } from '../values/model.ts';
import { renumberTerm } from '../values/term.ts';
import type { Draft, Instance, MemberNode } from './draft.ts';
import { type FlatTerm, factoredAxes, leavesOf, termsOf } from './tensor/flat.ts';
import { namesOf } from './tensor/slots.ts';
import type { Tensor } from './tensor/tensor.ts';

export function finish(draft: Draft, name: string, entries: readonly Entry[]): Model {
  const model = resolved(draft, name, entries);
  let digest: string | undefined;
  return {
    ...model,
    // Runs have one, `check` has no use for it, and it costs as much as all bodies.
    get digest() {
      digest ??= digestOf(begun(model));
      return digest;
    },
  };
}

/** The model without a digest: what verification of a draft looks at. */
export function resolved(draft: Draft, name: string, entries: readonly Entry[]): Model {
  const leaves = leavesOf(draft);
  const names = namesOf(draft);
  const renumbered = new Map(leaves.map((tensor, id) => [tensor.id, id]));
  const to = (id: ParameterId): ParameterId => renumbered.get(id)!;
  const scored = leaves.filter(({ learned }) => learned !== undefined);
  const parameters = leaves.map((tensor, id): Parameter => {
    const { legs, positions, role, origin, init, update, keep, orthogonal, learned } = tensor;
    const held = {
      ...(keep === undefined ? {} : { keep }),
      ...(orthogonal === undefined ? {} : { orthogonal }),
      ...(learned === undefined ? {} : { learned: { scores: leaves.length + scored.indexOf(tensor), share: learned } }),
    };
    const of = positions === undefined ? {} : { positions };
    return { id, names: names(tensor), legs, ...of, ...(role === undefined ? {} : { role }), origin, init, update, ...held };
  });
  const weights = draft.weights.map((weight) => ({
    id: weight.id,
    path: weight.path,
    axes: factoredAxes(weight),
    terms: termsOf(weight).map((term) => renumberTerm(plain(term), to)),
    law: weight.law,
  }));
  return {
    name,
    edition: draft.program.edition,
    digest: '',
    axes: draft.axes,
    inputs: draft.inputs,
    parameters: [...parameters, ...scored.map((tensor, k) => scoresOf(tensor, leaves.length + k, names(tensor)[0]!))],
    gates: draft.gates,
    weights,
    layers: [...layersOf(draft.root)],
    entries,
    schedule: draft.schedule.map((event) => mapEvent(event, to)),
    decompositions: [...draft.decompositions.values()],
    sums: [...draft.sums.values()],
    notes: draft.report.diagnostics.filter((diagnostic) => diagnostic.severity !== 'error'),
  };
}

/** What a learned mask is chosen by: stored after all tensors that weights are made of, and trained whatever is said of its core. */
function scoresOf({ legs }: Tensor, id: ParameterId, core: Path): Parameter {
  const path = scoresName(core);
  const origin = { is: 'fresh', path } as const;
  return { id, names: [path], legs, role: 'scores', origin, init: { law: { is: 'sizes' }, scale: 1 }, update: { frozen: false } };
}

function plain(term: FlatTerm): Term {
  if (term.is === 'dense') {
    const { of: _, ...rest } = term;
    return rest;
  }
  const { of: _, body: __, nodes, places, ...rest } = term;
  if (places !== undefined) {
    const [{ name, parameter }] = nodes as [(typeof nodes)[0]];
    return { is: 'sparse', name: rest.name!, values: { name, parameter }, places, scale: rest.scale };
  }
  return { ...rest, nodes: nodes.map(({ name, parameter, legs }) => ({ name, parameter, legs })) };
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
  yield { path: instance.path, of, axes: instance.axes, weights, members };
  for (const node of instance.members.values()) for (const inner of instancesOf(node)) yield* layersOf(inner);
}

function instancesOf(node: MemberNode): Instance[] {
  if (node.is === 'instance') return [node.instance];
  return node.is === 'family' ? node.items.flatMap(instancesOf) : [];
}

/** Without what says how first values are scaled: a run that has begun does not depend on it. */
function begun({ digest: _, decompositions: __, sums: ___, notes: ____, ...model }: Model): object {
  const parameters = model.parameters.map((parameter) => ({ ...parameter, init: { ...parameter.init, free: undefined } }));
  const weights = model.weights.map((weight) => ({ ...weight, terms: weight.terms.map((term) => ({ ...term, drawn: undefined })) }));
  return { ...model, parameters, weights };
}

/** Of the resolved model, places and reports left out: moving text about and telling more changes nothing. */
function digestOf(value: unknown): string {
  return hash(saidOf(value));
}

/** As JSON, several times as fast as its replacers: most of a model are expressions and lists of numbers, of which all is said. */
function saidOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value))
    return value.some((inner) => typeof inner === 'object') ? `[${value.map(saidOf).join()}]` : JSON.stringify(value);
  let said = '';
  for (const [key, inner] of value instanceof Map ? value : Object.entries(value)) {
    if (inner === undefined || key === 'place' || (key === 'reports' && Array.isArray(inner))) continue;
    said += `${said === '' ? '' : ','}${JSON.stringify(key)}:${key === 'expression' ? JSON.stringify(inner) : saidOf(inner)}`;
  }
  return `{${said}}`;
}
