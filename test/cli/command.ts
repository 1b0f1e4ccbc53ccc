/** Runs commands in this process, in a folder of their own, and keeps what they print. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../runtime/cli/context.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { printable } from '../../runtime/cli/printable.ts';
import { runCommand } from '../../runtime/cli/run.ts';
import '../verified.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
export interface Workplace {
  readonly folder: string;
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  run(...argv: string[]): Promise<Ran>;
  /** As `run`, but asked to stop after so many steps. */
  interrupted(steps: number, ...argv: string[]): Promise<Ran>;
  remove(): void;
}

/** `plans`: the folder, inside, of plans that were found before. */
export function workplace(plans?: string): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'bondsmith-'));
  const path = (name: string) => join(folder, name);
  const run = async (argv: readonly string[], stopAfter: number): Promise<Ran> => {
    const out: string[] = [];
    const err: string[] = [];
    let asked = 0;
    const context: Context = {
      files: nodeFiles(),
      out: (text) => void out.push(printable(text, false)),
      err: (text) => void err.push(printable(text, false)),
      color: false,
      plans: plans === undefined ? undefined : path(plans),
      terminal: { columns: 100, write: (text) => void err.push(text) },
      now: () => performance.now(),
      interrupted: (within) => within === undefined && ++asked > stopAfter,
    };
    const code = await runCommand(argv, context);
    return { code, out: out.join(''), err: err.join('') };
  };
  return {
    folder,
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
    run: (...argv) => run(argv, Infinity),
    interrupted: (steps, ...argv) => run(argv, steps),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A model of text that trains in milliseconds. */
export const smallProgram = `edition 1
model Small(vocab = 65, width = 16, context = 16) {
  axis batch, time <= context
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  up: linear[width -> width]
  head: linear[width -> vocab](biased = false)
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    x = embed[ids]
    x = x + relu(up(x))
    logits = head(x)
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
  metric accuracy = mean(argmax[vocab](forward(ids)) == next)
}
variant Mpo(bond = 4) of Small {
  decompose up as mpo[4*4, 4*4](b = bond)
  decompose head as mpo[padded 5*((vocab + 4) div 5), 4*4](b = bond)
}
variant Half of Small {
  decompose up as mpo[4*4, 4*4]
  freeze central of up
}
`;
export const smallText = 'the sea and the whale, and the sea. '.repeat(60);
