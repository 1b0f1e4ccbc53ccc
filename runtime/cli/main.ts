/** Entry of the command `bondsmith`. */
import { nodeContext } from './host.ts';
import { runCommand } from './run.ts';

process.exitCode = await runCommand(process.argv.slice(2), nodeContext());
