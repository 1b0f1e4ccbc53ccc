/**
 * Where the cores of a network stand in a picture. No topology is known here by name: places come from the graph alone, so that distances
 * on paper are distances in the network (stress majorisation; Gansner, Koren and North 2004).
 */
import type { NetworkTerm } from '../../compiler/values/model.ts';

export type Point = readonly [x: number, y: number];
/** `outer`: the axis of the weight that a leg belongs to, absent for a bond. */
export interface Edge {
  readonly ends: readonly number[];
  readonly name: string;
  readonly size: number;
  readonly outer?: number;
}
export interface Graph {
  readonly cores: number;
  readonly points: number;
  readonly edges: readonly Edge[];
}
/** In which a picture has to fit; `top`: above it. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly margin: number;
}

/** Cores are the first points; each outer leg ends in a point of its own. */
export function graphOf({ nodes, legs }: NetworkTerm): Graph {
  let points = nodes.length;
  const edges = legs.map(({ id, bond = '', size, outer }): Edge => {
    const ends = nodes.flatMap((node, k) => (node.legs.includes(id) ? [k] : []));
    return outer === undefined ? { ends, name: bond, size } : { ends: [...ends, points++], name: bond, size, outer: outer[0] };
  });
  return { cores: nodes.length, points, edges };
}

/** Lengths of shortest paths; an outer leg is shorter than a bond. */
function distances({ cores, points, edges }: Graph): number[][] {
  const length = Array.from({ length: points }, (_, a) => Array.from({ length: points }, (_, b) => (a === b ? 0 : Infinity)));
  for (const { ends } of edges) {
    for (const a of ends) for (const b of ends) if (a !== b) length[a][b] = Math.max(a, b) < cores ? 1 : 0.7;
  }
  for (let via = 0; via < points; via++) {
    for (let a = 0; a < points; a++) {
      for (let b = 0; b < points; b++) length[a][b] = Math.min(length[a][b], length[a][via] + length[via][b]);
    }
  }
  return length;
}

/** Each point in turn moves to the weighted mean of where the others want it; from a circle, a fixed number of rounds. */
export function layout(graph: Graph, panel: Panel): Point[] {
  const wanted = distances(graph);
  const points: Point[] = wanted.map((_, k) => [Math.cos((2 * Math.PI * k) / wanted.length), Math.sin((2 * Math.PI * k) / wanted.length)]);
  for (let round = 0; round < 600; round++) {
    for (let a = 0; a < points.length; a++) {
      let [x, y, total] = [0, 0, 0];
      for (let b = 0; b < points.length; b++) {
        if (a === b) continue;
        const apart = Math.hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]) || 1e-9;
        const weight = wanted[a][b] ** -2;
        x += weight * (points[b][0] + (wanted[a][b] * (points[a][0] - points[b][0])) / apart);
        y += weight * (points[b][1] + (wanted[a][b] * (points[a][1] - points[b][1])) / apart);
        total += weight;
      }
      points[a] = [x / total, y / total];
    }
  }
  return fitted(turned(points), panel);
}

/** The longest direction becomes horizontal. */
function turned(points: readonly Point[]): Point[] {
  const mean = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
  const centred = points.map(([x, y]): Point => [x - mean[0], y - mean[1]]);
  const moment = (f: (point: Point) => number) => centred.reduce((sum, point) => sum + f(point), 0);
  const angle =
    Math.atan2(
      2 * moment(([x, y]) => x * y),
      moment(([x, y]) => x * x - y * y),
    ) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return centred.map(([x, y]): Point => [c * x + s * y, c * y - s * x]);
}
function fitted(points: readonly Point[], panel: Panel): Point[] {
  const bounds = [0, 1].map((k) => [Math.min(...points.map((point) => point[k])), Math.max(...points.map((point) => point[k]))]);
  const room = [panel.width - 2 * panel.margin, panel.height - panel.top - 2 * panel.margin];
  const scale = Math.min(...bounds.map(([low, high], k) => room[k] / (high - low || 1)));
  const place = (value: number, k: number) => panel.margin + room[k] / 2 + scale * (value - (bounds[k][0] + bounds[k][1]) / 2);
  return points.map(([x, y]): Point => [place(x, 0), place(y, 1) + panel.top]);
}
