/** The room's one door: text to Model, or to everything that is wrong with it. */
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Model, Path } from '../values/model.ts';
import { byName } from '../values/named.ts';
import { verifyModel } from '../values/verify-model.ts';
import type { Before, Found } from './before.ts';
import { elaborateEntries } from './bodies/entries.ts';
import { type Defaults, resolveChain, type Settings } from './chain.ts';
import { warnOfCost } from './cost.ts';
import { Facts } from './facts.ts';
import { finish } from './finish.ts';
import { checkUnused } from './generic.ts';
import { warnIdle } from './idle.ts';
import { instantiateModel } from './instantiate.ts';
import { attempt, refuse } from './refuse.ts';
import { listed, meant, Report } from './report.ts';
import { Program, type Unread } from './scope.ts';
import { warnUnreached } from './unreached.ts';
import { applyVariants } from './variant/index.ts';

export interface CheckRequest {
  /** Name of the file, as places will show it. */
  readonly file: string;
  readonly text: string;
  /** The text of an imported file (`use "./models.bond" ...`), why it cannot be read, or undefined where there is none. */
  load(path: string, from: string): string | Unread | undefined;
  /** A model or a variant; without it everything in the file is checked. */
  readonly name?: string;
  /** Options of the variant, of those it is built on, or of the model. */
  readonly set?: Settings;
  /** What a published checkpoint has for the options of its model. What the text states itself comes first. */
  readonly defaults?: Defaults;
  /** Paths of the tensors that a checkpoint will give. */
  readonly source?: ReadonlySet<Path>;
  /** Where this is given, it gets what the checker knows of places in the text. */
  readonly facts?: Facts;
  /** What is known of the text from before: only items whose texts changed, or those of what they use, are checked again. */
  readonly before?: Before;
  /** The model that a variant is of, with the options that the chain sets and none of its statements: every weight one tensor. */
  readonly dense?: boolean;
}
export interface CheckResult {
  /** Of the name asked for, or of the only one in the file; absent where anything is wrong. */
  readonly model?: Model;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Map<string, string>;
  readonly names: { readonly models: readonly string[]; readonly variants: readonly string[] };
}

/**
 * Checks a program. Never throws for a bad one: `diagnostics` has every error found, warnings and notes, in the order of the text.
 * Sizes are resolved here; nothing is allocated.
 */
export function check(request: CheckRequest): CheckResult {
  const report = new Report();
  const program = new Program(request, report);
  const items = [...program.main.names.values()].map((entry) => entry.item);
  const models = items.filter((item) => item.kind === 'layer').filter((item) => item.model);
  const variants = items.filter((item) => item.kind === 'variant');
  const all = [...models, ...variants];
  const chosen = request.name === undefined ? all : all.filter((item) => item.name.name === request.name);
  if (request.name !== undefined && chosen.length === 0) attempt(report, () => refuseName(request, program, all));
  const found = chosen.filter((item) => request.name !== undefined || item.place.file === request.file);
  const known = new Set<string>();
  const broken = report.failed;
  const checked = found.map((item) => checkItem(program, item, { ...request, broken }, known));
  for (const { diagnostics } of checked) report.take(diagnostics);
  const unknown = [...byName(request.set ?? {}).keys()].filter((name) => !known.has(name));
  for (const name of found.length > 0 ? unknown : []) attempt(report, () => refuseSetting(program, found, name, [...known]));
  if (request.name === undefined) checkUnused(program, report, request.before);
  const model = found.length === 1 && !report.failed ? checked[0]!.model : undefined;
  return {
    ...(model ? { model } : {}),
    diagnostics: inOrder(report.diagnostics, request.file),
    sources: program.sources,
    names: { models: models.map((item) => item.name.name), variants: variants.map((item) => item.name.name) },
  };
}

interface ItemRequest extends CheckRequest {
  /** The file has mistakes already: no model comes of it. */
  readonly broken: boolean;
}

/** One model or variant, or what was found of it when its text was the same. */
function checkItem(program: Program, item: tree.Layer | tree.Variant, request: ItemRequest, known: Set<string>): Found {
  const { before, broken, facts } = request;
  const fresh = (): Found => {
    const report = new Report(broken);
    const own = facts && new Facts();
    const model = attempt(report, () => checkOne(program, item, { ...request, facts: own }, report, known));
    return { model, facts: own?.all() ?? [], diagnostics: report.diagnostics };
  };
  const found = before === undefined ? fresh() : before.recall(program, item, broken, fresh);
  for (const { place, fact } of found.facts) facts?.add(place, fact);
  return found;
}

/** `known` collects the options that could have been set. */
function checkOne(
  program: Program,
  item: tree.Layer | tree.Variant,
  request: CheckRequest,
  report: Report,
  known: Set<string>,
): Model | undefined {
  if (item.kind === 'variant' && item.target !== undefined && request.name === undefined) return undefined;
  const { model, options, variants } = resolveChain(program, item, request.set ?? {}, known, request.defaults);
  const draft = instantiateModel(program, model, options, report, request);
  if (draft === undefined) return undefined;
  if (!request.dense) applyVariants(draft, variants);
  const entries = elaborateEntries(draft);
  if (!report.failed) for (const warn of [warnUnreached, warnOfCost, warnIdle]) warn(draft, entries);
  if (report.failed) return undefined;
  const made = finish(draft, request.dense ? model.name.name : item.name.name, entries);
  verifyModel(made);
  request.facts?.finish(draft, made);
  return made;
}

/** Of a file with one model and no variants the model is named, of any other the file. */
function refuseSetting(program: Program, items: readonly (tree.Layer | tree.Variant)[], name: string, known: readonly string[]): never {
  const [only, ...more] = items;
  const start: Place = { file: program.main.file, from: 0, to: 0 };
  return refuse({
    code: 'B205',
    message: `${only !== undefined && more.length === 0 ? only.name.name : 'this file'} has no option \`${name}\``,
    at: only !== undefined && more.length === 0 ? only.name.place : start,
    label: 'set from outside',
    hint: meant(name, known) ?? `options: ${listed(known)}`,
  });
}

function refuseName(request: CheckRequest, program: Program, all: readonly (tree.Layer | tree.Variant)[]): never {
  const place: Place = { file: program.main.file, from: 0, to: 0 };
  const names = all.map((item) => item.name.name);
  return refuse({
    code: 'B101',
    message: `there is no model or variant \`${request.name}\``,
    at: place,
    label: 'in this file',
    hint: meant(request.name!, names, `it has ${listed(names)}`),
  });
}

/** The file that was asked for first, then by place. */
function inOrder(diagnostics: readonly Diagnostic[], file: string): Diagnostic[] {
  const rank = ({ primary: { place } }: Diagnostic) => (place.file === file ? 0 : 1);
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || a.primary.place.from - b.primary.place.from);
}
