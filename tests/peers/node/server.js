// Servers on free ports with the shipped facts, stopped when the tests end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The repository: this file is run from target/test-tools/node, where the packages are. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

// Tests that fail, or are ended since they hang, leave none behind.
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
process.on("SIGTERM", () => process.exit(1));

/** Waits until `check` answers something; only what never comes takes so long. */
export async function eventually(check, what) {
  const end = Date.now() + 60_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await setTimeout(50);
  }
}

/** Starts a server; its first line on standard output says where it listens, once it is ready. */
export async function start(...options) {
  const ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const child = spawn("target/debug/dossier", ["serve", ...ports, "seeds", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let admin;
  createInterface(child.stderr).on("line", (line) => {
    if (line.includes("metrics are at")) admin = JSON.parse(line).address;
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it was ready`);
    }),
  ]);
  if (!line.startsWith("listening on ")) throw new Error(`the first line was ${line}`);
  await eventually(() => admin, "the address of operators");
  return {
    address: line.slice("listening on ".length),
    /** The page of metrics: values by name with labels. */
    async metrics() {
      const page = await (await fetch(`http://${admin}/metrics`)).text();
      const lines = page.trim().split("\n").filter((line) => !line.startsWith("#"));
      return Object.fromEntries(lines.map((line) => line.split(/ (?=\S+$)/)).map(([name, value]) => [name, Number(value)]));
    },
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = await exited;
      if (code !== 0) throw new Error(`the server ended with ${code}`);
    },
  };
}
