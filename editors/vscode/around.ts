/** What the extension asks its language server beyond the protocol: the network at a place of a text. */
import type { Drawing } from '../../runtime/explain/drawing.ts';

export const AROUND = 'bondsmith/around';
export interface AroundParams {
  readonly uri: string;
  /** UTF-16 units from the start. */
  readonly offset: number;
  readonly text: string;
}
export interface AroundResult {
  /** The model or variant that the place is in. */
  readonly name?: string;
  readonly drawings: readonly Drawing[];
}
