// The contract as grpc-js has it, with the protos loaded as they lie in the repository; and clients of it.
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { root } from "./server.js";

const definition = loader.loadSync("dossier/v1/fact_service.proto", {
  includeDirs: [`${root}proto`],
  keepCase: true,
  longs: Number,
  enums: String,
  oneofs: true,
});
const { FactService } = grpc.loadPackageDefinition(definition).dossier.v1;

/** A client with a connection of its own. Single calls are promised: `call("GetEvent", { name })`. */
export function connect(address, options = {}) {
  const client = new FactService(address, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    ...options,
  });
  client.call = (method, request, how = {}) => promisify(client[method].bind(client))(request, new grpc.Metadata(), how);
  return client;
}

/** Begins a call whose request goes on until it is cancelled; `end` promises the error that it ends with. */
export function begin(client, method, options = {}) {
  let call;
  const end = new Promise((resolve) => {
    const bytes = (value) => value;
    const path = `/dossier.v1.FactService/${method}`;
    call = client.makeClientStreamRequest(path, bytes, bytes, new grpc.Metadata(), options, resolve);
  });
  return { call, end };
}
