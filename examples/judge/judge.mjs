// The judge in Node, in a sandbox that sees the files below the current folder and nothing else:
//
//     node judge.mjs jointly-judge.wasm CERT --circuit FILE --identities DIR

import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { WASI } from 'node:wasi';

const [program, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: ['jointly-judge', ...args], preopens: { '.': '.' }, returnOnExit: true });
const { instance } = await WebAssembly.instantiate(await readFile(program), wasi.getImportObject());
process.exitCode = wasi.start(instance);
