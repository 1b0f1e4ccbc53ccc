/** The network of a weight as a drawing: lines, circles and words with their places, for whoever has something to draw on. */
import type { Model, NetworkTerm, Parameter, Weight } from '../../compiler/values/model.ts';
import type { Panel, Point } from './layout.ts';
import { graphOf, layout } from './layout.ts';

/** A bond of more than two cores is a star: a line from each to the middle. `outer`: the axis of the weight, absent for a bond. */
export interface DrawnEdge {
  readonly lines: readonly (readonly [Point, Point])[];
  readonly label: string;
  readonly at: Point;
  readonly width: number;
  readonly outer?: { readonly axis: number; readonly name: string };
}
export interface DrawnCore {
  readonly at: Point;
  /** Where its name stands: in the widest gap between its lines. */
  readonly nameAt: Point;
  readonly name: string;
  readonly role: string;
  readonly shape: readonly number[];
  readonly entries: number;
  readonly state: 'trained' | 'frozen' | 'masked' | 'seeded';
  /** Names of the tensor, where it stands elsewhere too. */
  readonly shared: readonly string[];
}
export interface Drawing {
  readonly path: string;
  readonly topology: string;
  readonly width: number;
  readonly height: number;
  readonly axes: readonly string[];
  readonly edges: readonly DrawnEdge[];
  readonly cores: readonly DrawnCore[];
}

const panel: Panel = { width: 520, height: 300, top: 0, margin: 36 };

/** One for each network of the weight; none where it is one tensor. */
export function drawingsOf(model: Model, path: string): Drawing[] {
  const weight = model.weights.find((each) => each.path === path);
  return weight?.terms.flatMap((term) => (term.is === 'network' ? [drawn(model, weight, term)] : [])) ?? [];
}

function drawn(model: Model, weight: Weight, term: NetworkTerm): Drawing {
  const graph = graphOf(term);
  const points = layout(graph, panel);
  const edges = graph.edges.map(({ ends, size, outer }): DrawnEdge => {
    const places = ends.map((end) => points[end]);
    const middle = mean(places);
    const lines = places.length === 2 ? [[places[0], places[1]] as const] : places.map((place) => [place, middle] as const);
    const axis = outer === undefined ? {} : { outer: { axis: outer, name: weight.axes[outer]?.name ?? 'family' } };
    // At its far end a leg has room for its size.
    const at = outer === undefined ? middle : beyond(places[0], places[places.length - 1]);
    return { lines, label: String(size), at, width: 1 + Math.log2(size) / 2, ...axis };
  });
  const lines = edges.flatMap((edge) => edge.lines);
  const cores = term.nodes.map((node, k) => ({
    ...drawnCore(model.parameters[node.parameter], node.name),
    at: points[k],
    nameAt: inGap(points[k], lines),
  }));
  const axes = weight.axes.map((axis) => axis.name);
  return { path: weight.path, topology: term.name ?? term.topology, width: panel.width, height: panel.height, axes, edges, cores };
}

const mean = (places: readonly Point[]): Point => {
  const sum = (k: 0 | 1) => places.reduce((total, place) => total + place[k], 0) / places.length;
  return [sum(0), sum(1)];
};

function beyond([ax, ay]: Point, [bx, by]: Point): Point {
  const length = Math.hypot(bx - ax, by - ay) || 1;
  return [bx + (12 * (bx - ax)) / length, by + (12 * (by - ay)) / length];
}

function inGap(at: Point, lines: readonly (readonly [Point, Point])[]): Point {
  const angles = lines
    .flatMap(([a, b]) => (a === at ? [b] : b === at ? [a] : []))
    .map(([x, y]) => Math.atan2(y - at[1], x - at[0]))
    .sort((a, b) => a - b);
  const gaps = angles.map((angle, k) => [(angles[k + 1] ?? angles[0] + 2 * Math.PI) - angle, angle] as const);
  const [gap, from] = gaps.reduce((widest, each) => (each[0] > widest[0] + 1e-6 ? each : widest), [0, 0]);
  // Words are wide: beside a core they need more room than above it.
  const angle = from + gap / 2;
  return [at[0] + 30 * Math.cos(angle), at[1] + 21 * Math.sin(angle)];
}

function drawnCore(parameter: Parameter, name: string): Omit<DrawnCore, 'at' | 'nameAt'> {
  const shape = parameter.legs.map(({ size }) => size);
  return {
    name,
    role: parameter.role ?? '',
    shape,
    entries: shape.reduce((product, size) => product * size, 1),
    state: stateOf(parameter),
    shared: parameter.names.length > 1 ? parameter.names : [],
  };
}

function stateOf({ origin, update, keep }: Parameter): DrawnCore['state'] {
  if (origin.is === 'seeded') return 'seeded';
  if (update.frozen) return 'frozen';
  return keep === undefined && update.where === undefined ? 'trained' : 'masked';
}
