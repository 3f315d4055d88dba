// What the three scenarios of the oss contract expect around them. The scenarios themselves are not touched.
// Usage: node scenarios.js SCENARIOS URL TOKEN FUNCTION ARGUMENT…   Prints one JSON object a line.
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { File } = require("node:buffer");

const [scenarios, host, token, name, ...rest] = process.argv.slice(2);
const tell = (event, value) => process.stdout.write(JSON.stringify({ event, value }) + "\n");

const plainFetch = globalThis.fetch;
globalThis.fetch = async (address, options = {}) => {
  const headers = new Headers(options.headers);
  if (headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
  const url = address.startsWith("/") ? host + address : address;
  const answer = await plainFetch(url, { ...options, headers });
  tell("call", [options.method ?? "GET", new URL(url).pathname, answer.status]);
  return answer;
};
globalThis.calculateMD5 = async (file) =>
  crypto.createHash("md5").update(Buffer.from(await file.arrayBuffer())).digest("hex");
globalThis.checkLocalFile = async (place) => (fs.existsSync(place) ? { size: fs.statSync(place).size } : null);
globalThis.appendToFile = async (place, blob) => fs.appendFileSync(place, Buffer.from(await blob.arrayBuffer()));
globalThis.console = { log: (...words) => tell("log", words) };

vm.runInThisContext(fs.readFileSync(scenarios, "utf8"), { filename: scenarios });

const given = name.startsWith("download")
  ? rest
  : [new File([fs.readFileSync(rest[0])], path.basename(rest[0]), { type: "video/mp4" })];
vm.runInThisContext(name)(...given).then((value) => tell("result", value ?? null));
