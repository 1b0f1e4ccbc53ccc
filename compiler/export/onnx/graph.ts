/** A graph of ONNX as data: values by name, in the order in which they are computed. */
import type { Dtype } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';

export type Attribute = number | string | readonly number[];
export interface OnnxNode {
  readonly operator: string;
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}
export interface OnnxConstant {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
export interface OnnxValue {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Count[];
  /** With the names of its axes, for people. */
  readonly about: string;
}
export interface OnnxModel {
  readonly opset: number;
  readonly name: string;
  /** Names of axes that powers belong to. */
  readonly open: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  /** Given by name when the file is written. */
  readonly weights: readonly OnnxValue[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}
