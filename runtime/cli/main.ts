/** Entry of the command `bondsmith`. */
import { stoppable } from './host.ts';
import { runCommand } from './run.ts';

// `bondsmith explain ... | head` closes the pipe early, which is no error.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await stoppable((context) => runCommand(process.argv.slice(2), context));
