/** What a target of `bondsmith build` is given and gives. */
import type { Model } from '../../../compiler/values/model.ts';
import type { Words } from '../../../compiler/values/random.ts';
import type { HostTensor } from '../../weights/tensor.ts';

/** What is built of what. */
export interface Building {
  readonly model: Model;
  readonly values: readonly HostTensor[];
  /** The seed of seeded tensors, whose values are written out. */
  readonly seeded: Words;
  /** By open axis: what contractions are planned for. */
  readonly planned: ReadonlyMap<string, number>;
  /** Functions, losses and metrics by name; absent: all functions. */
  readonly entries?: readonly string[];
  /** Of ONNX: the set of operators. */
  readonly opset?: number;
}
/** Files by name; `notes` are told. */
export interface Built {
  readonly files: ReadonlyMap<string, Iterable<Uint8Array>>;
  readonly left: readonly string[];
  readonly notes: readonly string[];
}

export const encoded = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
