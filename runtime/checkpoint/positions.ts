/** Tensors of positions: integers in files, among reals in engines, and no weights where they lie outside their axis. */
import type { Parameter } from '../../compiler/values/model.ts';

/** The values as a file keeps them. */
export function kept<T extends Float64Array | Float32Array | Int32Array>(parameter: Parameter | undefined, data: T): T | Int32Array {
  return parameter?.positions === undefined ? data : Int32Array.from(data);
}

/** What is wrong with values that a file gives the parameter; undefined of reals, and where all are positions. */
export function outside({ names, positions }: Parameter, data: Float64Array): string | undefined {
  if (positions === undefined) return undefined;
  const wrong = data.find((value) => !(Number.isInteger(value) && value >= 0 && value < positions));
  return wrong === undefined ? undefined : `${names[0]} has ${wrong}, which is no position on an axis of ${positions}`;
}
