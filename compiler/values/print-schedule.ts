/** The printed form of schedules (`--dump kernels`): each kernel once, then the launches. */
import type { Schedule } from './kernel.ts';
import { printKernel } from './print-kernel.ts';

export function printSchedule({ kernels, launches, sizes }: Schedule): string {
  const spaces = Object.entries(sizes).map(([space, size]) => `${space} ${size}`);
  const lines = launches.map(({ kernel, args, buffers, blocks, wave, gate, label }) => {
    const places = buffers.map(({ space, offset }) => `${space}+${offset}`).join(' ');
    const skipped = gate === undefined ? '' : `  if ${gate}`;
    return `  wave ${wave}  ${kernels[kernel].key}  blocks ${blocks}  (${args.join(' ')})  ${places}${skipped}  # ${label}`;
  });
  return `${[...kernels.map(printKernel), `spaces  ${spaces.join('  ')}`, ...lines].join('\n')}\n`;
}
