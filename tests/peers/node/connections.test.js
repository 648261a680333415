// What grpc-js does beside calling: pings, deadlines, cancelling, compression; and what the server makes of it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import grpc from "@grpc/grpc-js";
import { front, tap } from "./between.js";
import { begin, connect } from "./facts.js";
import { eventually, start } from "./server.js";

// A server that keeps to what gRPC recommends closes a connection at the third, with `too_many_pings`.
const PINGS = 5;
const OFTEN = {
  "grpc.keepalive_time_ms": 100,
  "grpc.keepalive_timeout_ms": 60_000,
  "grpc.keepalive_permit_without_calls": 1,
};
const NAMES = Array(50).fill("events/anefis-taken");

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

for (const during of ["no call", "a call"]) {
  test(`pings are answered and the connection lasts, during ${during}`, async () => {
    const seen = await tap(server.address);
    const client = connect(seen.address, OFTEN);
    try {
      await client.call("GetDataset", {});
      const watch = during === "a call" ? client.WatchEvents({}) : undefined;
      if (watch) await once(watch, "data");
      const until = seen.pongs + PINGS;
      await eventually(() => seen.pongs >= until, `${PINGS} pings are answered`);
      const { revision } = await client.call("GetDataset", {});
      assert.ok(revision);
      assert.deepEqual([seen.connections, seen.goaways], [1, 0]);
      if (watch) {
        watch.cancel();
        assert.equal((await once(watch, "error"))[0].code, grpc.status.CANCELLED);
      }
    } finally {
      client.close();
      seen.close();
    }
  });
}

/** Calls for facts that are in flight, watches apart; calls that ended well; all that ended. */
async function counts() {
  const page = await server.metrics();
  const ended = Object.entries(page).filter(([name]) => name.startsWith("dossier_calls_total"));
  const sum = (rows) => rows.reduce((total, [, count]) => total + count, 0);
  return [page.dossier_calls_in_flight, sum(ended.filter(([name]) => name.includes('code="OK"'))), sum(ended)];
}

/** Waits until so many more have ended than before, none of them well, and so many go on. */
const become = ([, well, ended], goOn, more, what) =>
  eventually(async () => (await counts()).join() === [goOn, well, ended + more].join(), what);

/** Begins calls that do not end by themselves: one whose request goes on, and a watch. Promises the errors they end with. */
async function held(client, options) {
  const { call, end } = begin(client, "GetEvent", options);
  const watch = client.WatchEvents({}, options);
  const errors = [end, once(watch, "error").then(([error]) => error)];
  await once(watch, "data");
  return { calls: [call, watch], errors: Promise.all(errors) };
}

test("calls that are cancelled leave nothing in flight", async () => {
  const client = connect(server.address);
  try {
    const was = await counts();
    const { calls, errors } = await held(client, {});
    await become(was, 1, 0, "both have begun, and go on");
    for (const call of calls) call.cancel();
    assert.deepEqual((await errors).map(({ code }) => code), Array(2).fill(grpc.status.CANCELLED));
    await become(was, 0, 2, "none goes on");
  } finally {
    client.close();
  }
});

test("calls whose deadline passes leave nothing in flight", async () => {
  const client = connect(server.address);
  try {
    const was = await counts();
    // Time enough for calls to begin on a machine that is busy.
    const { errors } = await held(client, { deadline: Date.now() + 3000 });
    assert.deepEqual((await errors).map(({ code }) => code), Array(2).fill(grpc.status.DEADLINE_EXCEEDED));
    await become(was, 0, 2, "none goes on");
  } finally {
    client.close();
  }
});

/** Calls by a client that compresses so: what it answers, and the heads of request and answer. */
async function compressed(algorithm) {
  const between = await front(server.address);
  const client = connect(between.address, { "grpc.default_compression_algorithm": algorithm });
  try {
    const answer = await client.call("BatchGetEvents", { names: NAMES }).catch((error) => error);
    return { answer, asked: between.asked[0], answered: between.answered[0] };
  } finally {
    client.close();
    between.close();
  }
}

test("grpc-js has no zstd, and is answered in gzip", async (context) => {
  const { identity, gzip } = grpc.compressionAlgorithms;
  for (const [algorithm, name] of [[identity, undefined], [gzip, "gzip"]]) {
    const { answer, asked, answered } = await compressed(algorithm);
    assert.equal(answer.events.length, NAMES.length);
    assert.equal(asked["grpc-encoding"], name);
    assert.equal(answered["grpc-encoding"], "gzip");
    assert.ok(!asked["grpc-accept-encoding"].includes("zstd"));
    context.diagnostic(`grpc-js takes ${asked["grpc-accept-encoding"]}: no zstd`);
  }
  assert.ok(!("zstd" in grpc.compressionAlgorithms));
});

test("what grpc-js deflates is told what would do", async () => {
  const { answer, answered } = await compressed(grpc.compressionAlgorithms.deflate);
  assert.equal(answer.code, grpc.status.UNIMPLEMENTED);
  assert.equal(answer.details, "the request's encoding is not known; use gzip, zstd or none");
  assert.equal(answered["grpc-accept-encoding"], "gzip,zstd,identity");
});
