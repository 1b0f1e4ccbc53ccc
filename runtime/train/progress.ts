/** What a person sees of a run: one line that is rewritten in a terminal, plain lines elsewhere. Pure text; the host writes it. */

export interface Terminal {
  readonly interactive: boolean;
  readonly columns: number;
  write(text: string): void;
}
export interface ProgressState {
  /** Steps done, of how many. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly validation?: number;
  readonly unitsPerSecond: number;
  readonly unit: string;
  readonly secondsLeft: number;
}
/** Plain output gets a line at least this often in steps. */
const PLAIN_LINES = 20;

export function progressText(state: ProgressState, columns: number): string {
  const numbers = [
    `${state.step}/${state.steps}`,
    `loss ${state.loss.toFixed(4)}`,
    ...(state.validation === undefined ? [] : [`validation ${state.validation.toFixed(4)}`]),
    `${compact(state.unitsPerSecond)} ${state.unit}/s`,
    `${duration(state.secondsLeft)} left`,
  ].join('  ');
  const room = Math.min(30, columns - numbers.length - 4);
  return room < 5 ? numbers.slice(0, Math.max(0, columns - 1)) : `${bar(state.step / state.steps, room)}  ${numbers}`;
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

/** `1:02:03`, `2:05`, `0:07`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export interface Progress {
  update(state: ProgressState): void;
  /** A line that stays. */
  say(text: string): void;
  end(): void;
}

/** Draws at most ten times a second in a terminal; elsewhere about twenty lines a run, and each new validation loss. */
export function progressOn(terminal: Terminal, now: () => number): Progress {
  let drawn = -Infinity;
  let line = '';
  let lastPlain = 0;
  let validation: number | undefined;
  const clear = () => (line === '' ? '' : `\r${' '.repeat(line.length)}\r`);
  return {
    update(state) {
      const last = state.step >= state.steps;
      if (terminal.interactive) {
        if (!last && now() - drawn < 100) return;
        drawn = now();
        const text = progressText(state, terminal.columns);
        terminal.write(`\r${text.padEnd(line.length)}`);
        line = text;
      } else if (last || state.validation !== validation || state.step - lastPlain >= state.steps / PLAIN_LINES) {
        lastPlain = state.step;
        validation = state.validation;
        terminal.write(`${progressText(state, terminal.columns)}\n`);
      }
    },
    say(text) {
      terminal.write(`${clear()}${text}\n`);
      line = '';
    },
    end() {
      if (line !== '') terminal.write('\n');
      line = '';
    },
  };
}
