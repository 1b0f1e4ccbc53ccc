/**
 * The one error record of Bondsmith. Every stage that refuses a program returns these; the terminal, `--json`, the editor and the
 * page show the same record. Codes are stable: B0xx syntax, B1xx names, B2xx sizes, B3xx axes, B4xx topologies, B5xx selections,
 * B6xx structure of variants, B7xx state of variants, W warnings.
 */
import { BondsmithError } from './error.ts';

/** A half-open range of UTF-16 offsets in one source file. */
export interface Place {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** A place together with what is to be said about it. */
export interface Label {
  readonly place: Place;
  readonly text: string;
}

export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly primary: Label;
  readonly secondary: readonly Label[];
  readonly hint?: string;
}

/** Source texts by file name, for rendering places as lines and columns. */
export type Sources = ReadonlyMap<string, string>;

/** Thrown where a caller asked for a value and the program was refused; carries every diagnostic found. */
export class Refused extends BondsmithError {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super('refused', diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
    this.name = 'Refused';
    this.diagnostics = diagnostics;
  }
}
