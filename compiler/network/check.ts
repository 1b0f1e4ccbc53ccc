/** What a request must be before anything is searched: every error has the place, what was expected and what was found. */
import type { Network, Request } from '../values/plan.ts';

/** A network, a tree or a limit that makes no sense. */
export class NetworkError extends RangeError {
  constructor(message: string) {
    super(message);
    this.name = 'NetworkError';
  }
}

/** Throws NetworkError. */
export function checkRequest(request: Request): void {
  const { network, memory, seconds, budget } = request;
  checkNetwork(network);
  for (const [name, list] of [
    ['wanted', request.wanted],
    ['constant', request.constant],
    ['uses', request.uses],
  ] as const) {
    if (list !== undefined && list.length !== network.inputs.length) {
      throw new NetworkError(`${name} has ${list.length} entries; expected one for each of the ${network.inputs.length} operands`);
    }
  }
  positive('the budget', budget);
  positive('the time limit', seconds);
  if (memory === undefined) return;
  positive('the memory limit', memory);
  const least = network.output.length === 0 ? 1 : [...new Set(network.output)].reduce((size, letter) => size * network.sizes[letter], 1);
  if (memory < least) {
    throw new NetworkError(
      `a memory limit of ${memory} elements cannot be met: the result alone has ${least}; the smallest limit is ${least}`,
    );
  }
}

function positive(what: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0)) throw new NetworkError(`${what} is ${value}; expected a number above 0`);
}

/** Throws NetworkError; letters are called by `names`, or by their numbers. */
export function checkNetwork({ inputs, output, sizes }: Network, names?: readonly string[]): void {
  if (inputs.length === 0) throw new NetworkError('the network has no operands; expected one or more');
  const known = new Uint8Array(sizes.length);
  inputs.forEach((letters, k) => {
    for (const letter of letters) {
      checkSize(sizes[letter], `letter ${names?.[letter] ?? letter} of operand ${k}`);
      known[letter] = 1;
    }
  });
  for (const letter of output) {
    if (known[letter] === 1) continue;
    throw new NetworkError(`output letter ${names?.[letter] ?? letter} is on no operand; take it out or name it in one`);
  }
}

function checkSize(size: unknown, what: string): void {
  if (size === undefined) throw new NetworkError(`${what} has no size; give it one`);
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 1) return;
  const found = typeof size === 'number' ? size : JSON.stringify(size);
  throw new NetworkError(`${what} has size ${found}; expected a whole number from 1 to 2^53 - 1`);
}

/** Is it a tree over `count` operands in single static assignment? Throws NetworkError with the step that is wrong. */
export function checkSteps(steps: readonly (readonly number[])[], count: number): void {
  if (steps.length !== count - 1) throw new NetworkError(`the path has ${steps.length} steps; ${count} operands take ${count - 1}`);
  const used = new Uint8Array(2 * count);
  steps.forEach((step, k) => {
    if (step.length !== 2) throw new NetworkError(`step ${k} of the path joins ${step.length} operands; expected two`);
    for (const position of step) {
      if (!Number.isSafeInteger(position) || position < 0 || position >= count + k) {
        throw new NetworkError(`step ${k} of the path joins ${position}; there are operands 0 to ${count + k - 1} then`);
      }
      if (used[position] === 1) throw new NetworkError(`step ${k} of the path joins ${position}, which an earlier step has used`);
      used[position] = 1;
    }
  });
}
