/** Which tiles a statement of a kernel sets and reads: what both printers ask before they put statements into passes. */
import type { Statement } from '../values/kernel.ts';

/** Tiles that a statement sets or changes. */
export function defines(s: Statement): string[] {
  switch (s.is) {
    case 'tile':
    case 'read':
    case 'map':
    case 'fold':
    case 'arg-top':
      return [s.tile];
    case 'accumulate':
    case 'multiply':
      return [s.into];
    case 'loop':
      return s.body.flatMap(defines);
    default:
      return [];
  }
}

/** Tiles that a statement reads, those that a loop makes for itself left out. */
export function uses(s: Statement): string[] {
  switch (s.is) {
    case 'map':
      return [...s.tiles];
    case 'fold':
    case 'arg-top':
      return [s.source];
    case 'accumulate':
      return [s.into, s.source];
    case 'write':
      return [s.tile];
    case 'loop': {
      const own = new Set(s.body.flatMap((inner) => (inner.is === 'accumulate' ? [] : defines(inner))));
      return s.body.flatMap(uses).filter((tile) => !own.has(tile));
    }
    default:
      return [];
  }
}

/** The statements that define the wanted tiles, in their order and with all lets, without those that the scope has. */
export function neededFor(statements: readonly Statement[], wanted: readonly string[], scope: ReadonlyMap<string, unknown>): Statement[] {
  const needed = new Set(wanted.filter((tile) => !scope.has(tile)));
  const chosen = new Set<Statement>();
  for (const s of statements.toReversed()) {
    if (s.is === 'let' || !defines(s).some((tile) => needed.has(tile))) continue;
    chosen.add(s);
    for (const tile of uses(s)) if (!scope.has(tile)) needed.add(tile);
  }
  return statements.filter((s) => s.is === 'let' || chosen.has(s));
}

/** Needs the whole vector axis before it goes on. */
function isFolded(s: Statement): boolean {
  return s.is === 'fold' || s.is === 'arg-top' || (s.is === 'loop' && s.body.some(isFolded));
}

/** A loop that only adds to tiles from outside it which something later reads: a reduction at each point of the vector axis. */
export function isPointwiseLoop(s: Extract<Statement, { is: 'loop' }>, later: readonly Statement[]): boolean {
  const own = new Set(s.body.filter((inner) => inner.is !== 'accumulate').flatMap(defines));
  const outer = s.body.flatMap(defines).filter((tile) => !own.has(tile));
  return !isFolded(s) && later.some((next) => uses(next).some((tile) => outer.includes(tile)));
}
