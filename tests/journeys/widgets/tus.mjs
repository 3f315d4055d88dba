// tus-js-client in Node: `node tus.mjs PACKAGE PROTOCOL ENDPOINT TOKEN FILE WAY` uploads a file in one of its ways, and
// prints its address. With the way `abort` it is cut off in the middle, and a second upload goes on where the first ended.
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";

const [, , client, protocol, endpoint, token, path, way] = process.argv;
const { Upload } = await import(client);
const content = readFileSync(path);
const CHUNK = 700_000;

function* pieces() {
  for (let at = 0; at < content.length; at += 65536) yield content.subarray(at, at + 65536);
}

const ways = {
  whole: {},
  chunks: { chunkSize: CHUNK },
  creation: { chunkSize: CHUNK, uploadDataDuringCreation: true },
  deferred: { chunkSize: CHUNK, uploadLengthDeferred: true, source: () => Readable.from(pieces()) },
  overridden: { overridePatchMethod: true },
  parallel: { parallelUploads: 3 },
  abort: { chunkSize: CHUNK },
};

function upload(options, onChunkComplete) {
  const { source = () => content, ...others } = { ...ways[way], ...options };
  return new Promise((resolve, reject) => {
    const sending = new Upload(source(), {
      protocol,
      endpoint,
      headers: { Authorization: `Bearer ${token}` },
      retryDelays: null,
      metadata: { filename: "文件.bin", filetype: "application/x-penstock" },
      onChunkComplete: (size, accepted) => onChunkComplete?.(sending, accepted, resolve),
      onSuccess: () => resolve(sending.url),
      onError: reject,
      ...others,
    });
    sending.start();
  });
}

let address;
if (way === "abort") {
  let accepted = 0;
  address = await upload({}, (sending, now, resolve) => {
    accepted = now;
    if (now >= 2 * CHUNK) sending.abort().then(() => resolve(sending.url));
  });
  const begun = [];
  await upload({ uploadUrl: address, onProgress: (sent) => begun.push(sent) });
  if (begun[0] < accepted) throw new Error(`it began anew at ${begun[0]}`);
} else {
  address = await upload({});
}
console.log(address);
