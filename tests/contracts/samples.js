// What a page's surroundings give to a sample client: an address, a token, a file input. The sample itself is not touched.
// Usage: node samples.js SAMPLE URL TOKEN FILE…   Prints one JSON object a line.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { File } = require("node:buffer");

const [sample, host, token, ...names] = process.argv.slice(2);
const tell = (event, value) => process.stdout.write(JSON.stringify({ event, value }) + "\n");

const plainFetch = globalThis.fetch;
globalThis.fetch = (address, options = {}) =>
  plainFetch(host + address, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });
globalThis.window = globalThis;
const listeners = {};
const input = { addEventListener: (name, listener) => (listeners[name] = listener) };
globalThis.document = { getElementById: () => input };
globalThis.console = {
  log: (...words) => tell("log", words),
  error: (...words) => tell("error", words.map((word) => (word instanceof Error ? word.message : word))),
};

vm.runInThisContext(fs.readFileSync(sample, "utf8"), { filename: sample });

(async () => {
  for (const name of names) {
    const file = new File([fs.readFileSync(name)], path.basename(name), { type: "application/octet-stream" });
    await listeners.change({ target: { files: [file] } });
    tell("status", await vm.runInThisContext("uploader.getUploadStatus()"));
  }
  tell("cancel", await vm.runInThisContext("uploader.cancelUpload()"));
})();
