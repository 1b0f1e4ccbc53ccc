/** Entry of the command `bondsmith`. */
import { stoppable } from './host.ts';
import { runCommand } from './run.ts';

type Closed = Error & { readonly code?: string };
// `bondsmith explain ... | head` closes the pipe early, which is no error; a run goes on and keeps what it learns.
let running = true;
process.stdout.on('error', ({ code }: Closed) => {
  if (code === 'EPIPE' && !running) process.exit(0);
});
// A reader of progress that leaves, or a terminal that is gone, ends nothing.
process.stderr.on('error', () => undefined);
const argv = process.argv.slice(2);
running = argv[0] === 'train';
process.exitCode = await stoppable((context) => runCommand(argv, context));
