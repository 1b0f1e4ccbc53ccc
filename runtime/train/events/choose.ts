/**
 * Choosing in training (Gao et al., ACL 2023): of each group the candidates that count most become networks, exact at their full bonds, so
 * that the function stays and only what is trained changes.
 */
import type { Choose } from '../../../compiler/index.ts';
import { denseOf } from '../../../compiler/index.ts';
import type { Chosen } from '../../../compiler/values/decision.ts';
import type { DenseTerm, Model } from '../../../compiler/values/model.ts';
import { didYouMean } from '../../../grammar/nearest.ts';
import { SettingsError } from '../../checkpoint/schema.ts';
import { decompose } from '../../weights/decompose.ts';
import { permute } from '../../weights/tensor.ts';
import { transportToCore } from '../../weights/transport.ts';
import type { TrainConfig } from '../config.ts';
import type { NewTensor, Outcome, Scene } from './event.ts';
import { candidatesOf, countsOf, givenTo } from './importance.ts';

type Candidate = Choose['groups'][number]['candidates'][number];

/** Throws MemoryLimit where what counts is measured by a program that does not fit. */
export async function choose(scene: Scene<Choose>): Promise<Outcome> {
  const { event, model } = scene;
  const counts = await countsOf(scene);
  const pathOf = ({ weight }: Candidate) => model.weights[weight].path;
  const count = (candidate: Candidate) => counts.get(pathOf(candidate)) ?? 0;
  const chosen = event.groups.flatMap(({ candidates }) =>
    // Sorting is stable: of equals the first in the text.
    [...candidates].sort((a, b) => count(b) - count(a)).slice(0, Math.min(event.take, event.until)),
  );
  const made = chosen.map((candidate) => networkIn(scene, candidate));
  const decision: Chosen = {
    is: 'choose',
    weights: chosen.map(pathOf),
    importance: Object.fromEntries(candidatesOf(event).map((candidate) => [pathOf(candidate), count(candidate)])),
  };
  return {
    is: 'change',
    decision,
    tensors: new Map(made.flatMap(({ cores }) => cores)),
    said: `chosen by ${event.criterion}: ${chosen.map((candidate) => `${pathOf(candidate)} (${count(candidate).toPrecision(3)})`).join(', ')}`,
    measured: {
      ...Object.fromEntries(chosen.map((candidate) => [`chosen ${pathOf(candidate)}`, count(candidate)])),
      choice_error: Math.max(...made.map(({ error }) => error)),
    },
  };
}

/** The cores of a candidate's present values, and what its moments become in them. */
function networkIn({ model, state, request }: Scene<Choose>, candidate: Candidate): { cores: [string, NewTensor][]; error: number } {
  const { axes, becomes, adds, weight } = candidate;
  const dense = denseOf(model, candidate);
  const { perm } = model.weights[weight].terms[0] as DenseTerm;
  const shape = dense.legs.map(({ size }) => size);
  const value = permute({ shape, data: Float64Array.from(state.get(dense.names[0])!) }, perm);
  const { cores, error } = decompose(value, axes, becomes, { seed: request.seed });
  const named = cores.map((core, k): [string, NewTensor] => {
    const { names } = adds.find(({ id }) => id === becomes.nodes[k].parameter)!;
    return [
      names[0],
      {
        value: core,
        moment(read, squared) {
          const moment = read(dense.names[0]);
          return moment === undefined ? undefined : transportToCore(becomes, axes, cores, k, permute(moment, perm), squared ? 2 : 1);
        },
      },
    ];
  });
  return { cores: named, error };
}

/** Before a run begins: importance that the settings give must be of candidates, and say something of every group that goes by it. */
export function checkGiven({ weights, schedule }: Model, { events }: TrainConfig): void {
  const given = events.importance;
  const asking = schedule.filter((event) => event.is === 'choose' && event.criterion === 'given') as Choose[];
  const paths = asking.flatMap((event) => candidatesOf(event).map(({ weight }) => weights[weight].path));
  const unknown = Object.keys(given).filter((name) => !paths.some((path) => path === name || path === `${name}.weight`));
  const silent = asking
    .flatMap(({ groups }) => groups)
    .filter(({ candidates }) => candidates.every(({ weight }) => givenTo(weights[weight].path, given) === undefined));
  const problems = [
    ...unknown.map(
      (name) =>
        `events.importance[${JSON.stringify(name)}] is no candidate of \`choosing ... by given\`; ${didYouMean(name, [...paths, ...paths.map((path) => path.replace(/\.weight$/, ''))]) ?? `candidates: ${paths.join(', ') || 'none'}`}`,
    ),
    ...silent.map(
      ({ key }) => `events.importance says nothing of ${key}, which is chosen by \`given\`: give numbers by path, the greatest are chosen`,
    ),
  ];
  if (problems.length > 0) throw new SettingsError('settings', problems);
}
