// Sends files by tus 1.0.0, one after the other, each from where it stands.
"use strict";
(() => {
  const drop = document.getElementById("drop"), list = document.getElementById("sent");
  const input = document.getElementById("files"), words = JSON.parse(drop.dataset.words);
  const endpoint = new URL(drop.dataset.files, document.baseURI).href;
  const common = { "Tus-Resumable": "1.0.0", Authorization: "Bearer " + drop.dataset.token };
  const TRIES = 8;
  let turn = Promise.resolve();

  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  function ask(method, url, headers, body, heard) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      Object.entries({ ...common, ...headers }).forEach(([name, value]) => request.setRequestHeader(name, value));
      if (heard) request.upload.onprogress = (event) => heard(event.loaded);
      request.onload = () => resolve(request);
      request.onerror = request.onabort = () => reject(new Error("network"));
      request.send(body);
    });
  }

  async function create(file) {
    const metadata = "filename " + base64(file.name) + (file.type ? ",filetype " + base64(file.type) : "");
    const answer = await ask("POST", endpoint, { "Upload-Length": String(file.size), "Upload-Metadata": metadata });
    if (answer.status !== 201) throw answer;
    const path = answer.getResponseHeader("Location");  // absolute from the root, which a proxy may have moved
    return new URL(path.slice(path.lastIndexOf("/") + 1), endpoint).href;
  }

  async function send(file, heard) {
    let url = null, offset = 0;
    for (let tried = 0; ; tried++) {
      try {
        if (url === null) url = await create(file);
        else {
          const told = await ask("HEAD", url, {});
          if (told.status !== 200) throw told;
          offset = Number(told.getResponseHeader("Upload-Offset"));
          if (offset >= file.size) return;
        }
        const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
        const answer = file.size ? await ask("PATCH", url, headers, file.slice(offset), (sent) => heard(offset + sent)) : null;
        if (answer === null || answer.status === 204) return;
        throw answer;
      } catch (failed) {
        const passing = !failed.status || failed.status === 409 || failed.status === 423 || failed.status === 429 || failed.status === 503;
        if (!passing || tried === TRIES) throw failed;
        await pause(Math.min(30, 2 ** tried));
      }
    }
  }

  function reason(failed) {
    try { return JSON.parse(failed.responseText).error || words.refused; } catch { return words.refused; }
  }

  function add(file) {
    const row = document.createElement("li"), name = document.createElement("span");
    const bar = document.createElement("progress"), state = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    bar.max = file.size || 1;
    bar.value = 0;
    row.append(name, bar, state);
    list.append(row);
    turn = turn.then(async () => {
      try {
        await send(file, (sent) => { bar.value = sent; });
        bar.value = bar.max;
        state.textContent = words.sent;
        row.dataset.state = "sent";
      } catch (failed) {
        state.textContent = words.failed + ": " + reason(failed);
        row.dataset.state = "failed";
      }
    });
  }

  input.addEventListener("change", () => { [...input.files].forEach(add); input.value = ""; });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    [...event.dataTransfer.files].forEach(add);
  });
})();
