/**
 * A graph as the bytes of an .onnx file: numbers of fields are those of onnx.proto3 (github.com/onnx/onnx). A file of Protocol Buffers ends
 * at 2 GB; weights beyond that lie in a file beside it.
 */

import { axisOf } from '../../values/count.ts';
import type { Dtype } from '../../values/program.ts';
import type { Count } from '../../values/sized.ts';
import type { Attribute, OnnxConstant, OnnxModel, OnnxNode, OnnxValue } from './graph.ts';
import { bytes, integer, type Message, message, nested, packed, text } from './protobuf.ts';

const DTYPES: Readonly<Record<Dtype, number>> = { real: 1, int: 7, bit: 9 };
/** Of the format, by the set of operators that came with it. */
const FORMAT: Readonly<Record<number, number>> = { 18: 8, 23: 11 };
/** Weights in a file beside lie at multiples of this, so that it can be mapped into memory. */
const PAGE = 4096;

export interface OnnxFiles {
  readonly model: readonly Uint8Array[];
  readonly data?: readonly Uint8Array[];
}
export interface Encoding {
  readonly producer: string;
  /** Of the file beside, where one is needed. */
  readonly dataFile: string;
  /** Bytes of weights that the model's file may hold. */
  readonly limit: number;
}

/** `weightOf`: elements of a weight, row-major. */
export function encodeOnnx(model: OnnxModel, weightOf: (name: string) => Float32Array, { producer, dataFile, limit }: Encoding): OnnxFiles {
  const values = model.weights.map(({ name }) => {
    const own = weightOf(name);
    return new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
  });
  const apart = values.reduce((sum, own) => sum + own.length, 0) > limit;
  const data: Uint8Array[] = [];
  let end = 0;
  const weights = model.weights.map((weight, k) => {
    if (!apart) return tensor(weight, bytes(9, values[k]));
    const at = end;
    const gap = (PAGE - (values[k].length % PAGE)) % PAGE;
    data.push(values[k], new Uint8Array(gap));
    end += values[k].length + gap;
    return tensor(weight, beside(dataFile, at, values[k].length));
  });
  const file = fileOf(model, producer, weights);
  return { model: file.parts, ...(apart ? { data } : {}) };
}

function fileOf(model: OnnxModel, producer: string, weights: readonly Message[]): Message {
  const [name, version] = producer.split(' ');
  return message(
    integer(1, FORMAT[model.opset]),
    text(2, name),
    text(3, version),
    nested(7, graphOf(model, weights)),
    nested(8, message(text(1, ''), integer(2, model.opset))),
    ...Object.entries(model.metadata).map(([key, value]) => nested(14, pair(key, value))),
  );
}
function graphOf({ name, nodes, constants, inputs, outputs, open }: OnnxModel, weights: readonly Message[]): Message {
  return message(
    ...nodes.map((node) => nested(1, nodeOf(node))),
    text(2, name),
    ...weights.map((own) => nested(5, own)),
    ...constants.map((own) => nested(5, constantOf(own))),
    ...inputs.map((own) => nested(11, valueInfo(own, open))),
    ...outputs.map((own) => nested(12, valueInfo(own, open))),
  );
}
function nodeOf({ operator, inputs, outputs, attributes }: OnnxNode): Message {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, outputs.at(-1)!),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => nested(5, attributeOf(name, value))),
  );
}
function attributeOf(name: string, value: Attribute): Message {
  if (typeof value === 'number') return message(text(1, name), integer(3, value), integer(20, 2));
  if (typeof value === 'string') return message(text(1, name), text(4, value), integer(20, 3));
  return message(text(1, name), ...value.map((own) => integer(8, own)), integer(20, 7));
}

function tensor({ name, dtype, shape }: Pick<OnnxValue, 'name' | 'dtype' | 'shape'>, content: Message): Message {
  return message(packed(1, shape as number[]), integer(2, DTYPES[dtype]), text(8, name), content);
}
function constantOf(constant: OnnxConstant): Message {
  const { dtype, values } = constant;
  const raw = {
    real: () => Float32Array.from(values),
    int: () => BigInt64Array.from(values, BigInt),
    bit: () => Uint8Array.from(values),
  }[dtype]();
  return tensor(constant, bytes(9, new Uint8Array(raw.buffer)));
}
/** One tensor as a file of its own, as tests of ONNX have them. */
export function encodeTensor(constant: OnnxConstant): readonly Uint8Array[] {
  return constantOf(constant).parts;
}
function beside(file: string, at: number, length: number): Message {
  const entries = { location: file, offset: String(at), length: String(length) };
  return message(...Object.entries(entries).map(([key, value]) => nested(13, pair(key, value))), integer(14, 1));
}
function valueInfo({ name, dtype, shape, about }: OnnxValue, open: readonly string[]): Message {
  const dims = shape.map((size) => nested(1, dimension(size, open)));
  const type = message(integer(1, DTYPES[dtype]), nested(2, message(...dims)));
  return message(text(1, name), nested(2, nested(1, type)), text(3, about));
}
/** A number, the name of an open axis, or nothing where it is computed from several. */
function dimension(size: Count, open: readonly string[]): Message {
  if (typeof size === 'number') return integer(1, size);
  const axis = axisOf(size);
  return axis === undefined ? message() : text(2, open[axis]);
}
function pair(key: string, value: string): Message {
  return message(text(1, key), text(2, value));
}
