/** What a built package carries beside its weights: JSON, and the bytes of its modules. */
import type { ElementType } from '../../compiler/values/body.ts';
import type { SizedStep } from '../../compiler/values/sized.ts';

/** `at`: the byte that says whether the memory is shared, where 1 means that it is not. */
export interface CarriedModule {
  readonly bytes: string;
  readonly at: number;
}
/** A file beside the package's code. */
export interface CarriedFile {
  readonly file: string;
  readonly checksum: string;
}
/** `size`: a number, or the position of an open axis. */
export interface CarriedAxis {
  readonly name: string;
  readonly size: number | { readonly open: number };
}
export interface CarriedInput {
  readonly name: string;
  readonly type: ElementType;
  readonly axes: readonly CarriedAxis[];
  /** Values are positions below it. */
  readonly below?: number;
}
export interface CarriedEntry {
  readonly name: string;
  readonly inputs: readonly CarriedInput[];
  /** `key`: what the step calls it. */
  readonly results: readonly { readonly name: string; readonly key: string; readonly axes: readonly CarriedAxis[] }[];
  /** The open axis of rows, which do not know of each other: any number of them is run in parts. */
  readonly rows?: number;
  readonly step: SizedStep;
}
export interface CarriedProgram {
  readonly bondsmith: string;
  readonly name: string;
  readonly digest: string;
  readonly open: readonly { readonly name: string; readonly most: number }[];
  readonly entries: readonly CarriedEntry[];
  /** Elements of the persistent space, and what lies there. */
  readonly persistent: number;
  readonly parameters: readonly { readonly name: string; readonly offset: number; readonly shape: readonly number[] }[];
  /** Keys in the order of the module's exports, which are `kernel0`, `kernel1` and so on. */
  readonly kernels: readonly string[];
  readonly code: {
    /** Tells hosts whose relaxed multiply-add rounds once. */
    readonly probe: string;
    readonly walk: string;
    readonly walkShared: string;
    readonly micro: { readonly plain: CarriedModule; readonly fused: CarriedModule };
    readonly kernels: { readonly plain: CarriedFile & { readonly at: number }; readonly fused: CarriedFile & { readonly at: number } };
  };
  readonly weights: CarriedFile;
}
