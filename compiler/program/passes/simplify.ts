/** Views, map chains and products to their normal forms, until nothing changes; sharing and sweeping between keeps counts of uses true. */
import type { Table } from '../../values/operation.ts';
import type { Program } from '../../values/program.ts';
import { factor } from './factor.ts';
import { fuseMaps } from './fuse-maps.ts';
import { Keys, share } from './share.ts';
import { sweep } from './sweep.ts';
import { views } from './views.ts';

const MOST_ROUNDS = 12;

export function simplify(program: Program, table: Table, stage: 'built' | 'planned'): Program {
  const steps = [views, fuseMaps, (p: Program, t: Table) => factor(p, t, stage === 'planned')];
  const keys = new Keys();
  const tidy = (p: Program) => sweep(share(p, table, keys), table);
  let current = tidy(program);
  let idle = 0;
  for (let k = 0; k < MOST_ROUNDS * steps.length && idle < steps.length; k++) {
    const next = steps[k % steps.length](current, table);
    idle = next === current ? idle + 1 : 0;
    if (next !== current) current = tidy(next);
  }
  return current;
}
