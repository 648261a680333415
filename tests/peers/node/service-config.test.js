// The service configuration of docs/operations.md, as grpc-js takes it from there: what is tried again, for how long, and where.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import grpc from "@grpc/grpc-js";
import { front } from "./between.js";
import { begin, connect } from "./facts.js";
import { eventually, root, start } from "./server.js";

const blocks = readFileSync(`${root}docs/operations.md`, "utf8").matchAll(/^```json\n(.*?)^```/gms);
const [config] = [...blocks].map(([, text]) => text).filter((text) => text.includes("loadBalancingConfig"));

// As the document has it: how often a call is tried, and the milliseconds that it may take.
const ATTEMPTS = 4;
const TIMEOUT = 10_000;

const { RESOURCE_EXHAUSTED, ABORTED, DATA_LOSS, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE } = grpc.status;

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

/** Does something with a client that is configured so. */
async function configured(addresses, use) {
  const client = connect(`ipv4:${addresses.join()}`, { "grpc.service_config": config });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Does something with a client whose server refuses so many calls first. Answers the heads of all attempts. */
async function refusing(refuses, code, use) {
  const between = await front(server.address, refuses, code);
  try {
    await configured([between.address], use);
    return between;
  } finally {
    between.close();
  }
}

/** How often each had been tried before. */
const previous = ({ asked }) => asked.map((head) => Number(head["grpc-previous-rpc-attempts"] ?? 0));

test("what is unavailable is tried again, within one deadline", async () => {
  const between = await refusing(ATTEMPTS - 1, UNAVAILABLE, async (client) => {
    assert.ok((await client.call("GetDataset", {})).revision);
  });
  assert.deepEqual(previous(between), [0, 1, 2, 3]);
  const left = between.asked.map((head) => head["grpc-timeout"]);
  const unit = { S: 1000, m: 1, u: 1e-3, n: 1e-6 };
  const times = left.map((text) => Number(text.slice(0, -1)) * unit[text.at(-1)]);
  assert.ok(times.every((time) => time > 0 && time <= TIMEOUT), left.join());
  assert.ok(times.at(-1) < times[0], left.join());
});

test("what stays unavailable is not tried for ever", async () => {
  const between = await refusing(2 * ATTEMPTS, UNAVAILABLE, async (client) => {
    await assert.rejects(client.call("GetDataset", {}), { code: UNAVAILABLE });
  });
  assert.equal(between.asked.length, ATTEMPTS);
});

test("streams are tried again too, and get no deadline", async () => {
  const between = await refusing(2, UNAVAILABLE, async (client) => {
    let events = 0;
    for await (const batch of client.ExportEvents({})) events += batch.events?.length ?? 0;
    assert.ok(events > 10);
  });
  assert.deepEqual(previous(between), [0, 1, 2]);
  assert.ok(between.asked.every((head) => head["grpc-timeout"] === undefined));
});

test("nothing else is tried again", async () => {
  for (const code of [RESOURCE_EXHAUSTED, ABORTED, DATA_LOSS, DEADLINE_EXCEEDED, INTERNAL]) {
    const between = await refusing(1, code, async (client) => {
      await assert.rejects(client.call("GetDataset", {}), { code });
    });
    assert.equal(between.asked.length, 1);
  }
});

test("a call that is sent away for want of room does not come back", async () => {
  const small = await start("--max-calls", "1");
  const other = connect(small.address);
  const inFlight = (count) =>
    eventually(async () => (await small.metrics()).dossier_calls_in_flight === count, `${count} in flight`);
  try {
    const { call, end } = begin(other, "GetEvent");
    await inFlight(1);
    await configured([small.address], async (client) => {
      await assert.rejects(client.call("GetDataset", {}), { code: RESOURCE_EXHAUSTED });
      call.cancel();
      await end;
      assert.equal((await small.metrics())['dossier_calls_refused_total{reason="queue"}'], 1);
      // Later it is answered, by the same client.
      await inFlight(0);
      assert.ok((await client.call("GetDataset", {})).revision);
    });
  } finally {
    other.close();
    await small.stop();
  }
});

/** How many calls for facts a server has answered. */
async function answered(replica) {
  const page = Object.entries(await replica.metrics());
  return page.filter(([name]) => /^dossier_calls_total\{rpc="dossier\./.test(name)).reduce((sum, [, count]) => sum + count, 0);
}

test("calls are spread, and a replica that stops takes none with it", async () => {
  const replicas = [await start(), await start()];
  let calls = 0;
  let over = false;
  await configured(replicas.map(({ address }) => address), async (client) => {
    const caller = async () => {
      for (; !over; calls += 1) assert.ok((await client.call("GetDataset", {})).revision);
    };
    const callers = [caller(), caller(), caller(), caller()];
    const all = Promise.all(callers);
    // What fails is told below; until then it is nobody's.
    all.catch(() => { over = true; });
    for (const replica of replicas) await eventually(async () => over || (await answered(replica)) > 50, "calls on both");
    await replicas[0].stop();
    const more = calls + 200;
    await eventually(() => over || calls > more, "calls go on");
    over = true;
    await all;
  });
  await replicas[1].stop();
});

test("grpc-js asks no replica for its health", async () => {
  const between = await front(server.address);
  try {
    await configured([between.address], (client) => client.call("GetDataset", {}));
    assert.deepEqual(between.other, []);
  } finally {
    between.close();
  }
});
