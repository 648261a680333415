// The TypeScript of README.md runs as it stands there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { transformSync } from "esbuild";
import { root, start } from "./server.js";

test("the TypeScript of README.md", async () => {
  const [, code] = readFileSync(`${root}README.md`, "utf8").match(/^```ts\n(.*?)^```/ms);
  assert.ok(code.includes("localhost:50051"));
  const server = await start();
  try {
    const script = new URL("./readme-sample.js", import.meta.url);
    writeFileSync(script, transformSync(code.replace("localhost:50051", server.address), { loader: "ts" }).code);
    const printed = execFileSync(process.execPath, [script.pathname], { cwd: root, encoding: "utf8", timeout: 30_000 });
    const lines = printed.trim().split("\n");
    assert.equal(lines.length, 5, printed);
    assert.match(lines[0], /^\d+ km: .+ \(EVENT_STATUS_[A-Z_]+\)$/);
  } finally {
    await server.stop();
  }
});
