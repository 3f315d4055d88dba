// Uploads a file from a real browser, closes the page in the middle, and lets a second page go on.
// Usage: node drive.mjs CHROMIUM API TOKEN IDENTIFIER FILE   Prints one JSON object.
import { createServer } from "node:http";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const [executablePath, api, token, identifier, file] = process.argv.slice(2);
const CUT_AFTER = 3;

const bundle = await build({
  entryPoints: [new URL("page.js", import.meta.url).pathname],
  bundle: true, write: false, format: "iife", define: { "process.env.NODE_ENV": '"production"' },
});
const html = '<!doctype html><meta charset="utf-8"><input type="file"><script src="/page.js"></script>';
const site = createServer((request, response) => {
  const script = request.url === "/page.js";
  response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
  response.end(script ? bundle.outputFiles[0].text : html);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => site.once("listening", resolve));
const origin = `http://127.0.0.1:${site.address().port}/`;

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const open = async (cut) => {
  const page = await browser.newPage();
  const done = [];
  const enough = new Promise((resolve) => page.exposeFunction("partUploaded", (number) => {
    done.push(number);
    if (cut && done.length >= CUT_AFTER) resolve();
  }));
  await page.goto(origin);
  await page.setInputFiles("input", file);
  const result = page.evaluate((given) => window.upload(given), { api, token, identifier });
  result.catch(() => {});
  return { page, done, enough, result };
};

const first = await open(true);
await first.enough;
await first.page.close();
const second = await open(false);
const result = await second.result;
await browser.close();
site.close();
console.log(JSON.stringify({ first: first.done, second: second.done, result }));
