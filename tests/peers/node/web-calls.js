// What a page calls by gRPC-Web with connect-web: the same in Node and in a browser. Answers a list of what failed.
import { createClient, Code, ConnectError } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Calls the service at `baseUrl`; `image` is the descriptor set that `buf build` writes. */
export async function calls(baseUrl, image) {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const service = registry.getService("dossier.v1.FactService");
  const client = createClient(service, createGrpcWebTransport({ baseUrl, useBinaryFormat: true }));
  const failed = [];
  const that = (what, holds) => holds || failed.push(what);

  const dataset = await client.getDataset({});
  that("the data set has a revision", dataset.revision.length > 0);

  const near = await client.getEventsNear({ origin: { case: "place", value: "places/kidal" }, radiusMeters: 150_000 });
  that("the taking of Anefis is near Kidal", near.nearbyEvents.some(({ event }) => event.name === "events/anefis-taken"));
  that("the list has the same revision", near.revision === dataset.revision);

  try {
    await client.getEvent({ name: "events/never-happened" });
    failed.push("an unknown event is an error");
  } catch (error) {
    that("an unknown event is a ConnectError", error instanceof ConnectError);
    that("an unknown event is NOT_FOUND", error.code === Code.NotFound);
    that("the error has details", error.details.some(({ type }) => type === "google.rpc.ErrorInfo"));
  }

  try {
    await client.listEvents({ pageSize: -1 });
    failed.push("a negative page size is an error");
  } catch (error) {
    that("a negative page size is INVALID_ARGUMENT", error.code === Code.InvalidArgument);
  }

  const batches = [];
  for await (const batch of client.exportEvents({})) batches.push(...batch.events.map((event) => event.name));
  const listed = await client.listEvents({ pageSize: 1000 });
  that("an export has what a list has", batches.join() === listed.events.map((event) => event.name).join());
  that("an export has something", batches.length > 0);

  const leaving = new AbortController();
  const steps = [];
  try {
    for await (const step of client.watchEvents({}, { signal: leaving.signal, timeoutMs: 20_000 })) {
      steps.push(step);
      leaving.abort();
    }
    failed.push("a watch lasts until it is left");
  } catch (error) {
    that("a watch ends when it is left", error.code === Code.Canceled);
  }
  that("a watch tells the revision at once", steps.length === 1 && steps[0].revision === dataset.revision);
  try {
    for await (const _ of client.watchEvents({ fromRevision: "nonsense" })) failed.push("a watch from nonsense is an error");
  } catch (error) {
    that("a stream's error arrives", error.code === Code.InvalidArgument);
  }
  return failed;
}
