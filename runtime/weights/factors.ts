/** Which decompositions a parameter's value comes from, with which bonds, and what is made of several tensors. */
import type { DecompositionSpec, Model, Provenance } from '../../compiler/values/model.ts';
import { cutAt, madeOf } from '../../compiler/values/provenance.ts';
import { coresOf, summandsOf } from '../../compiler/values/term.ts';
import { originKey } from './draw.ts';
import type { HostTensor } from './tensor.ts';

export type Factor = Provenance & { is: 'factor' };

/** The decompositions that a value comes from; not those that its dense tensor came from before. */
export function factorsIn(origin: Provenance): Factor[] {
  return origin.is === 'factor' ? [origin] : madeOf(origin).flatMap(factorsIn);
}

/** Equal for the cores of one tensor, decomposed in one way. */
export function decompositionKey({ of, decomposition }: Factor): string {
  return `${decomposition} ${originKey(of)}`;
}

/** The sizes that the model has for the legs of every decomposition: bonds may be smaller than the text says. */
export function sizesOf({ parameters, decompositions }: Model): Map<string, Map<number, number>> {
  const result = new Map<string, Map<number, number>>();
  for (const { origin, legs } of parameters) {
    for (const factor of factorsIn(origin)) {
      const key = decompositionKey(factor);
      const sizes = result.get(key) ?? new Map<number, number>();
      const gone = cutAt(origin).map(({ leg }) => leg);
      let from = 0;
      for (const { nodes, legs: own, places } of summandsOf(decompositions[factor.decomposition])) {
        if (places !== undefined) continue;
        const node = nodes.find(({ parameter }) => parameter === factor.node);
        const left = node?.legs.filter((_, axis) => !gone.includes(axis)) ?? [];
        for (const [axis, leg] of left.entries()) sizes.set(from + leg, legs[axis].size);
        from += own.length;
      }
      result.set(key, sizes);
    }
  }
  return result;
}

/** The tensor that `path` is a core of. A shared core has the name of one of its users. */
export function wholeOf({ node }: Factor, spec: DecompositionSpec, path: string): string {
  const name = `.${nodesOf(spec).find(({ parameter }) => parameter === node)!.name}`;
  const found = path.endsWith(name) ? path.slice(0, -name.length) : path;
  return spec.plus === undefined || found === path ? found : found.slice(0, found.lastIndexOf('.'));
}

/** Of all its summands. */
export const nodesOf = (spec: DecompositionSpec) => summandsOf(spec).flatMap(coresOf);

/** Tensors of one shape, row-major along axes of `sizes` before theirs. */
export function stacked(parts: readonly HostTensor[], sizes: readonly number[]): HostTensor {
  const [{ shape, data }] = parts;
  const all = new Float64Array(parts.length * data.length);
  for (const [k, part] of parts.entries()) all.set(part.data, k * data.length);
  return { shape: [...sizes, ...shape], data: all };
}

export function mean(parts: readonly HostTensor[]): HostTensor {
  const data = new Float64Array(parts[0].data.length);
  for (const part of parts) for (let k = 0; k < data.length; k++) data[k] += part.data[k] / parts.length;
  return { shape: parts[0].shape, data };
}
