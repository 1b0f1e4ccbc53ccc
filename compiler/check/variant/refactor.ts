/**
 * `decompose T[3] of up as TOPOLOGY`: a core is a tensor, so it may be decomposed again. Its node is replaced by the nodes of the new
 * network; the axes of that topology are the legs of the core, each in one piece.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { NetworkLeg, NetworkTerm } from '../../values/model.ts';
import type { DraftParameter, DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { selectTensors } from '../selector.ts';
import { instantiateTopology, type TopologyNetwork } from '../topology.ts';
import type { VariantContext } from './context.ts';
import { attach } from './network.ts';
import { given } from './provenance.ts';

export function refactor(context: VariantContext, change: tree.Decompose): void {
  const { draft } = context;
  if (change.to !== undefined || change.choosing !== undefined) {
    refuse({
      code: 'B609',
      message: 'a core is decomposed by bonds alone',
      at: (change.to ?? change.choosing)!.place,
      label: '`to` and `choosing` are for whole weights',
    });
  }
  const done = new Set<number>();
  for (const { parameter, node, weight } of selectTensors(change.selection, context)) {
    if (done.has(parameter.id)) continue;
    done.add(parameter.id);
    if (node === undefined) {
      refuse({ code: 'B507', message: `\`${weight.path}\` is not decomposed`, at: change.selection.place, label: 'not a core' });
    }
    refactorCore(context, change, parameter);
  }
  draft.weights.forEach(checkLegs);
}

function refactorCore(context: VariantContext, change: tree.Decompose, core: DraftParameter): void {
  const { draft } = context;
  const reference = change.as[0].topology;
  const topology = draft.program.expect(draft.program.scopeOf(reference.place), reference.name, 'topology');
  const axes = core.legs.map(({ name, size }) => ({ name, size }));
  const declared = change.selection.place;
  const network = instantiateTopology({ topology, reference, axes, names: context.names, declared }, draft.report);
  const split = network.axes.findIndex(({ factors, padded }) => factors.length !== 1 || padded !== undefined);
  if (split >= 0) {
    refuse({
      code: 'B609',
      message: `leg ${core.legs[split]!.name} of ${core.names[0]} cannot be split: another core shares it`,
      at: reference.place,
      label: 'a leg in several factors',
      hint: 'choose a topology whose axes are in one piece, and write no factor lists',
    });
  }
  const open = draft.weights.find(({ terms }) =>
    terms.some((term) => term.is === 'network' && term.truncate !== undefined && term.nodes.some((node) => node.parameter === core.id)),
  );
  if (open !== undefined) {
    refuse({
      code: 'B609',
      message: `the bonds of ${open.path} are chosen from values, so the shape of ${core.names[0]} is not known yet`,
      at: change.selection.place,
      label: 'cannot be decomposed again',
      hint: 'give the bonds as numbers instead of `to`',
    });
  }
  const law = given(context, core) ? ({ is: 'source' } as const) : core.init.law;
  const made = attach(context, network, {
    law,
    origin: { of: core.origin, legs: core.legs, order: core.legs.map((_, k) => k) },
    prefixes: core.names,
  });
  for (const weight of draft.weights) {
    weight.terms = weight.terms.map((term) =>
      term.is === 'network' && term.nodes.some((node) => node.parameter === core.id) ? spliced(term, core, made, network) : term,
    );
  }
  core.names = [];
}

function spliced(term: NetworkTerm, core: DraftParameter, made: NetworkTerm, network: TopologyNetwork): NetworkTerm {
  const legs: NetworkLeg[] = [...term.legs];
  const nodes = term.nodes.flatMap((node) => {
    if (node.parameter !== core.id) return [node];
    const ids = made.legs.map((leg) => {
      if (leg.outer !== undefined) return node.legs[leg.outer[0]]!;
      const id = legs.length;
      legs.push({ ...leg, id, bond: leg.bond === undefined ? undefined : `${core.core?.name ?? ''}.${leg.bond}` });
      return id;
    });
    return made.nodes.map((inner) => ({
      name: `${node.name}.${inner.name}`,
      parameter: inner.parameter,
      legs: inner.legs.map((leg) => ids[leg]!),
    }));
  });
  const fit =
    term.fit === 'sweep' && network.fit === 'sweep' ? 'sweep' : term.fit === 'descent' || network.fit === 'descent' ? 'descent' : 'als';
  return { ...term, nodes, legs, exact: term.exact && network.exact, fit };
}

/** Every leg id is its position: what later stages rely on. */
function checkLegs(weight: DraftWeight): void {
  for (const term of weight.terms) {
    if (term.is === 'network' && term.legs.some((leg, k) => leg.id !== k)) throw new Error(`legs of ${weight.path} are out of order`);
  }
}
