/**
 * Weights become networks: each chosen candidate's cores stand where its dense tensor was, the ids of all parameters follow, and the event
 * keeps the candidates that are left. Once nothing is left to choose, it is no longer in the schedule.
 */
import type { Chosen } from '../values/decision.ts';
import type { Event, EventId, Model, Parameter, ParameterId, Weight } from '../values/model.ts';
import { renumberTerm } from '../values/term.ts';

export type Choose = Extract<Event, { is: 'choose' }>;
export type Candidate = Choose['groups'][number]['candidates'][number];

/** Throws RangeError where the event or a candidate is unknown, a weight is named twice, or a group gives more than it may. */
export function choose(model: Model, { weights }: Chosen, id: EventId | undefined): Model {
  const event = model.schedule.find((candidate): candidate is Choose => candidate.id === id && candidate.is === 'choose');
  if (event === undefined) throw new RangeError(`${model.name} has no event ${id} that chooses`);
  const chosen = new Map(weights.map((path) => [path, candidateOf(model, event, path)] as const));
  const isChosen = (candidate: Candidate) => chosen.has(model.weights[candidate.weight].path);
  const counts = event.groups.map(({ candidates }) => candidates.filter(isChosen).length);
  const taken = counts[0];
  if (chosen.size !== weights.length || taken < 1 || taken > event.until || counts.some((count) => count !== taken)) {
    throw new RangeError(
      `${counts.join(', ')} weights are chosen of the groups ${event.groups.map(({ key }) => key).join(', ')}; each gives the same number, at most ${event.until}`,
    );
  }
  const groups = event.groups.map(({ key, candidates }) => ({ key, candidates: candidates.filter((candidate) => !isChosen(candidate)) }));
  const left: Choose = { ...event, groups, until: event.until - taken };
  const schedule = model.schedule.flatMap((other) => (other !== event ? [other] : left.until === 0 ? [] : [left]));
  const changed = model.weights.map((weight) => networkOf(weight, chosen.get(weight.path)));
  return renumbered(model, parametersAfter(model, [...chosen.values()]), changed, schedule);
}

function candidateOf(model: Model, event: Choose, path: string): Candidate {
  const found = event.groups.flatMap(({ candidates }) => candidates).find(({ weight }) => model.weights[weight].path === path);
  if (found === undefined) throw new RangeError(`${path} is no candidate of event ${event.id} of ${model.name}`);
  return found;
}

/** The tensor that a candidate's weight is until it is chosen. */
export function denseOf(model: Model, { weight }: Candidate): Parameter {
  const { path, terms } = model.weights[weight];
  const [term] = terms;
  if (term.is !== 'dense') throw new RangeError(`${path} is a network already`);
  return model.parameters[term.parameter];
}

function networkOf(weight: Weight, candidate: Candidate | undefined): Weight {
  if (candidate === undefined) return weight;
  return { ...weight, axes: candidate.axes, terms: [candidate.becomes, ...weight.terms.slice(1)] };
}

/** With the ids that they had: cores in place of the dense tensors. */
function parametersAfter(model: Model, chosen: readonly Candidate[]): Parameter[] {
  const cores = new Map(chosen.map((candidate) => [denseOf(model, candidate).id, candidate.adds]));
  return model.parameters.flatMap((parameter) => cores.get(parameter.id) ?? [parameter]);
}

/** Ids are positions; what later choices add comes after them, in the same order. */
function renumbered(model: Model, parameters: readonly Parameter[], weights: readonly Weight[], schedule: readonly Event[]): Model {
  const waiting = schedule.flatMap((event) => (event.is === 'choose' ? addedBy(event) : []));
  const ids = new Map([...parameters, ...waiting].map(({ id }, position) => [id, position]));
  const to = (id: ParameterId) => ids.get(id)!;
  const parameter = ({ learned, ...old }: Parameter): Parameter => ({
    ...old,
    id: to(old.id),
    ...(learned === undefined ? {} : { learned: { ...learned, scores: to(learned.scores) } }),
  });
  const events = schedule.map((event): Event => {
    if (event.is === 'ramp') return { ...event, target: event.target.map(to) };
    if (event.is !== 'choose') return event;
    const candidate = (old: Candidate): Candidate => ({ ...old, becomes: renumberTerm(old.becomes, to), adds: old.adds.map(parameter) });
    return { ...event, groups: event.groups.map(({ key, candidates }) => ({ key, candidates: candidates.map(candidate) })) };
  });
  return {
    ...model,
    parameters: parameters.map(parameter),
    weights: weights.map((weight) => ({ ...weight, terms: weight.terms.map((term) => renumberTerm(term, to)) })),
    schedule: events,
  };
}

function addedBy({ groups }: Choose): Parameter[] {
  return groups.flatMap(({ candidates }) => candidates.flatMap(({ adds }) => adds));
}
