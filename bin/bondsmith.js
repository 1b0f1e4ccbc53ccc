#!/usr/bin/env node
// In a clone the sources run as they are (Node strips the types); an installed package has compiled JavaScript only.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`bondsmith needs Node 22.18 or newer, this is ${process.versions.node}`);
  process.exit(1);
}
// Stripped types and V8's code are kept in the system's temporary folder: the next command starts in half the time.
module.enableCompileCache();
const source = new URL('../runtime/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/runtime/cli/main.js', import.meta.url).href);
