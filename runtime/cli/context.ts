/** What a command gets of the world, so that tests run commands in their own process. */
import { BondsmithError } from '../../grammar/error.ts';
import type { Files } from '../checkpoint/files.ts';
import type { Engine } from '../engine/engine.ts';
import type { Terminal } from '../train/listeners/progress.ts';
import type { TrainHost } from '../train/request.ts';
import type { OptionTable, Values } from './options.ts';

export interface Context extends TrainHost {
  readonly files: Files;
  /** Where progress is drawn. */
  readonly terminal: Terminal;
  /** Results, for people or as JSON. */
  out(text: string): void;
  /** Everything else: warnings, progress. */
  err(text: string): void;
  /** ANSI colours on `err`. */
  readonly color: boolean;
  /** Instead of that of a run. */
  readonly engine?: Engine['name'];
  /** Of the engine; absent: all cores. */
  readonly threads?: number;
  /** Gets where the time of a run goes (profile.ts); absent: nothing is measured. */
  readonly profile?: string;
  /** Folder of plans that were found before; absent: none are kept. */
  readonly plans?: string;
}
/** A mistake in how a command is called: exit code 2. */
export class UsageError extends BondsmithError {
  constructor(message: string) {
    super('usage', message);
    this.name = 'UsageError';
  }
}
/** A mistake in what a command is given: exit code 1, message as it is. */
export class Problem extends BondsmithError {
  constructor(message: string) {
    super('problem', message);
    this.name = 'Problem';
  }
}
/** A command of the command line: its table of options says what it takes, and what it is given is typed by the table. */
export interface Command<O extends OptionTable = OptionTable> {
  readonly name: string;
  /** `<file>`, `[file]`, `<file...>`. */
  readonly argument: string;
  readonly summary: string;
  readonly options: O;
  readonly examples: readonly string[];
  /** Yields the exit code. */
  run(args: readonly string[], options: Values<O>, context: Context): Promise<number> | number;
}

export function command<O extends OptionTable>(spec: Command<O>): Command {
  return spec as Command<OptionTable>;
}
