/** Losses over steps, of all runs in one plot. */
import { drawn } from './elements.ts';

export interface Curve {
  readonly name: string;
  readonly colour: number;
  readonly points: readonly (readonly [step: number, loss: number])[];
}
const [width, height, left, bottom] = [640, 240, 44, 24];

export function plotOf(curves: readonly Curve[]): SVGElement {
  const all = curves.flatMap(({ points }) => points.map(([, loss]) => loss)).filter(Number.isFinite);
  const last = Math.max(1, ...curves.map(({ points }) => points.at(-1)?.[0] ?? 1));
  const [low, high] = [Math.min(...all, Infinity), Math.max(...all, -Infinity)];
  const picture = drawn('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': titleOf(curves) });
  if (all.length === 0) return picture;
  const span = high - low || 1;
  const x = (step: number) => left + ((width - left - 8) * step) / last;
  const y = (loss: number) => 8 + ((height - bottom - 16) * (high - loss)) / span;
  for (let k = 0; k <= 4; k++) {
    const loss = low + (span * k) / 4;
    picture.append(drawn('line', { x1: left, x2: width - 8, y1: y(loss), y2: y(loss), class: 'grid' }));
    picture.append(drawn('text', { x: left - 6, y: y(loss) + 4, 'text-anchor': 'end' }, loss.toFixed(2)));
    picture.append(
      drawn('text', { x: x((last * k) / 4), y: height - 6, 'text-anchor': k === 4 ? 'end' : 'middle' }, String(Math.round((last * k) / 4))),
    );
  }
  for (const { name, colour, points } of curves) {
    const path = smoothed(points).map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
    picture.append(drawn('polyline', { points: path.join(' '), class: `curve run-${colour % 6}` }, drawn('title', {}, name)));
  }
  return picture;
}

/** At most 300 points: means of neighbours, as `bondsmith train` draws them. */
function smoothed(points: Curve['points']): (readonly [number, number])[] {
  const group = Math.max(1, Math.ceil(points.length / 300));
  return Array.from({ length: Math.ceil(points.length / group) }, (_, k) => {
    const part = points.slice(k * group, (k + 1) * group);
    return [part[part.length - 1][0], part.reduce((sum, [, loss]) => sum + loss, 0) / part.length] as const;
  });
}

function titleOf(curves: readonly Curve[]): string {
  const each = curves.map(
    ({ name, points }) => `${name} ${points.at(-1)?.[1].toFixed(3) ?? 'not begun'} after ${points.at(-1)?.[0] ?? 0} steps`,
  );
  return `training loss over steps: ${each.join('; ')}`;
}
