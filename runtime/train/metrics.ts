/** What a run records: one line of JSON a step, and the loss curve as a picture. */
import type { Files } from '../checkpoint/files.ts';
import { readText } from '../checkpoint/files.ts';

/** `step` counts from 1: the number of steps done. */
export interface Measurement {
  readonly step: number;
  readonly loss: number;
  readonly [name: string]: number;
}

export function measurementLine(measurement: Measurement): string {
  return `${JSON.stringify(measurement)}\n`;
}

/** The measurements of a file up to a step; a line that a kill cut off is dropped. */
export function readMeasurements(files: Files, path: string, upTo = Infinity): Measurement[] {
  if (files.size(path) === undefined) return [];
  return readText(files, path)
    .split('\n')
    .flatMap(parseLine)
    .filter((line) => line.step <= upTo);
}

function parseLine(line: string): Measurement[] {
  try {
    const value: unknown = JSON.parse(line);
    return isMeasurement(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isMeasurement(value: unknown): value is Measurement {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    'loss' in value &&
    typeof value.step === 'number' &&
    typeof value.loss === 'number'
  );
}

export interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Training loss (mean of neighbours) and validation loss over steps. */
export function lossCurves(measurements: readonly Measurement[]): Curve[] {
  const group = Math.max(1, Math.ceil(measurements.length / 300));
  const training: [number, number][] = [];
  for (let k = 0; k + group <= measurements.length; k += group) {
    const part = measurements.slice(k, k + group);
    training.push([part[part.length - 1].step, part.reduce((sum, line) => sum + line.loss, 0) / group]);
  }
  const validation = measurements.flatMap((line) =>
    line.validation_loss === undefined ? [] : [[line.step, line.validation_loss] as const],
  );
  return [
    { label: 'training', colour: '#4c78a8', points: training },
    { label: 'validation', colour: '#e45756', points: validation },
  ].filter((curve) => curve.points.length > 0);
}

const WIDTH = 720;
const HEIGHT = 400;
const MARGIN = { left: 56, right: 16, top: 34, bottom: 44 };

/** A line chart as SVG, readable on light and dark ground. */
export function chart(title: string, xLabel: string, yLabel: string, curves: readonly Curve[]): string {
  const all = curves.flatMap((curve) => curve.points).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const xs = ticks(all.map(([x]) => x));
  const ys = ticks(all.map(([, y]) => y));
  const place = (value: number, scale: readonly number[], from: number, to: number) =>
    from + ((value - scale[0]) / (scale[scale.length - 1] - scale[0])) * (to - from);
  const x = (value: number) => place(value, xs, MARGIN.left, WIDTH - MARGIN.right).toFixed(1);
  const y = (value: number) => place(value, ys, HEIGHT - MARGIN.bottom, MARGIN.top).toFixed(1);
  const text = (at: string, anchor: string, content: string) => `<text ${at} text-anchor="${anchor}">${escaped(content)}</text>`;
  const grid = ys.map((value) => `<path d="M${MARGIN.left} ${y(value)}H${WIDTH - MARGIN.right}" stroke="#8884"/>`);
  const labels = [
    ...ys.map((value) => text(`x="${MARGIN.left - 8}" y="${Number(y(value)) + 4}"`, 'end', short(value))),
    ...xs.map((value) => text(`x="${x(value)}" y="${HEIGHT - MARGIN.bottom + 18}"`, 'middle', short(value))),
    text(`x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}"`, 'middle', xLabel),
    text('x="14" y="22"', 'start', title),
    text(`x="14" y="${HEIGHT / 2}" transform="rotate(-90 14 ${HEIGHT / 2})"`, 'middle', yLabel),
  ];
  const lines = curves.map(
    ({ colour, points }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ')}"/>`,
  );
  const legend = curves.map(({ label, colour }, k) => {
    const top = MARGIN.top + 8 + 18 * k;
    const right = WIDTH - MARGIN.right - 8;
    return `<circle cx="${right}" cy="${top}" r="5" fill="${colour}"/>${text(`x="${right - 12}" y="${top + 4}"`, 'end', label)}`;
  });
  const style = '<style>text{font:13px system-ui,sans-serif;fill:#777}</style>';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">${style}`,
    ...grid,
    ...labels,
    ...lines,
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

/** Four to nine round numbers that enclose all values. */
function ticks(values: readonly number[]): number[] {
  const low = Math.min(...values, Infinity);
  const high = Math.max(...values, -Infinity);
  if (!(low < high)) return low === high ? [low - 1, low, low + 1] : [0, 1];
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, k) => (first + k) * step);
}

function short(value: number): string {
  return Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
