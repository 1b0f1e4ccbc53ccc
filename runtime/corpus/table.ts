/** Features against oracles: how many programs have each, and how many of those each oracle has confirmed. */
import { kinds } from './composed/kinds.ts';
import { universe } from './features.ts';
import { type OracleName, oracleNames } from './oracles/index.ts';

export interface Row {
  readonly feature: string;
  programs: number;
  readonly confirmed: Record<OracleName, number>;
}

export class FeatureTable {
  private readonly rows = new Map<string, Row>(universe.map((feature) => [feature, fresh(feature)]));

  count(features: Iterable<string>, oracles: Iterable<OracleName>): void {
    const asked = [...oracles];
    for (const feature of features) {
      const row = this.rows.get(feature) ?? fresh(feature);
      this.rows.set(feature, row);
      row.programs++;
      for (const name of asked) row.confirmed[name]++;
    }
  }

  /** Rows of the universe that no program has, or that no oracle has confirmed in any. */
  gaps(asked: readonly OracleName[]): string[] {
    const own = universe.map((feature) => this.rows.get(feature)!);
    return own
      .filter(({ programs, confirmed }) => programs === 0 || (asked.length > 0 && asked.every((name) => confirmed[name] === 0)))
      .map(({ feature }) => feature);
  }

  toJSON(): readonly Row[] {
    return [...this.rows.values()];
  }

  /** For people, in Markdown; pairs of statements are one row. */
  print(): string {
    const all = [...this.rows.values()];
    const isPair = ({ feature }: Row) => feature.startsWith('pair ');
    const pairs = all.filter(isPair);
    const summed = fresh(`pairs of statements, ${pairs.length} of ${kinds.length ** 2}`);
    for (const { programs, confirmed } of pairs) {
      summed.programs += programs;
      for (const name of oracleNames) summed.confirmed[name] += confirmed[name];
    }
    const head = ['feature', 'programs', ...oracleNames];
    const lines = [...all.filter((row) => !isPair(row)), summed].map(({ feature, programs, confirmed }) => [
      feature,
      programs,
      ...oracleNames.map((name) => confirmed[name]),
    ]);
    return [head, ['---', ...head.slice(1).map(() => '---:')], ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  }
}

function fresh(feature: string): Row {
  return { feature, programs: 0, confirmed: { passes: 0, differences: 0, merged: 0, wasm: 0 } };
}
