/**
 * Asks the planner for every contraction of more than two operands. A lookup stands at the operand that it indexes: to the planner the
 * operand has the letters of its ids. Networks of equal form are planned once.
 */
import { planCanonical } from '../../network/canonical.ts';
import { measure } from '../../network/evaluate.ts';
import type { Network, Plan, Profile, Request } from '../../values/plan.ts';
import type { Contract, Id, Node, Program, Subscript } from '../../values/program.ts';
import type { Marks } from './want.ts';

export interface Planned {
  readonly plan: Plan;
  readonly request: Request;
}

export interface Planning {
  /** Answers in the place of the planner. */
  readonly planner?: (request: Request) => Plan;
  /** Contractions are planned by predicted time where there is a profile, else by multiply-adds. */
  readonly profile?: Profile;
  /** Sub-networks of frozen operands are computed once and kept. */
  readonly folds: boolean;
  /** Micro-batches of an optimiser step, which share what they do not change. */
  readonly microBatches: number;
}
/**
 * Runs that share a folded value, to the planner: about those of an evaluation. If it cost nothing, any order would do, an outer product
 * of the ends of a chain too.
 */
const RUNS_OF_FOLDED = 64;

/** By id of the contraction. */
export function planAll(program: Program, marks: Marks, planning: Planning): Map<Id, Planned> {
  const { planner = planCanonical } = planning;
  const known = new Map<string, Planned>();
  const plans = new Map<Id, Planned>();
  const many = program.nodes.flatMap((node, id) => (node.operation === 'contract' && operandsOf(node).length > 2 ? [id] : []));
  const uses = usesOfOperands(program, many);
  for (const id of many) {
    const request = requestOf(program.nodes[id], marks, uses, planning);
    const key = JSON.stringify(request);
    const planned = known.get(key) ?? { plan: planFor(request, planner), request };
    known.set(key, planned);
    plans.set(id, planned);
  }
  return plans;
}
/** The plan for a request whose constants cost a little, with the costs that the request states. */
function planFor(request: Request, planner: (request: Request) => Plan): Plan {
  const { constant, uses, ...rest } = request;
  if (constant === undefined || !constant.includes(true)) return planner(request);
  const plan = planner({ ...rest, uses: constant.map((isConstant, k) => (uses?.[k] ?? 1) * (isConstant ? RUNS_OF_FOLDED : 1)) });
  return { ...plan, ...measure(plan.steps, request, plan.sliced) };
}
const operandsOf = (node: Node): readonly Id[] => node.inputs.slice(0, (node.attributes as Contract).operands.length);

/**
 * By operand, the contractions that read it. What is built of operands that do not change with the batch is shared by those that have them
 * all, to the planner by as many as the rarest of them has: cores of one weight, or those of a family's network that no member has alone.
 */
function usesOfOperands(program: Program, contractions: readonly Id[]): Map<Id, number> {
  const uses = new Map<Id, number>();
  for (const id of contractions) {
    for (const operand of new Set(operandsOf(program.nodes[id]))) uses.set(operand, (uses.get(operand) ?? 0) + 1);
  }
  return uses;
}

export function lettersOf(subscripts: readonly Subscript[]): number[] {
  return [...new Set(subscripts.flatMap((s) => (typeof s === 'number' ? [s] : s.over)))];
}

/** Letters of the result that no operand has are written by the last step; they are no part of the network. */
export function networkOf({ letters, operands, result }: Contract): Network {
  const inputs = operands.map(lettersOf);
  const output = lettersOf(result).filter((letter) => inputs.some((own) => own.includes(letter)));
  return { inputs, output, sizes: letters.map((axis) => axis.size) };
}

function requestOf(node: Node, marks: Marks, uses: ReadonlyMap<Id, number>, { profile, folds, microBatches }: Planning): Request {
  const operands = operandsOf(node);
  const wanted = operands.map((id) => marks.wanted[id]);
  return {
    network: networkOf(node.attributes as Contract),
    wanted,
    uses: operands.map((id) => (marks.rate[id] === 'batch' ? 1 : (uses.get(id) ?? 1) * microBatches)),
    ...(folds ? { constant: operands.map((id) => marks.rate[id] === 'frozen') } : {}),
    ...(profile === undefined ? {} : { objective: 'time', profile }),
  };
}
