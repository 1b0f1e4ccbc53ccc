/** What callers may say of a fit and of a tape. */
import type { DataGiven } from '../data/memory.ts';
import type { Longer } from '../data/texts.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';
import type { Callbacks } from './callbacks.ts';

export interface FitOptions extends Callbacks {
  /** Optimiser steps, default 1000. */
  readonly steps?: number;
  /** Rows of a (micro-)batch, default 32, or all where there are fewer. */
  readonly batch?: number;
  readonly seed?: number;
  /** Held-out rows; default: the last tenth of the data. */
  readonly validation?: DataGiven;
  /** Of what `config.data.texts` says is a text; and what becomes of texts that are too long, default: they are refused. */
  readonly tokenizer?: Tokenizer;
  readonly longer?: Longer;
  /** Settings as in run.json: `{ optimiser: { rate: 1e-3 } }`. */
  readonly config?: unknown;
}
export interface TapeOptions {
  /** Settings as in run.json. */
  readonly config?: unknown;
  /** Of dropout and gates, default 1. */
  readonly seed?: number;
  /** Goes on with the optimiser of the run whose last step was loaded. */
  readonly resume?: boolean;
  /** Where the schedule of the rate ends; default: it has no end, or that of the run. */
  readonly steps?: number;
}
