// Node's own gRPC client: calls, errors a program can act on, exports and watches.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { connect } from "./facts.js";
import { start } from "./server.js";

// The error model of google.rpc, which no package here carries.
const { root: rpc } = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; }
  message FieldViolation { string field = 1; string description = 2; }
  message BadRequest { repeated FieldViolation field_violations = 1; }
`, { keepCase: true });

/** The details of an error, by type. */
function details(error) {
  const packed = rpc.lookupType("Status").decode(error.metadata.get("grpc-status-details-bin")[0]);
  assert.equal(packed.code, error.code);
  const found = {};
  for (const any of packed.details) {
    const name = any.type_url.split("google.rpc.")[1];
    const type = rpc.lookup(name);
    if (type) found[name] = type.decode(any.value);
  }
  return found;
}

let server;
let client;
let call;

before(async () => {
  server = await start();
  client = connect(server.address);
  call = client.call;
});

after(async () => {
  client.close();
  await server.stop();
});

test("an event with its claims", async () => {
  const event = await call("GetEvent", { name: "events/anefis-taken" });
  assert.equal(event.kind, "EVENT_KIND_TAKING");
  assert.equal(event.status, "EVENT_STATUS_OCCURRED");
  assert.ok(event.claims.length >= 2);
});

test("a nested filter", async () => {
  const { camp_handovers } = await call("ListCampHandovers", { filter: { statuses: ["EVENT_STATUS_PLANNED"] } });
  assert.ok(camp_handovers.length > 0);
  assert.ok(camp_handovers.every((row) => row.status === "EVENT_STATUS_PLANNED"));
});

test("an error with its reason and all its fields", async () => {
  const request = { filter: { first_day: "2023-13-01" }, page_size: -5 };
  await assert.rejects(call("ListEvents", request), (error) => {
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    const { ErrorInfo, BadRequest } = details(error);
    assert.deepEqual([ErrorInfo.reason, ErrorInfo.domain], ["INVALID_FIELD", "dossier"]);
    assert.deepEqual(BadRequest.field_violations.map(({ field }) => field).sort(), ["filter.first_day", "page_size"]);
    return true;
  });
});

test("a deadline that passes", async () => {
  await assert.rejects(call("ListEvents", {}, { deadline: Date.now() - 1000 }), { code: grpc.status.DEADLINE_EXCEEDED });
});

test("a deadline that is met", async () => {
  const { sources } = await call("ListSources", {}, { deadline: Date.now() + 5000 });
  assert.ok(sources.length > 0);
});

test("a hundred calls at once on one connection", async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => call("ListCampHandovers", {})));
  assert.ok(answers.every((answer) => answer.camp_handovers.length === 7));
});

test("an export in batches", async () => {
  const batches = [];
  for await (const batch of client.ExportEvents({})) batches.push(batch);
  const { events } = await call("ListEvents", { page_size: 1000 });
  assert.deepEqual(batches.flatMap((batch) => batch.events), events);
});

test("a watch tells where it begins, and ends when it is cancelled", async () => {
  const stream = client.WatchEvents({ filter: { place: "places/kidal" } }, { deadline: Date.now() + 20_000 });
  const error = once(stream, "error");
  const [first] = await once(stream, "data");
  assert.equal(first.changes, undefined);
  assert.equal(first.resume_token, first.revision);
  stream.cancel();
  assert.equal((await error)[0].code, grpc.status.CANCELLED);
});
