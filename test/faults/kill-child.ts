/**
 * One `bondsmith train` that kills itself with SIGKILL at the given moment, counted over all that it does to files: each piece of a
 * checkpoint, each line of metrics, each event of the run (they go through `--trace`). Arguments: the moment (0: never), then the command.
 * At the end it prints how many moments there were.
 */
import type { Files } from '../../runtime/checkpoint/files.ts';
import { nodeContext } from '../../runtime/cli/host.ts';
import { runCommand } from '../../runtime/cli/run.ts';

const [at, ...argv] = process.argv.slice(2);
let moments = 0;
function moment(): void {
  if (++moments !== Number(at)) return;
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
function* watched(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    moment();
    // Half a piece on the disk is a moment of its own.
    const half = chunk.length >> 1;
    yield chunk.subarray(0, half);
    moment();
    yield chunk.subarray(half);
  }
  moment();
}

const context = nodeContext();
const { files } = context;
const own: Files = {
  ...files,
  replace(path, chunks) {
    files.replace(path, watched(chunks));
    moment();
  },
  async replaceLater(path, chunks) {
    await files.replaceLater(path, watched(chunks));
    moment();
  },
  append(path, text) {
    moment();
    files.append(path, text);
    moment();
  },
};
const code = await runCommand(argv, { ...context, files: own, plans: undefined });
process.stdout.write(`\n${moments}\n`);
process.exitCode = code;
