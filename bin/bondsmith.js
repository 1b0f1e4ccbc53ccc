#!/usr/bin/env node
// In a clone the sources run as they are (Node strips the types); an installed package has compiled JavaScript only.
import { existsSync } from 'node:fs';

const source = new URL('../runtime/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/runtime/cli/main.js', import.meta.url).href);
