/** Views, map chains and products to their normal forms, until nothing changes; a pass of sharing and sweeping keeps the counts of uses true. */
import type { Table } from '../../values/operation.ts';
import type { Program } from '../../values/program.ts';
import { factor } from './factor.ts';
import { fuseMaps } from './fuse-maps.ts';
import { share } from './share.ts';
import { sweep } from './sweep.ts';
import { views } from './views.ts';

const MOST_ROUNDS = 12;

export function simplify(program: Program, table: Table, stage: 'built' | 'planned'): Program {
  let current = sweep(share(program, table), table);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const steps = [views, fuseMaps, (p: Program, t: Table) => factor(p, t, stage === 'planned')];
    const next = steps.reduce((p, step) => sweep(share(step(p, table), table), table), current);
    if (fingerprint(next) === fingerprint(current)) return next;
    current = next;
  }
  return current;
}

function fingerprint(program: Program): string {
  return JSON.stringify(program.nodes.map((node) => [node.operation, node.inputs, node.attributes]));
}
