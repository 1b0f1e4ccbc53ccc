/**
 * Plans found before, on disk: one file for each canonical network, so that equal layers, in whatever model, share one. What is read is
 * never trusted: a file that is no JSON, of another key, or whose steps are no tree is as good as none, and costs and results are counted
 * anew from the steps. Plans that a time limit ended are not kept.
 */
import { canonical, checkSteps, measure, plan } from '../../compiler/network/index.ts';
import { hash } from '../../compiler/values/hash.ts';
import type { Plan, Request } from '../../compiler/values/plan.ts';
import type { Files } from '../checkpoint/files.ts';
import { readText } from '../checkpoint/files.ts';

export class PlanCache {
  private readonly files: Files;
  private readonly folder: string;
  private readonly known = new Map<string, Plan>();

  constructor(files: Files, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /** The plan of a request: remembered, read or found, and then kept. Throws NetworkError, and FileProblem where it cannot be written. */
  plan(request: Request): Plan {
    const { key, number } = canonical(request);
    const letter = new Map(number.map((k, position) => [k, position]));
    const kept = this.known.get(key) ?? this.read(key, request, letter);
    if (kept !== undefined) {
      this.known.set(key, kept);
      const sliced = kept.sliced?.map((k) => letter.get(k)!).sort((a, b) => a - b);
      const counted = measure(kept.steps, request, sliced);
      return { ...counted, method: kept.method, optimal: kept.optimal, ...(sliced === undefined ? {} : { sliced }) };
    }
    const found = plan(request);
    if (found.stopped) return found;
    const named = found.sliced === undefined ? found : { ...found, sliced: found.sliced.map((k) => number[k]) };
    this.known.set(key, named);
    const { steps, method, optimal, sliced } = named;
    this.files.makeFolder(this.folder);
    this.files.replace(this.place(key), [new TextEncoder().encode(stored({ key, steps, method, optimal, sliced }))]);
    return found;
  }

  private place(key: string): string {
    return `${this.folder}/${hash(key)}.json`;
  }

  private read(key: string, request: Request, letter: ReadonlyMap<number, number>): Plan | undefined {
    const path = this.place(key);
    if (this.files.size(path) === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(readText(this.files, path, 2 ** 26));
      if (!isStored(value) || value.key !== key || value.sum !== sumOf(value)) return undefined;
      if (request.network.inputs.length > 1) checkSteps(value.steps, request.network.inputs.length);
      else if (value.steps.length > 0) return undefined;
      if (value.sliced?.some((k) => !letter.has(k)) || (value.sliced === undefined) !== (request.memory === undefined)) return undefined;
      const { steps, method, optimal, sliced } = value;
      return { ...measure(steps, request), method, optimal, ...(sliced === undefined ? {} : { sliced }) };
    } catch {
      return undefined;
    }
  }
}

interface Stored {
  readonly key: string;
  readonly steps: readonly (readonly [number, number])[];
  readonly method: string;
  readonly optimal: boolean;
  readonly sliced?: readonly number[];
}
/** A changed digit can leave a tree that is one: the sum of all fields tells. */
const sumOf = ({ key, steps, method, optimal, sliced }: Stored) => hash(JSON.stringify([key, steps, method, optimal, sliced ?? null]));
const stored = (plan: Stored) => JSON.stringify({ ...plan, sum: sumOf(plan) });

function isStored(value: unknown): value is Stored & { sum: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { key, steps, method, optimal, sliced } = value as Readonly<Record<string, unknown>>;
  const numbers = (list: unknown) => Array.isArray(list) && list.every((entry) => Number.isSafeInteger(entry));
  const strings = typeof key === 'string' && typeof method === 'string' && typeof optimal === 'boolean';
  return strings && Array.isArray(steps) && steps.every((step) => numbers(step)) && (sliced === undefined || numbers(sliced));
}
