// Uppy without its Dashboard: what people click there, the test calls.
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import { PENSTOCK, headers } from "./penstock.js";

window.uppy = new Uppy().use(Tus, { endpoint: `${PENSTOCK}/files/`, headers, retryDelays: [0, 1000, 3000, 5000] });
document.querySelector("input").addEventListener("change", ({ target }) => {
  const [data] = target.files;
  window.uppy.addFile({ name: data.name, type: data.type, data });
});
