/** What a checkpoint holds beside tensors: numbers are exact, all of it is JSON. One schema is the type, the check and the words of errors. */
import { isTaken } from '../../compiler/values/decision.ts';
import type { Read } from './schema.ts';
import { absent, anything, count, exactly, like, list, number, object, pair, record, text } from './schema.ts';

/** A seed: two words of 32 bits. */
const word = number({ least: 0, below: 2 ** 32, whole: true });
export const words = pair(word, word);

const amount = number({ least: 0 });
/** What became of given weights: by weight, and by statement that chose the bonds of several together. */
export const decomposedRecord = object({
  weights: list(object({ path: text, bonds: list(count), error: amount, outputError: absent(amount), near: absent(text) })),
  together: list(object({ weights: count, entries: count, dense: count, loss: amount, least: absent(amount) })),
});

/** All that a run needs beside tensors: nothing of it lies elsewhere. */
export const runRecord = object({
  /** Of the package that wrote it. */
  version: text,
  /** The main file, and every text by its path, those that it uses too. */
  program: object({ file: text, texts: list(pair(text, text)) }),
  /** As run.json has them. */
  settings: record(anything),
  /** Characters of the text that it learns, in the order of their ids; empty for other data. */
  vocabulary: text,
  /** Names of labels by axis, where the data give names. */
  labels: record(list(text)),
  /** Of the data that it learns: another text or file is not gone on with. Absent where nothing was recorded. */
  data: absent(text),
  /** Where it began from given weights. */
  decomposed: absent(decomposedRecord),
  /** Of the values of its teacher, where it has one. */
  teacher: absent(text),
  /** Of open axes in a batch, by name. */
  sizes: record(number({ least: 1, whole: true })),
  /** What it takes, for readers that have no compiler: `ids[batch, time] in vocab`. */
  inputs: list(text),
});
export type RunRecord = Read<typeof runRecord>;

/** A loss before there was one is not a number, which JSON writes as null. */
const measured = like((value): value is number => value === null || Number.isFinite(value), 'a number');

/** What events that change the model did and know: with the text it gives the model of the checkpoint. */
export const eventRecord = object({
  taken: list(like(isTaken, 'a decision')),
  /** The latest, newest last: of these is the moving average. */
  losses: list(measured),
  /** What `reference` is for each event that began. */
  references: list(pair(count, measured)),
  /** Events that are over, and why. */
  ended: list(pair(count, text)),
  /** How much candidates of choices count, summed since the last choice, by event and path of the weight. */
  importance: list(pair(count, list(pair(text, number())))),
  /** What became of moments. */
  moments: text,
});
export type EventRecord = Read<typeof eventRecord>;

export const runState = object({
  format: exactly(2),
  /** What the run is of and how it began: with it a checkpoint stands alone. Absent where a program of the user's saves by itself. */
  run: absent(runRecord),
  model: text,
  edition: count,
  /** Of the resolved model: a checkpoint of another model is refused. */
  digest: text,
  /** Optimiser steps done, and micro-batches drawn since the run began. */
  step: count,
  tick: count,
  seed: words,
  /** Arithmetic class of the engine: bits are promised within one class only. */
  host: text,
  profile: text,
  /** Members of the persistent space in their order. */
  layout: list(text),
  /** Factor lists of every decomposed weight by path and axis, and bond sizes by path and bond as the run began; events changed them since. */
  factors: record(list(list(number({ least: 1, whole: true })))),
  bonds: record(record(number({ least: 1, whole: true }))),
  /** What the loop itself keeps: best validation loss, patience. */
  loop: record(number()),
  /** Of the last step, where it was not evaluated yet. */
  pending: absent(record(number())),
  /** Absent where the schedule changes nothing. */
  events: absent(eventRecord),
});
export type RunState = Read<typeof runState>;
