/**
 * The loop over launches, and what threads of one memory agree by. All of it is a module of its own, instantiated once for each thread.
 *
 * A record is eight i32: slot of the kernel, argument block, number of blocks, address of the gate's bit, the next block that nobody took,
 * 1 where the wave ends, two words of nothing. All threads walk the same records: of each launch a thread takes one block after another
 * until none is left, then goes on to the next launch of the wave; at the end of a wave it waits for the others. Which thread computes a
 * block changes no bit of what is computed.
 */

/** The memory of every module: one that threads share says so. */
export function memoryImport(shared = false): string {
  return `(import "host" "memory" (memory 1 65536${shared ? ' shared' : ''}))`;
}

/** Bytes of a record; byte offsets of its next block and of its end of wave. */
export const recordBytes = 32;
export const nextBlock = 16;
export const waveEnd = 20;

/** Byte offsets in the control block, at the start of memory. */
export const control = {
  /** Commands given so far; whoever has nothing to do sleeps on it. */
  commands: 0,
  /** Messages among them: to read one a worker goes back to its event loop. */
  messages: 4,
  /** Runs among them. */
  runs: 8,
  from: 12,
  to: 16,
  /** Of `arrived`, when the run began. */
  base: 20,
  /** Threads that came to the end of a wave, over all waves and runs. */
  arrived: 24,
  /** Threads that sleep until the others arrive. */
  sleepers: 28,
  /** Not 0: a thread has failed, and nobody waits for anybody any more. */
  failed: 32,
  /** Seconds of sleep without anybody's arrival, after which a thread is taken for dead. */
  patience: 36,
  /** For each thread: the address of the record that it works on. */
  at: 64,
} as const;

/** What `walk` gives: done, another thread failed, or another thread did not arrive for so long that it is taken for dead. */
export const outcomes = { done: 0, failed: 1, stalled: 2 } as const;

/** About 50 microseconds: longer than most waves differ, shorter than anybody notices. */
const SPINS = 200_000;

const load = (address: string) => `(i32.atomic.load offset=${address}`;

/**
 * `walk(from, to, thread, threads, base)` and `wait(commands seen)`, which gives the number of commands when it is another one. With one
 * thread the memory need not be shared, and nothing is atomic.
 */
export function walkModule(shared: boolean): string {
  const take = shared ? `(i32.atomic.rmw.add offset=${nextBlock} (local.get $from) (i32.const 1))` : '(local.get $block)';
  const advance = shared ? '' : '(local.set $block (i32.add (local.get $block) (i32.const 1)))';
  return `(module
  ${memoryImport(shared)}
  (import "host" "kernels" (table 1 funcref))
  (type $kernel (func (param i32 i32)))
  (func (export "walk") (param $from i32) (param $to i32) (param $thread i32) (param $threads i32) (param $base i32) (result i32)
    (local $block i32) (local $own i32) (local $blocks i32) (local $slot i32) (local $args i32) (local $outcome i32)
    (if (i32.lt_u (local.get $from) (local.get $to)) (then (loop $next
      ${shared ? `(i32.store offset=${control.at} (i32.shl (local.get $thread) (i32.const 2)) (local.get $from))` : ''}
      (if (i32.load (i32.load offset=12 (local.get $from))) (then
        (local.set $slot (i32.load (local.get $from)))
        (local.set $args (i32.load offset=4 (local.get $from)))
        (local.set $blocks (i32.load offset=8 (local.get $from)))
        (local.set $block (i32.const 0))
        (block $taken (loop $again
          (br_if $taken (i32.ge_s (local.tee $own ${take}) (local.get $blocks)))
          (call_indirect (type $kernel) (local.get $args) (local.get $own) (local.get $slot))
          ${advance}
          (br $again)))))
      ${shared ? meet : ''}
      (br_if $next (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const ${recordBytes}))) (local.get $to))))))
    (i32.const ${outcomes.done}))${shared ? `${barrier}${sleep}` : ''})`;
}

const meet = `(if (i32.load offset=${waveEnd} (local.get $from)) (then
        (local.set $base (i32.add (local.get $base) (local.get $threads)))
        (if (local.tee $outcome (call $meet (local.get $base))) (then (return (local.get $outcome))))))`;

/** Numbers of arrivals wrap around: what counts is their difference. */
const barrier = `
  (func $meet (param $goal i32) (result i32)
    (local $seen i32) (local $spins i32) (local $slept i32)
    (local.set $seen (i32.add (i32.atomic.rmw.add offset=${control.arrived} (i32.const 0) (i32.const 1)) (i32.const 1)))
    (if (i32.eq (local.get $seen) (local.get $goal)) (then
      (if ${load(`${control.sleepers} (i32.const 0))`)} (then
        (drop (memory.atomic.notify offset=${control.arrived} (i32.const 0) (i32.const -1)))))
      (return (i32.ne ${load(`${control.failed} (i32.const 0))`)} (i32.const 0)))))
    (loop $wait
      (if ${load(`${control.failed} (i32.const 0))`)} (then (return (i32.const ${outcomes.failed}))))
      (if (i32.ge_s (i32.sub (local.tee $seen ${load(`${control.arrived} (i32.const 0))`)}) (local.get $goal)) (i32.const 0))
        (then (return (i32.const ${outcomes.done}))))
      (br_if $wait (i32.lt_u (local.tee $spins (i32.add (local.get $spins) (i32.const 1))) (i32.const ${SPINS})))
      (drop (i32.atomic.rmw.add offset=${control.sleepers} (i32.const 0) (i32.const 1)))
      (if (i32.eq (memory.atomic.wait32 offset=${control.arrived} (i32.const 0) (local.get $seen) (i64.const 1000000000)) (i32.const 2))
        (then (local.set $slept (i32.add (local.get $slept) (i32.const 1))))
        (else (local.set $slept (i32.const 0))))
      (drop (i32.atomic.rmw.sub offset=${control.sleepers} (i32.const 0) (i32.const 1)))
      (br_if $wait (i32.lt_u (local.get $slept) (i32.load offset=${control.patience} (i32.const 0)))))
    (i32.const ${outcomes.stalled}))`;

const sleep = `
  (func (export "wait") (param $seen i32) (result i32)
    (local $now i32) (local $spins i32)
    (loop $wait
      (if (i32.ne (local.tee $now ${load(`${control.commands} (i32.const 0))`)}) (local.get $seen)) (then (return (local.get $now))))
      (br_if $wait (i32.lt_u (local.tee $spins (i32.add (local.get $spins) (i32.const 1))) (i32.const ${SPINS})))
      (drop (memory.atomic.wait32 offset=${control.commands} (i32.const 0) (local.get $seen) (i64.const -1)))
      (br $wait))
    (unreachable))`;
