/** A run folder belongs to one process at a time: a file in it says which. */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { FileProblem } from '../checkpoint/files.ts';

interface Owner {
  readonly process: number;
  readonly machine: string;
  /** When the process began, where the system tells: a number may belong to another process later. */
  readonly began?: string;
}

const held = new Set<string>();

/** Throws FileProblem where a living process has the folder; on another machine nobody can tell, so it counts as living. */
export function lockFolder(folder: string): () => void {
  const path = `${folder}/lock`;
  for (let tries = 0; ; tries++) {
    try {
      const descriptor = openSync(path, 'wx');
      writeSync(descriptor, `${JSON.stringify(ownerOf(process.pid))}\n`);
      closeSync(descriptor);
      held.add(path);
      removeLeftovers(folder);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
      const owner = readOwner(path);
      if (tries >= 3 || (owner !== undefined && isAlive(owner, path))) throw new FileProblem(folder, takenText(owner, path));
      rmSync(path, { force: true });
    }
  }
}

/** Half-written files of processes that were killed: `.bondsmith-PID-...`, as node-files.ts calls them. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, owner] = /^\.bondsmith-(\d+)-/.exec(name) ?? [];
    if (owner !== undefined && Number(owner) !== process.pid && !isRunning(Number(owner))) rmSync(`${folder}/${name}`, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function takenText(owner: Owner | undefined, path: string): string {
  const who = owner === undefined ? 'another process' : `process ${owner.process} on ${owner.machine}`;
  return `${who} works in this folder; wait for it, give another folder, or remove ${path} where no such process runs`;
}

function ownerOf(pid: number): Owner {
  const began = beginningOf(pid);
  return { process: pid, machine: hostname(), ...(began === undefined ? {} : { began }) };
}

/** Field 22 of /proc/PID/stat; undefined on systems without. The name before it may hold spaces and brackets. */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner> | null;
    if (typeof value?.process === 'number' && typeof value.machine === 'string') return value as Owner;
  } catch {
    // A lock that says nothing is a leftover of a kill.
  }
  return undefined;
}

function isAlive(owner: Owner, path: string): boolean {
  if (owner.machine !== hostname()) return true;
  if (owner.process === process.pid) return held.has(path);
  if (!isRunning(owner.process)) return false;
  return owner.began === undefined || owner.began === beginningOf(owner.process);
}
