// What stands between a client and the server, and tells what went by.
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;
const PING = 6;
const GOAWAY = 7;
const ACK = 1;

/** Takes whole frames of HTTP/2 from what comes, piece by piece. */
function reader(skipped, found) {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    if (rest.length < skipped) return;
    rest = rest.subarray(skipped);
    skipped = 0;
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      found({ type: rest[3], flags: rest[4] });
      rest = rest.subarray(9 + rest.readUIntBE(0, 3));
    }
  };
}

/** Passes bytes on, and counts connections, pings of the client, those that were answered, and farewells of the server. */
export async function tap(address) {
  const seen = { connections: 0, pings: 0, pongs: 0, goaways: 0 };
  const ends = [];
  const listener = net.createServer((client) => {
    const [host, port] = address.split(":");
    const server = net.connect(Number(port), host);
    seen.connections += 1;
    ends.push(client, server);
    client.on("data", reader(PREFACE, ({ type, flags }) => { seen.pings += type === PING && !(flags & ACK); }));
    server.on("data", reader(0, ({ type, flags }) => {
      seen.pongs += type === PING && Boolean(flags & ACK);
      seen.goaways += type === GOAWAY;
    }));
    client.pipe(server).on("error", () => client.destroy());
    server.pipe(client).on("error", () => server.destroy());
  });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  seen.address = `127.0.0.1:${listener.address().port}`;
  seen.close = () => {
    listener.close();
    for (const end of ends) end.destroy();
  };
  return seen;
}

/** Refuses so many calls for facts and passes on the others; keeps the heads of those that were asked, and of answers. */
export async function front(address, refuses = 0, code = 14) {
  const asked = [];
  const answered = [];
  const other = [];
  const behind = http2.connect(`http://${address}`);
  const server = http2.createServer().on("stream", (stream, head) => {
    if (!head[":path"].startsWith("/dossier.")) other.push(head[":path"]);
    else asked.push(head);
    if (asked.length <= refuses) {
      const refusal = { "content-type": "application/grpc", "grpc-status": code, "grpc-message": "refused" };
      stream.respond(refusal, { endStream: true });
      return;
    }
    let trailers = {};
    const passed = behind.request(head);
    stream.pipe(passed).on("trailers", (last) => { trailers = last; });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.on("error", () => {}).on("aborted", () => passed.close(http2.constants.NGHTTP2_CANCEL));
    passed.on("error", () => {}).on("response", (first) => {
      answered.push(first);
      const whole = "grpc-status" in first;
      stream.respond(first, { endStream: whole, waitForTrailers: !whole });
      if (!whole) passed.pipe(stream);
    });
  });
  const sessions = [];
  server.on("session", (session) => sessions.push(session));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.close();
    for (const session of [behind, ...sessions]) session.destroy();
  };
  return { address: `127.0.0.1:${server.address().port}`, asked, answered, other, close };
}
