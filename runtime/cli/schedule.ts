/** What the schedule of a model will change in training, and what a run has changed: for `explain`. */
import type { Taken } from '../../compiler/values/decision.ts';
import type { Clock, Cond, Event, Model } from '../../compiler/values/model.ts';
import { bondTitle } from '../train/events/squeeze.ts';

/** For `--json`: numbers and paths only. */
export interface EventEntry {
  readonly is: Event['is'];
  readonly every: Clock;
  readonly candidates?: Readonly<Record<string, readonly string[]>>;
  readonly bonds?: Readonly<Record<string, readonly string[]>>;
  readonly said: string;
}

/** Those that change the model. */
export function eventEntries(model: Model): EventEntry[] {
  return model.schedule.flatMap((event): EventEntry[] => {
    if (event.is === 'choose') {
      const candidates = event.groups.map(
        ({ key, candidates }) => [key, candidates.map(({ weight }) => model.weights[weight].path)] as const,
      );
      const how = event.at.every === 0 ? 'before the first step' : `${clockText(event.at)} until ${event.until}`;
      return [
        {
          is: event.is,
          every: event.at,
          candidates: Object.fromEntries(candidates),
          said: `chooses ${event.take} of each group by ${event.criterion} ${how}`,
        },
      ];
    }
    if (event.is !== 'squeeze' && event.is !== 'grow') return [];
    const bonds = event.bonds.map(
      ({ weight, legs }) => [model.weights[weight].path, legs.map((leg) => bondTitle(model, { weight, leg }).bond)] as const,
    );
    const when = [
      event.while === undefined ? '' : ` while ${conditionText(event.while)}`,
      event.until === undefined ? '' : ` until ${conditionText(event.until)}`,
    ];
    return [
      {
        is: event.is,
        every: event.at,
        bonds: Object.fromEntries(bonds),
        said: `${resizeText(event)}${when.join('')}`,
      },
    ];
  });
}

/** Lines of what is to come, then of what was decided. */
export function scheduleText(model: Model, taken: readonly Taken[]): string[] {
  const coming = eventEntries(model).flatMap(({ said, candidates = {}, bonds = {} }) => [
    said,
    ...Object.entries(candidates).map(([key, paths]) => `  ${key}  ${paths.length} candidates${becomesText(model, paths[0])}`),
    ...grouped(bonds).map(
      ([names, paths]) => `  ${names} of ${paths[0]}${paths.length === 1 ? '' : `  and ${paths.length - 1} more like it`}`,
    ),
  ]);
  const done = taken.map((one) => `before step ${one.step + 1}: ${decisionText(model, one)}`);
  return [...coming, ...done, ...(coming.length + done.length === 0 ? [] : [''])];
}

function resizeText(event: Extract<Event, { is: 'squeeze' | 'grow' }>): string {
  if (event.is === 'squeeze') return `squeezes a bond by ${event.by}, by ${event.criterion}, ${clockText(event.at)}`;
  return `grows these bonds by ${event.by} up to ${event.most ?? 'their full sizes'} ${clockText(event.at)}`;
}

function clockText({ every, unit }: Clock): string {
  return `every ${every} ${unit}`;
}

function conditionText({ quantity, f, bound }: Cond): string {
  const symbol = { lt: '<', le: '<=', gt: '>', ge: '>=' }[f];
  const { reference, plus } = bound;
  if (!reference) return `${quantity} ${symbol} ${plus}`;
  return `${quantity} ${symbol} reference${plus === 0 ? '' : plus > 0 ? ` + ${plus}` : ` - ${-plus}`}`;
}

/** What a candidate would be: `, each mpo[8*4, 4*4] of 640 parameters`. */
function becomesText(model: Model, path: string): string {
  const events = model.schedule.filter((event) => event.is === 'choose');
  const all = events.flatMap(({ groups }) => groups.flatMap(({ candidates }) => candidates));
  const { axes, becomes, adds } = all.find(({ weight }) => model.weights[weight].path === path)!;
  const parameters = adds.reduce((sum, { legs }) => sum + legs.reduce((product, { size }) => product * size, 1), 0);
  return `, each ${becomes.topology}[${axes.map(({ factors }) => factors.join('*')).join(', ')}] of ${parameters.toLocaleString('en')} parameters`;
}

function grouped(bonds: Readonly<Record<string, readonly string[]>>): [string, string[]][] {
  const groups = Map.groupBy(Object.entries(bonds), ([, names]) => names.join(', '));
  return [...groups].map(([names, members]) => [names, members.map(([path]) => path)]);
}

function decisionText(model: Model, { decision }: Taken): string {
  if (decision.is === 'choose') {
    const rest = Object.keys(decision.importance).length - decision.weights.length;
    const chosen = decision.weights.map((path) => `${path} (${decision.importance[path].toPrecision(3)})`);
    return `chose ${chosen.join(', ')} of ${decision.weights.length + rest} candidates`;
  }
  const resized = decision.sizes.map(({ weight: path, leg, size }) => {
    const weight = model.weights.findIndex((one) => one.path === path);
    return `${bondTitle(model, { weight, leg }).bond} of ${path} to ${size}`;
  });
  return decision.is === 'grow' ? `grew ${resized.join(', ')}` : `squeezed ${resized.join(', ')}, error ${decision.error.toPrecision(3)}`;
}
