/**
 * From steps that the compiler made for several sizes to one whose sizes are open: every number of the launch table becomes a function of
 * the sizes that gives the number of each sample. Sizes do not change what kernels are, as long as no two of them happen to be equal and
 * no threshold lies between them, so samples that are alike are taken and the others left. Throws NotSized where too few are alike.
 */
import type { CompiledStep, Executable } from '../../values/executable.ts';
import type { Address, Schedule } from '../../values/kernel.ts';
import type { ByRate } from '../../values/program.ts';
import { inOrder } from '../../values/program.ts';
import {
  type Argument,
  placed,
  type SizedAllocation,
  type SizedLaunch,
  type SizedPart,
  type SizedStep,
  type SizedTable,
} from '../../values/sized.ts';
import type { Target } from '../../values/target.ts';
import { Laws, NotSized } from '../laws.ts';

export interface Sample {
  /** In the order of the open axes. */
  readonly sizes: readonly number[];
  readonly step: CompiledStep;
}
/** Samples beyond what a law of two terms needs. */
const FEWEST = 4;

/** `alike`: one of the samples that were taken. */
export function fitStep(open: readonly string[], samples: readonly Sample[], target: Target): { step: SizedStep; alike: Sample } {
  const alike = largestAlike(samples, target);
  if (open.length > 0 && alike.length < FEWEST)
    throw new NotSized(`kernels for sizes beside each other are not the same (${alike.length} of ${samples.length} samples are alike)`);
  const laws = new Laws(alike.map(({ sizes }) => sizes));
  const { layout } = alike[0].step.batch;
  const places = placesOf(alike, laws);
  const step = { open, persistent: layout.size, places };
  for (const { sizes, step: own } of alike) checkPlaces(placed(step, sizes).places, own);
  const parts = (pick: (step: CompiledStep) => Executable | undefined): SizedPart | undefined => {
    const own = alike.flatMap((sample) => pick(sample.step) ?? []);
    return own.length === 0 ? undefined : partOf(own, laws, target);
  };
  const [frozen, begin, end] = [parts((own) => own.frozen), parts((own) => own.begin), parts((own) => own.end)];
  const there: Partial<ByRate<SizedPart>> = { ...(frozen && { frozen }), ...(begin && { begin }), ...(end && { end }) };
  return { step: { ...step, parts: { ...there, batch: parts((own) => own.batch)! } }, alike: alike[0] };
}

/** Equal where all but numbers is equal. */
function formOf({ step }: Sample, target: Target): string {
  const parts = inOrder(step).map((part) => {
    const { kernels, launches, tables, lives } = part.schedule(target);
    const runs = tables.map(({ dtype, steps, values }) => steps?.length ?? `${dtype} ${values.length}`);
    return [kernels.map(({ key }) => key), launches.map(({ kernel, keys }) => [kernel, keys]), runs, lives.map(({ uses }) => uses)];
  });
  return JSON.stringify(parts);
}

function largestAlike(samples: readonly Sample[], target: Target): readonly Sample[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const form = formOf(sample, target);
    groups.set(form, [...(groups.get(form) ?? []), sample]);
  }
  return [...groups.values()].reduce((best, own) => (own.length > best.length ? own : best), []);
}

function checkPlaces(places: ReadonlyMap<string, { readonly address: Address }>, step: CompiledStep): void {
  for (const part of inOrder(step)) {
    for (const [key, { address }] of part.places) {
      const own = places.get(key)?.address;
      if (own?.offset !== address.offset || own.length !== address.length) throw new NotSized(`${key} does not lie where it should`);
    }
  }
}

/** Those of all parts, by space in order of place; what lies in persistent memory stays where it is. */
function placesOf(samples: readonly Sample[], laws: Laws): SizedAllocation[] {
  const maps = samples.map(({ step }) => new Map(inOrder(step).flatMap((part) => [...part.places])));
  const [first, ...others] = maps;
  const sorted = [...first].sort(([, a], [, b]) => a.address.offset - b.address.offset);
  return sorted.map(([key, { name, type, address }]) => {
    const all = [type, ...others.map((map) => map.get(key)!.type)];
    const axes = type.axes.map(
      (axis, k) =>
        [
          axis.name,
          laws.count(
            all.map((own) => own.axes[k].size),
            key,
          ),
        ] as const,
    );
    const start = address.space === 'persistent' ? { start: address.offset } : {};
    return { key, name, dtype: type.dtype, axes, space: address.space, ...start };
  });
}

function partOf(parts: readonly Executable[], laws: Laws, target: Target): SizedPart {
  const given = new Arguments(laws, target);
  const schedules = parts.map((part) => part.schedule(target));
  const [first] = schedules;
  const bound = boundIn(first, parts[0]);
  const tables = first.tables.map((run, k): SizedTable => {
    if (run.steps === undefined) return sameTable(run, schedules, k);
    const all = schedules.map((schedule) => schedule.tables[k].steps!);
    const law = (digit: number, of: 0 | 1) =>
      laws.count(
        all.map((steps) => steps[digit][of]),
        'a table',
      );
    return { steps: run.steps.map((_, digit) => [law(digit, 0), law(digit, 1)] as const) };
  });
  const launches = first.launches.map(({ kernel, wave, gate, label, keys, args }, k): SizedLaunch => {
    const all = schedules.map((schedule) => schedule.launches[k].args);
    const own = args.map((_, n) =>
      given.of(
        all.map((values) => values[n]),
        `argument ${n} of ${label}`,
        { schedules, parts },
      ),
    );
    return { kernel, wave, ...(gate === undefined ? {} : { gate }), label, keys, args: own, buffers: bound[k] };
  });
  return {
    name: parts[0].name,
    gates: parts[0].gates,
    kernels: first.kernels.map(({ key, args, grid }) => ({ key, args, grid })),
    launches,
    tables,
    lives: first.lives.map(({ from, to }, k) => ({
      size: laws.count(
        schedules.map(({ lives }) => lives[k].size),
        'a value',
      ),
      from,
      to,
    })),
  };
}

function sameTable(run: Schedule['tables'][number], schedules: readonly Schedule[], k: number): SizedTable {
  const { dtype, values } = run;
  if (schedules.some(({ tables }) => tables[k].values.join() !== values.join()))
    throw new NotSized('a table of constants changes with the sizes');
  return { dtype, values };
}

/** What the buffers of each launch are bound to. */
function boundIn(schedule: Schedule, part: Executable): SizedLaunch['buffers'][] {
  const scratch = new Map(
    schedule.lives.flatMap(({ uses }, life) => uses.map(([launch, buffer]) => [`${launch} ${buffer}`, life] as const)),
  );
  const at = ({ space, offset, length }: Address) => `${space} ${offset} ${length}`;
  const named = new Map([...part.places].reverse().map(([key, { address }]) => [at(address), key]));
  return schedule.launches.map(({ buffers, label }, launch) =>
    buffers.map((address, buffer) => {
      const life = scratch.get(`${launch} ${buffer}`);
      if (life !== undefined) return life;
      if (address.space === 'tables') {
        if (address.offset === 0 && address.length === schedule.sizes.tables) return 'tables';
        return { table: schedule.tables.findIndex(({ offset }) => offset === address.offset) };
      }
      if (address.space === 'inputs' && address.offset === 0 && address.length === part.sizes.inputs) return 'inputs';
      const key = named.get(at(address));
      if (key === undefined) throw new NotSized(`buffer ${buffer} of ${label} has no name`);
      return { named: key };
    }),
  );
}

interface Whole {
  readonly schedules: readonly Schedule[];
  readonly parts: readonly Executable[];
}

/** What arguments of launches are, beyond sizes. */
class Arguments {
  readonly #laws: Laws;
  readonly #limits: readonly number[];

  constructor(laws: Laws, { rows, pieces }: Target) {
    this.#laws = laws;
    this.#limits = [
      rows.visits,
      rows.piece,
      rows.sumPiece,
      rows.short,
      ...Object.values(pieces).flatMap(({ length, most }) => [length, most]),
    ];
  }

  of(values: readonly number[], what: string, whole: Whole): Argument {
    return this.#laws.law(values) ?? this.#place(values, whole) ?? this.#quotient(values) ?? this.#laws.count(values, what);
  }
  #place(values: readonly number[], { schedules, parts }: Whole): Argument | undefined {
    const table = schedules[0].tables.findIndex((_, k) => schedules.every(({ tables }, s) => tables[k].offset === values[s]));
    if (table >= 0) return { table };
    const start = [...parts[0].places.keys()].find((key) => parts.every(({ places }, s) => places.get(key)?.address.offset === values[s]));
    return start === undefined ? undefined : { start };
  }
  #quotient(values: readonly number[]): Argument | undefined {
    for (const powers of this.#laws.powers) {
      for (const of of this.#limits) {
        const fits = values.every((value, k) => value === Math.max(1, Math.floor(of / this.#laws.monomial(powers, k))));
        if (fits) return { quotient: [of, [[1, ...powers]]] };
      }
    }
    return undefined;
  }
}
