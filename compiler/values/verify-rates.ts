/** What must hold between the parts of a step that is split by rate: nothing that changes more often reaches a part that runs less often. */
import type { ByRate, Output, Program, Rate, Source, Type } from './program.ts';
import { printType, sameShape } from './shape.ts';

type PartName = keyof ByRate<unknown>;
const parts: readonly PartName[] = ['frozen', 'begin', 'batch', 'end'];
/** Rates of the sources that a part may read. */
const allowed: Readonly<Record<PartName, readonly Rate[]>> = {
  frozen: ['frozen'],
  begin: ['frozen', 'update'],
  batch: ['frozen', 'update', 'batch'],
  end: ['frozen', 'update'],
};

/**
 * Empty when all holds: a part reads nothing that changes more often than it runs, folded values are given by an earlier part, read by a
 * later one and of one type, and each sum is set to 0 in `begin`, added to in `batch` and read in `end`.
 */
export function complaintsAboutRates(programs: ByRate<Program>): readonly string[] {
  const complaints: string[] = [];
  const folded = new Map<string, { readonly type: Type; isRead: boolean }>();
  for (const name of parts) {
    const program = programs[name];
    if (program === undefined) continue;
    for (const [source, type] of sourcesOf(program)) {
      const key = `${source.kind} ${source.name}`;
      if (!allowed[name].includes(source.rate)) complaints.push(`${name} reads ${key}, which changes with the ${source.rate}`);
      if (source.kind !== 'folded') continue;
      const before = folded.get(source.name);
      if (before === undefined) complaints.push(`${name} reads ${key}, which no earlier part gives`);
      else if (!sameShape(before.type, type))
        complaints.push(`${key} is ${printType(before.type)} where it is made, ${printType(type)} in ${name}`);
      if (before !== undefined) before.isRead = true;
    }
    for (const { kind, name: output, value } of program.outputs) {
      if (kind !== 'folded') continue;
      if (folded.has(output)) complaints.push(`${name} gives folded ${output} again`);
      folded.set(output, { type: program.nodes[value].type, isRead: false });
    }
  }
  for (const [name, { isRead }] of folded) if (!isRead) complaints.push(`folded ${name} is never read`);
  return [...complaints, ...sumComplaints(programs)];
}

function sourcesOf({ nodes }: Program): [Source, Type][] {
  return nodes.flatMap((node) => (node.operation === 'source' ? [[node.attributes as Source, node.type]] : []));
}

function sumComplaints(programs: ByRate<Program>): string[] {
  const complaints: string[] = [];
  const isSum = ({ kind }: Source | Output) => kind === 'sum';
  const written = (name: PartName) => new Set((programs[name]?.outputs ?? []).filter(isSum).map((output) => output.name));
  const read = (name: PartName) => {
    const program = programs[name];
    return new Set(program === undefined ? [] : sourcesOf(program).flatMap(([source]) => (isSum(source) ? [source.name] : [])));
  };
  const places = [written('begin'), written('batch'), read('batch'), read('end')];
  const wanted = ['set to 0 in begin', 'written in batch', 'read in batch', 'read in end'];
  for (const name of new Set(places.flatMap((names) => [...names]))) {
    places.forEach((names, k) => {
      if (!names.has(name)) complaints.push(`sum ${name} is not ${wanted[k]}`);
    });
  }
  for (const name of ['frozen', 'end'] as const) for (const sum of written(name)) complaints.push(`${name} writes sum ${sum}`);
  return complaints;
}
