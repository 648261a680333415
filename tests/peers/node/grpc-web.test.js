// gRPC-Web by connect-web: with Node's fetch, and in a real browser behind one origin, as a page is served.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { root, start } from "./server.js";
import { calls } from "./web-calls.js";

const tools = `${root}target/test-tools`;
const image = `${tools}/node/image.binpb`;
const required = process.env.DOSSIER_TEST_REQUIRE === "1";
const needs = (tool) => (!existsSync(`${tools}/bin/${tool}`) && !required ? `${tool} is not installed (make setup)` : false);
const withBuf = needs("buf");

let server;

before(async () => {
  server = await start();
  if (!withBuf) execFileSync(`${tools}/bin/buf`, ["build", "-o", image, "proto"], { cwd: root });
});

after(() => server.stop());

test("connect-web in Node", { skip: withBuf }, async () => {
  assert.deepEqual(await calls(`http://${server.address}`, readFileSync(image)), []);
});

test("a plain HTTP/1.1 visitor gets no gRPC", async () => {
  assert.equal((await fetch(`http://${server.address}/no/such/page`)).status, 404);
});

test("connect-web in a browser", { skip: withBuf || needs("chromium"), timeout: 90_000 }, async () => {
  const bundle = await build({
    entryPoints: [`${tools}/node/page.js`],
    bundle: true,
    write: false,
    format: "esm",
    loader: { ".binpb": "binary" },
  });
  const { promise, resolve } = Promise.withResolvers?.() ?? deferred();
  const [host, port] = server.address.split(":");
  const origin = createServer((incoming, outgoing) => {
    if (incoming.url === "/result") {
      let body = "";
      incoming.on("data", (part) => (body += part)).on("end", () => resolve(JSON.parse(body)));
      outgoing.end();
    } else if (incoming.url === "/page.js") {
      outgoing.setHeader("content-type", "text/javascript").end(bundle.outputFiles[0].text);
    } else if (incoming.url === "/") {
      outgoing.setHeader("content-type", "text/html").end('<!doctype html><script type="module" src="/page.js"></script>');
    } else {
      const { method, url: path, headers } = incoming;
      const onward = request({ host, port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward.on("error", () => outgoing.destroy()));
    }
  });
  await new Promise((ready) => origin.listen(0, "127.0.0.1", ready));
  const profile = mkdtempSync(join(tmpdir(), "dossier-browser-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
  const page = `http://127.0.0.1:${origin.address().port}/`;
  const browser = spawn(`${tools}/bin/chromium`, [...flags, "--remote-debugging-port=0", page], { stdio: "ignore" });
  try {
    assert.deepEqual(await promise, []);
  } finally {
    const ended = once(browser, "exit");
    browser.kill("SIGKILL");
    await ended;
    origin.closeAllConnections();
    origin.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
