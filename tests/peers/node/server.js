// A server on a free port with the shipped facts, stopped when the tests end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The repository: this file is run from target/test-tools/node, where the packages are. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Starts the server; its first line on standard output says where it listens, once it is ready. */
export async function start() {
  const child = spawn("target/debug/dossier", ["serve", "--listen", "127.0.0.1:0", "seeds"], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it was ready`);
    }),
  ]);
  if (!line.startsWith("listening on ")) throw new Error(`the first line was ${line}`);
  return {
    address: line.slice("listening on ".length),
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = await exited;
      if (code !== 0) throw new Error(`the server ended with ${code}`);
    },
  };
}
