// Peer: the macro in Pyodide. `node pyodide_loop.mjs COUNT BATCH`, with bench.batch_items.sample()
// as JSON on stdin. Prints JSON: microseconds a call, one by one and in batches.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const require = createRequire(process.cwd() + "/");
const { loadPyodide } = require("pyodide");
const [count, size] = process.argv.slice(2).map(Number);
const { macro, context } = JSON.parse(readFileSync(0, "utf8"));
const python = await loadPyodide();
python.runPython(macro);
python.runPython(`
import json
def one(text):
    return json.dumps({"html": render(json.loads(text), None)})
def many(text):
    return json.dumps([{"html": render(context, None)} for context in json.loads(text)])
`);
const one = python.globals.get("one");
const many = python.globals.get("many");

function single() {
  const began = performance.now();
  for (let number = 0; number < count; number++) {
    JSON.parse(one(JSON.stringify({ ...context, key0: `value ${number}` })));
  }
  return ((performance.now() - began) * 1000) / count;
}

function batched() {
  const began = performance.now();
  for (let done = 0; done < count; done += size) {
    const contexts = [];
    for (let number = 0; number < size; number++) {
      contexts.push({ ...context, key0: `value ${done + number}` });
    }
    JSON.parse(many(JSON.stringify(contexts)));
  }
  return ((performance.now() - began) * 1000) / count;
}

single(); // unmeasured
console.log(JSON.stringify({ single_us: single(), batched_us: batched() }));
