/** What a person sees of a run: one line that is rewritten in a terminal, plain lines elsewhere. Pure text; the host writes it. */
import { footprintText } from '../footprint.ts';
import type { Listener } from '../stream.ts';

export interface Terminal {
  readonly columns: number;
  write(text: string): void;
  /** Writes the present line anew; absent where nobody sees it change. */
  readonly rewrite?: (line: string) => void;
}
export interface ProgressState {
  /** Steps done, of how many. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly validation?: number;
  readonly rate?: number;
  /** By wall clock since the run began, evaluations and all. */
  readonly unitsPerSecond: number;
  readonly unit: string;
  readonly secondsLeft: number;
  /** Other than steps: `evaluating`. */
  readonly doing?: string;
}
/** Plain output gets a line at least this often in steps. */
const PLAIN_LINES = 20;

export function progressText(state: ProgressState, columns: number): string {
  const numbers = [
    `${state.step}/${state.steps}`,
    ...(Number.isNaN(state.loss) ? [] : [`loss ${state.loss.toFixed(4)}`]),
    ...(state.validation === undefined ? [] : [`validation ${state.validation.toFixed(4)}`]),
    ...(state.rate === undefined ? [] : [`rate ${Number(state.rate.toPrecision(3))}`]),
    ...(state.unitsPerSecond > 0 ? [`${compact(state.unitsPerSecond)} ${state.unit}/s`, `${duration(state.secondsLeft)} left`] : []),
    ...(state.doing === undefined ? [] : [state.doing]),
  ].join('  ');
  return progressLine(state.step / state.steps, numbers, columns);
}

/** A bar as full as the share that is done, where there is room for one beside the numbers. */
export function progressLine(share: number, numbers: string, columns: number): string {
  const room = Math.min(30, columns - numbers.length - 4);
  return room < 5 ? numbers.slice(0, Math.max(0, columns - 1)) : `${bar(share, room)}  ${numbers}`;
}

function bar(done: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, done)) * width);
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`;
}

export function compact(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const units = ['', 'k', 'M', 'G'];
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** power;
  return `${scaled >= 100 || power === 0 ? scaled.toFixed(0) : scaled.toPrecision(3)}${units[power]}`;
}

/** What is on the present line goes, and what is written next begins it. */
export function clearLine({ rewrite }: Terminal, width: number): void {
  rewrite?.(' '.repeat(width));
  rewrite?.('');
}

/** `1:02:03`, `2:05`, `0:07`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Steps that the loss shown is the mean of: single steps jump. */
const SHOWN = 10;

/**
 * Draws at most ten times a second in a terminal; elsewhere about twenty lines a run, and one for each evaluation. Speed and the time left
 * are by `now`, the clock on the wall in milliseconds, over everything since the run began.
 */
export function progressOn(terminal: Terminal, now: () => number): Listener {
  let [began, first, unitsPerStep, steps, unit] = [0, 0, 1, 1, ''];
  let losses: number[] = [];
  let [rate, validation]: (number | undefined)[] = [];
  let step = 0;
  let drawn = -Infinity;
  let line = '';
  let lastPlain = 0;
  const state = (doing?: string): ProgressState => {
    const seconds = Math.max(1e-9, (now() - began) / 1000);
    const done = step - first;
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    const unitsPerSecond = (done * unitsPerStep) / seconds;
    return { step, steps, loss, validation, rate, unitsPerSecond, unit, secondsLeft: ((steps - step) * seconds) / done, doing };
  };
  const draw = (doing?: string) => {
    drawn = now();
    const text = progressText(state(doing), terminal.columns);
    terminal.rewrite?.(text.padEnd(line.length));
    line = text;
  };
  const say = (text: string) => {
    if (line !== '') clearLine(terminal, line.length);
    terminal.write(`${text}\n`);
    line = '';
  };
  return {
    name: 'progress',
    hear(event) {
      switch (event.is) {
        case 'begin':
          ({ step, steps, unit, unitsPerStep } = event);
          [began, first, lastPlain] = [now(), step, step];
          say(`predicted: ${footprintText(event.memory)}`);
          return;
        case 'doing':
          if (terminal.rewrite !== undefined) draw(event.what);
          return;
        case 'evaluation':
          validation = event.results.loss;
          return;
        case 'step': {
          ({ step } = event);
          ({ rate } = event.measurement);
          losses = [...losses, event.measurement.loss].slice(-SHOWN);
          const last = step >= steps;
          if (terminal.rewrite !== undefined) {
            if (last || now() - drawn >= 100) draw();
          } else if (last || event.measurement.validation_loss !== undefined || step - lastPlain >= steps / PLAIN_LINES) {
            lastPlain = step;
            terminal.write(`${progressText(state(), terminal.columns)}\n`);
          }
          return;
        }
        case 'decision':
          say(`step ${event.step}: ${event.said}`);
          return;
        case 'warning':
          say(`step ${event.step}: warning: ${event.text}`);
          return;
        case 'end':
          if (line !== '') terminal.write('\n');
          line = '';
          return;
        default:
      }
    },
  };
}
