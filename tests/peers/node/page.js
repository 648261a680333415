// Runs in the browser: calls the service on the page's own origin and posts what failed.
import { calls } from "./web-calls.js";
import image from "./image.binpb";

calls(location.origin, image)
  .catch((error) => [String(error.stack ?? error)])
  .then((failed) => fetch("/result", { method: "POST", body: JSON.stringify(failed) }));
