/** Terms of weights under other ids of parameters. */
import type { ParameterId, Term } from './model.ts';

/** The same term with the parameters that `to` gives for its own. */
export function renumberTerm<T extends Term>(term: T, to: (id: ParameterId) => ParameterId): T {
  if (term.is === 'dense') return { ...term, parameter: to(term.parameter) };
  return { ...term, nodes: term.nodes.map((node) => ({ ...node, parameter: to(node.parameter) })) };
}
