/**
 * What a family of published checkpoints is called: its model of the library, how its configuration becomes options of that model, and
 * which of its tensors are which of ours. The families of the library are data beside its models; a user writes one in the same form.
 */
import { families } from '../../../compiler/index.ts';
import type { Read, Schema } from '../schema.ts';
import { absent, anything, either, like, list, number, object, optional, readSettings, record, text, truth } from '../schema.ts';

/** Of an option: keys of the configuration, the first that is there; `rope_parameters.rope_theta` lies in an object. */
const optionRule = object({
  from: either(text, list(text), 'a key or a list of keys'),
  /** What its values are called here; absent: as they are. */
  values: absent(record(anything)),
  /** The value of another option is taken off, or a number is added. */
  minus: absent(text),
  plus: absent(number()),
});
const nothing: Schema<null> = like((value): value is null => value === null, 'null');
const partsRule = object({
  /** Equal parts of the first axis (after any transposition), in this order. */
  parts: list(text),
  /** The file holds the matrix with its axes exchanged. */
  transposed: optional(truth, false),
});
/** The same tensor again; where the model is not tied it is `or`. */
const tiedRule = object({ tied: text, or: absent(text) });
const tensorRule = either(either(text, nothing, 'a name or null'), either(partsRule, tiedRule, ''), 'a name, null, {"parts"} or {"tied"}');

/** Published names by pattern: `~` is the prefix, which checkpoints of the bare model lack; `{l}` a number, `{l+1}` the next one here. */
const tensors = record(tensorRule);
const family = object({
  model: text,
  types: list(text),
  options: record(either(text, optionRule, 'a key or {"from"}')),
  requires: record(list(anything)),
  prefix: text,
  /** Members that a checkpoint may lack: they start fresh. */
  heads: list(text),
  tensors,
  /** The class of transformers that a loss was trained for. */
  writes: record(text),
});
const userMap = object({ prefix: optional(text, ''), heads: optional(list(text), []), tensors });

export type Family = Read<typeof family> & { readonly module: string };
export type NameMap = Read<typeof userMap>;
export type TensorRule = Read<typeof tensorRule>;
export type OptionRule = Read<typeof optionRule>;

/** All families of the library. */
export function knownFamilies(): Family[] {
  return [...families].flatMap(([module, json]) =>
    readSettings(list(family), JSON.parse(json), `std/models/${module}.json`).map((one) => ({ ...one, module })),
  );
}

/** A map that a user wrote. Throws SettingsError with all that is wrong. */
export function readNameMap(value: unknown, name: string): NameMap {
  return readSettings(userMap, value, name);
}
