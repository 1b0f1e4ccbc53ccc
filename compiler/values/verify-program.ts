/**
 * What must hold of a program, at every stage and at each. Complaints are of the compiler about itself: a program that a person wrote is
 * refused earlier, in `check`. Runs after every pass in tests and once per stage in production.
 */
import type { Stage, Table } from './operation.ts';
import type { Contract, Id, MapOp, Node, Output, Program, Section, Source } from './program.ts';
import { subterms } from './scalar.ts';
import { printType, sameShape } from './shape.ts';
import { isPlainData } from './text.ts';

export interface Expected {
  /** Keys of sources whose gradients were asked for; each has one gradient output or is `absent`. */
  readonly wanted?: readonly string[];
  readonly absent?: readonly string[];
}
export class ProgramError extends Error {
  readonly complaints: readonly string[];
  constructor(program: string, stage: Stage, complaints: readonly string[]) {
    super(`the ${stage} program ${program} is malformed:\n  ${complaints.join('\n  ')}`);
    this.name = 'ProgramError';
    this.complaints = complaints;
  }
}

/** Throws ProgramError with all complaints. */
export function verifyProgram(program: Program, table: Table, stage: Stage, expected: Expected = {}): void {
  const complaints = complaintsAbout(program, table, stage, expected);
  if (complaints.length > 0) throw new ProgramError(program.name, stage, complaints);
}

/** Empty when all holds. */
export function complaintsAbout(program: Program, table: Table, stage: Stage, expected: Expected = {}): readonly string[] {
  const nodes = program.nodes.flatMap((node, id) =>
    nodeComplaints(program, table, stage, node, id).map((text) => `%${id} ${node.operation}: ${text}`),
  );
  return [
    ...nodes,
    ...sourceComplaints(program),
    ...outputComplaints(program),
    ...streamComplaints(program),
    ...stageComplaints(program, stage, expected),
  ];
}

const order: Readonly<Record<Section, number>> = { forward: 0, backward: 1, update: 2 };

function nodeComplaints(program: Program, table: Table, stage: Stage, node: Node, id: Id): string[] {
  const record = table.get(node.operation);
  if (record === undefined) return ['there is no such operation'];
  const late = node.inputs.find((input) => !Number.isInteger(input) || input < 0 || input >= id);
  if (late !== undefined) return [`reads %${late}, which does not come before it`];
  const complaints: string[] = [];
  const types = node.inputs.map((input) => program.nodes[input].type);
  try {
    const type = record.infer(node.attributes, types);
    if (!sameShape(type, node.type)) complaints.push(`is ${printType(node.type)}, its inputs give ${printType(type)}`);
  } catch (error) {
    complaints.push(error instanceof Error ? error.message : String(error));
  }
  complaints.push(...(record.check?.(node.attributes, types, stage) ?? []));
  const odd = isPlainData(node.attributes as object) ? undefined : oddPart(node.attributes, 'attributes');
  if (odd !== undefined) complaints.push(`${odd} is not plain data`);
  const bad = node.type.axes.find((axis) => !Number.isInteger(axis.size) || axis.size < 0);
  if (bad !== undefined) complaints.push(`axis ${bad.name} has size ${bad.size}`);
  if (order[node.origin?.section] === undefined || typeof node.origin.path !== 'string') complaints.push('has no origin');
  else {
    const later = node.inputs.find((input) => order[program.nodes[input].origin?.section] > order[node.origin.section]);
    if (later !== undefined)
      complaints.push(`of section ${node.origin.section} reads %${later} of section ${program.nodes[later].origin.section}`);
  }
  return complaints;
}

/** Path of the first part that is not a finite number, text, truth value, list or plain object. */
function oddPart(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (typeof value !== 'object') return path;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype) return path;
  for (const [key, part] of Object.entries(value)) {
    const odd = oddPart(part, `${path}.${key}`);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

function sourcesOf(program: Program): { readonly key: string; readonly source: Source; readonly id: Id }[] {
  return program.nodes.flatMap((node, id) => {
    if (node.operation !== 'source') return [];
    const source = node.attributes as Source;
    return [{ key: `${source.kind} ${source.name}`, source, id }];
  });
}

function sourceComplaints(program: Program): string[] {
  const seen = new Set<string>();
  return sourcesOf(program).flatMap(({ key, id }) => {
    if (seen.has(key)) return [`%${id}: ${key} is a source twice`];
    seen.add(key);
    return [];
  });
}

function outputComplaints(program: Program): string[] {
  const seen = new Set<string>();
  const sources = sourcesOf(program).filter(({ source }) => ['state', 'sum', 'parameter'].includes(source.kind));
  const holders = new Map(sources.map(({ source, id }) => [source.name, id]));
  return program.outputs.flatMap((output): string[] => {
    const key = `${output.kind} ${output.name}`;
    const node = program.nodes[output.value];
    const twice = seen.has(key) ? [`output ${key} is there twice`] : [];
    seen.add(key);
    if (node === undefined) return [...twice, `output ${key} is %${output.value}, which is not there`];
    if (output.kind === 'gradient' && node.type.dtype !== 'real') return [...twice, `output ${key} is ${node.type.dtype}`];
    return output.kind === 'state' || output.kind === 'sum' ? [...twice, ...stateComplaints(program, output, key, holders)] : twice;
  });
}

function stateComplaints(program: Program, output: Output, key: string, holders: ReadonlyMap<string, Id>): string[] {
  const complaints: string[] = [];
  const { type } = program.nodes[output.value];
  const own = holders.get(output.name);
  // A sum begins without an old value, in the part that sets it to 0.
  if (own === undefined && output.kind === 'state') complaints.push(`output ${key} has no source of this name`);
  else if (own !== undefined && !sameShape(program.nodes[own].type, type)) {
    complaints.push(`output ${key} is ${printType(type)}, its source ${printType(program.nodes[own].type)}`);
  }
  if (output.kind === 'state' && output.when !== undefined) {
    const when = program.nodes[output.when]?.type;
    if (when?.dtype !== 'bit' || when.axes.length > 0) complaints.push(`output ${key} has a when (%${output.when}) that is not one bit`);
  }
  return complaints;
}

/** The words of a stream are a function of the position, so a stream has one shape wherever it occurs. */
function streamComplaints(program: Program): string[] {
  const shapes = new Map<string, string>();
  return program.nodes.flatMap((node, id) => {
    if (node.operation !== 'map') return [];
    const { domain, value } = node.attributes as MapOp;
    const complaints: string[] = [];
    for (const part of subterms(value)) {
      if (part.is !== 'random') continue;
      const shape = `${domain.map((axis) => axis.size).join(' x ')} with ${part.rows} row axes`;
      const before = shapes.get(part.stream) ?? shape;
      shapes.set(part.stream, before);
      if (before !== shape) complaints.push(`%${id}: random stream ${part.stream} is drawn as ${shape} and as ${before}`);
    }
    return complaints;
  });
}

function stageComplaints(program: Program, stage: Stage, expected: Expected): string[] {
  const complaints: string[] = [];
  program.nodes.forEach((node, id) => {
    if (stage === 'built' && node.operation === 'source' && (node.attributes as Source).kind === 'cotangent') {
      complaints.push(`%${id}: a cotangent before differentiation`);
    }
    if (stage !== 'built' && node.operation === 'contract' && (node.attributes as Contract).operands.length > 2) {
      complaints.push(`%${id}: a contraction of ${(node.attributes as Contract).operands.length} operands after planning`);
    }
    if (stage === 'lowered' && node.operation === 'call') complaints.push(`%${id}: a call that was not inlined`);
  });
  if (stage === 'lowered') complaints.push(...idleNodes(program).map((id) => `%${id}: ${program.nodes[id].operation} is read by nothing`));
  if (stage !== 'differentiated') return complaints;
  for (const key of expected.wanted ?? []) {
    const name = key.slice(key.indexOf(' ') + 1);
    const found = program.outputs.filter((output) => output.kind === 'gradient' && output.name === name).length;
    const meant = expected.absent?.includes(key) ? 0 : 1;
    if (found !== meant) complaints.push(`${key} was asked for and has ${found} gradients instead of ${meant}`);
  }
  return complaints;
}

/** Nodes that no node and no output reads. */
export function idleNodes(program: Program): Id[] {
  const read = new Set(program.nodes.flatMap((node) => node.inputs));
  for (const output of program.outputs) {
    read.add(output.value);
    if (output.kind === 'state' && output.when !== undefined) read.add(output.when);
  }
  return [...program.nodes.keys()].filter((id) => !read.has(id));
}
