/** Factor lists that make up the sizes of weights, with what a network of them would cost. */
import type * as tree from '../../grammar/tree.ts';
import type { Weight } from '../values/model.ts';
import type { Completion } from './complete.ts';
import type { Document } from './document.ts';

/** All ways to write a size as `count` factors, at least 2 each, in rising order; those that are most even first. */
export function factorisations(size: number, count: number, least = 2): number[][] {
  if (count === 1) return size >= least ? [[size]] : [];
  const found: number[][] = [];
  for (let first = least; first ** count <= size; first++)
    if (size % first === 0) for (const rest of factorisations(size / first, count - 1, first)) found.push([first, ...rest]);
  return found.sort((a, b) => a.at(-1)! - a[0]! - (b.at(-1)! - b[0]!));
}

export interface Proposal {
  /** `[4*4*8, 4*4*4]`. */
  readonly lists: string;
  /** Of one weight at bonds of 8. */
  readonly parameters: number;
  readonly dense: number;
}

/** For a chain of cores over all axes of a shape: at most three, of as many factors as fit, the shortest first. */
export function proposals(shape: readonly number[], counts: readonly number[] = [2, 3, 4, 5], bond = 8): Proposal[] {
  const dense = shape.reduce((product, size) => product * size, 1);
  const found = counts.flatMap((count): Proposal[] => {
    const lists = shape.map((size) => factorisations(size, count)[0]);
    if (lists.some((list) => list === undefined)) return [];
    return [{ lists: `[${lists.map((list) => list!.join('*')).join(', ')}]`, parameters: chainOf(lists as number[][], bond), dense }];
  });
  return found.slice(0, 3);
}

/** Entries of a matrix product operator of these factors, no bond above its full size. */
function chainOf(lists: readonly (readonly number[])[], bond: number): number {
  const sites = lists[0]!.map((_, k) => lists.reduce((product, list) => product * list[k]!, 1));
  const product = (from: number, to: number) => sites.slice(from, to).reduce((all, site) => all * site, 1);
  const cut = (k: number) => (k === 0 || k === sites.length ? 1 : Math.min(bond, product(0, k), product(k, sites.length)));
  return sites.reduce((sum, site, k) => sum + cut(k) * site * cut(k + 1), 0);
}

/** Shapes of the weights of two axes that a path of a variant selects, in the dense model; each once. */
export function shapesOf(document: Document, variant: tree.Variant, selection: string): number[][] {
  const base = baseOf(document, variant);
  const model = base === undefined ? undefined : document.denseModel(base, variant.place);
  const pattern = patternOf(selection);
  const weights = (model?.weights ?? []).filter((weight) => weight.axes.length > 1 && pattern.test(weight.path));
  const shapes = new Map(weights.map(({ axes }: Weight) => [axes.map(({ size }) => size).join(), axes.map(({ size }) => size)]));
  return [...shapes.values()];
}

/** The variant itself may be broken: what it is built on is asked for its dense weights. */
function baseOf({ project }: Document, variant: tree.Variant): string | undefined {
  return project.main.scope.find(variant.of?.name.name ?? '')?.name;
}

/** `block[*].{up, down}` as a pattern of paths of weights. */
function patternOf(selection: string): RegExp {
  const source = selection
    .trim()
    .replace(/\s+/g, '')
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replace(/\{(?:\w+:)?([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
    .replace(/\[[^\]]*\]/g, '\\[\\d+(?:,\\d+)*\\]')
    .replace(/\*\*/g, '.+')
    .replace(/(?<![.+\])])\*/g, '[^.]+');
  return new RegExp(`^${source === 'all' ? '.*' : source}(\\..*)?$`);
}

const thousands = (value: number): string => value.toLocaleString('en');

/** After `decompose PATH as`: topologies of matrices with lists that fit all weights that the path selects. */
export function factorLists(document: Document, offset: number, variant: tree.Variant): Completion[] {
  const line = document.text.slice(document.text.lastIndexOf('\n', offset - 1) + 1, offset);
  const selection = /^\s*(?:decompose|adapt)\s+(.*?)\s+(?:over\s+[\w, ]+)?(?:as|with)\s+$/.exec(line)?.[1];
  const [shape, ...others] = selection === undefined ? [] : shapesOf(document, variant, selection);
  if (shape === undefined || others.length > 0 || shape.length !== 2) return [];
  return proposals(shape).map(({ lists, parameters, dense }) => ({
    label: `mpo${lists}(b = 8)`,
    kind: 'snippet',
    detail: `${thousands(parameters)} parameters each, ${((100 * parameters) / dense).toPrecision(3)} % of dense`,
    insert: `mpo${lists}(b = 8)`,
  }));
}
