/**
 * Weights that a user gives (`--from`) against a model: what it takes from them by the names of its dense tensors, what it finds under the
 * names of its parameters (cores of an earlier run), and what does not fit.
 */
import type { Model, Parameter, Provenance } from '../../compiler/values/model.ts';
import { isAll } from '../../compiler/values/provenance.ts';
import type { Difference } from './checkpoint.ts';
import { storedParameter, weightNames } from './checkpoint.ts';
import type { StoredTensor, TensorFile } from './safetensors.ts';

/**
 * Tensors that the model wants and the file lacks (they start fresh), that the file has and the model does not want, and that have another
 * shape than the model takes. `used` are the names of those that the model takes.
 */
export function compareWithGiven(file: TensorFile, model: Model): { differences: Difference[]; used: Set<string> } {
  const used = new Set<string>();
  const differences = new Map<string, Difference>();
  for (const parameter of model.parameters) {
    for (const { path, shape } of wanted(parameter, model)) take(file.tensors.get(path), path, shape);
    const stored = storedFor(file, parameter);
    const shape = parameter.legs.map((leg) => leg.size);
    // Exports hold the values of seeded tensors too: they are compared with what is drawn.
    if (parameter.origin.is === 'seeded')
      for (const name of parameter.names) if (file.tensors.has(name)) take(file.tensors.get(name), name, shape);
    if (stored !== undefined) take(stored, stored.name, shape);
    else if (isAll(['fresh'], parameter.origin) && storedParameter(file, parameter.names) === undefined) {
      const [name] = parameter.names;
      differences.set(name, { name, kind: 'missing', expected: shape });
    }
  }
  for (const name of weightNames(file)) {
    if (!used.has(name) && !differences.has(name)) differences.set(name, { name, kind: 'extra', found: file.tensors.get(name)!.shape });
  }
  return { differences: [...differences.values()], used };

  function take(stored: StoredTensor | undefined, name: string, expected: readonly number[]): void {
    if (stored === undefined) differences.set(name, { name, kind: 'missing', expected });
    else if (isShape(stored.shape, expected)) used.add(name);
    else differences.set(name, { name, kind: 'misshapen', expected, found: stored.shape });
  }
}

/** Cores that another library saved may have legs of one position at the ends. */
function isShape(found: readonly number[], expected: readonly number[]): boolean {
  const long = (shape: readonly number[]) => shape.filter((size) => size !== 1).join();
  return long(found) === long(expected);
}

/**
 * The tensor of the file that a drawn parameter starts from instead: one with a name of it. What `init` states is not taken back: such a
 * parameter is fresh under its own name. The cores of an adapter and the scores of a mask are too, but for them an earlier run says more than the first values.
 */
export function storedFor(file: TensorFile, { origin, names, role, init }: Parameter): StoredTensor | undefined {
  const stated =
    origin.is === 'fresh' && names.includes(origin.path) && file.tensors.has(origin.path) && role !== 'adapter' && init.law.is !== 'sizes';
  return isAll(['fresh'], origin) && !stated ? storedParameter(file, names) : undefined;
}

/** The tensors of a checkpoint that a value is made from, with their shapes there. */
function wanted({ origin, legs }: Parameter, model: Model): { readonly path: string; readonly shape: readonly number[] }[] {
  const walk = (from: Provenance, shape: readonly number[]): ReturnType<typeof wanted> => {
    switch (from.is) {
      case 'fresh':
      case 'seeded':
        return [];
      case 'checkpoint':
        return [{ path: from.path, shape: from.axes.map((_, axis) => shape[from.axes.indexOf(axis)]) }];
      case 'copy':
        return walk(from.of, shape);
      case 'combined':
        return from.of.flatMap((part) => walk(part, shape));
      case 'stack':
        return from.of.flatMap((part) => {
          const own = shape.slice(from.sizes.length);
          return walk(
            part.origin,
            own.map((_, leg) => own[part.axes.indexOf(leg)]),
          );
        });
      case 'slice':
        return walk(from.of, from.sizes);
      case 'factor':
        return walk(
          from.of,
          model.decompositions[from.decomposition].axes.map(({ size }) => size),
        );
    }
  };
  return walk(
    origin,
    legs.map((leg) => leg.size),
  );
}
