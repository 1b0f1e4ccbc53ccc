/**
 * Plans found before, on disk: one file for each canonical network, so that equal layers, in whatever model, share one. What is read is
 * never trusted: a file that is no JSON, of another key, or whose steps are no tree is as good as none, and costs and results are counted
 * anew from the steps. Plans are found for the canonical network, so that whether one was known changes no bit of what is compiled. Plans
 * that a time limit ended are not kept.
 */
import type { Canonical } from '../../compiler/network/index.ts';
import { canonical, checkSteps, plan, restored } from '../../compiler/network/index.ts';
import { hash } from '../../compiler/values/hash.ts';
import type { Plan, Request } from '../../compiler/values/plan.ts';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem, readText } from '../checkpoint/files.ts';

export class PlanCache {
  private readonly files: Files;
  private readonly folder: string;
  private readonly needed: boolean;
  private readonly known = new Map<string, Stored>();

  /** Where the folder is not `needed`, plans that cannot be written there are only remembered. */
  constructor(files: Files, folder: string, needed = true) {
    this.files = files;
    this.folder = folder;
    this.needed = needed;
  }

  /**
   * The plan of a request: remembered, read or found, and then kept; the same in each case. Throws NetworkError, and FileProblem where it
   * cannot be written.
   */
  plan(request: Request): Plan {
    const own = canonical(request);
    return this.recalled(own, request) ?? this.kept(plan(own.request), own, request);
  }

  /** As `plan`, by a search that takes its time. */
  async planBy(search: (request: Request) => Promise<Plan>, request: Request): Promise<Plan> {
    const own = canonical(request);
    return this.recalled(own, request) ?? this.kept(await search(own.request), own, request);
  }

  private recalled(own: Canonical, request: Request): Plan | undefined {
    const kept = this.known.get(own.key) ?? this.read(own);
    if (kept === undefined) return undefined;
    this.known.set(own.key, kept);
    return restored(kept, own, request);
  }
  private kept(found: Plan, own: Canonical, request: Request): Plan {
    if (!found.stopped) this.keep({ ...found, key: own.key });
    return restored(found, own, request);
  }

  private keep({ key, steps, method, optimal, sliced }: Stored): void {
    const plan = { key, steps, method, optimal, sliced };
    this.known.set(key, plan);
    try {
      this.files.makeFolder(this.folder);
      this.files.replace(this.place(key), [new TextEncoder().encode(JSON.stringify({ ...plan, sum: sumOf(plan) }))]);
    } catch (error) {
      if (this.needed || !(error instanceof FileProblem)) throw error;
    }
  }

  private place(key: string): string {
    return `${this.folder}/${hash(key)}.json`;
  }

  private read({ key, request }: Canonical): Stored | undefined {
    const path = this.place(key);
    const { inputs, sizes } = request.network;
    try {
      if (this.files.size(path) === undefined) return undefined;
      const value: unknown = JSON.parse(readText(this.files, path, 2 ** 26));
      if (!isStored(value) || value.key !== key || value.sum !== sumOf(value)) return undefined;
      if (inputs.length > 1) checkSteps(value.steps, inputs.length);
      else if (value.steps.length > 0) return undefined;
      const { sliced } = value;
      if (sliced?.some((k) => k < 0 || k >= sizes.length) || (sliced === undefined) !== (request.memory === undefined)) return undefined;
      return value;
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

function isStored(value: unknown): value is Stored & { sum: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { key, steps, method, optimal, sliced } = value as Readonly<Record<string, unknown>>;
  const numbers = (list: unknown) => Array.isArray(list) && list.every((entry) => Number.isSafeInteger(entry));
  const strings = typeof key === 'string' && typeof method === 'string' && typeof optimal === 'boolean';
  return strings && Array.isArray(steps) && steps.every((step) => numbers(step)) && (sliced === undefined || numbers(sliced));
}
