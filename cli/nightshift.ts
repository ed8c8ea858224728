#!/usr/bin/env node
import { enableCompileCache, getCompileCacheDir } from 'node:module';

// What a command loads is compiled once, and not at each start of it and of the processes that it begins.
enableCompileCache();
process.env.NODE_COMPILE_CACHE ??= getCompileCacheDir();
await import('./main.ts');
