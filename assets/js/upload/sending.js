// One file on its way: goes on where an earlier visit stopped, survives a server that is away, asks about taken names.
import * as tus from "tus-js-client";

// Each request ends after so much, so that the server's threads take turns; each end is synced to its disk.
const CHUNK_BYTES = 64 * 1024 * 1024;
const RETRY_MS = [0, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000];

export class Sending {
  isGivenUp = false;
  #upload;
  #row;
  #tell;
  #isRunning = false;
  #file = "";
  #remark = "";

  constructor(file, endpoint, row, tell) {
    this.#row = row;
    this.#tell = tell;
    this.#upload = new tus.Upload(file, {
      endpoint,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name },
      onUploadUrlAvailable: () => tell.began(this.#upload.url.split("/").pop()),
      onAfterResponse: (_, answer) => this.#hear(answer),
      onProgress: (sent) => row.progress(sent),
      onShouldRetry: (error) => this.#shouldRetry(error),
      onSuccess: () => this.#succeed(),
      onError: (error) => this.#fail(error),
    });
  }

  async start() {
    this.#isRunning = true;
    this.#row.show("sending");
    if (!this.#upload.url) {
      const [previous] = await this.#upload.findPreviousUploads();
      if (previous) this.#upload.resumeFromPreviousUpload(previous);
    }
    if (this.#isRunning) this.#upload.start();
  }

  pause() {
    this.#upload.abort();
    this.#stop("paused");
  }

  resume() {
    this.#row.show("waiting");
    this.#tell.wanted(this);
  }

  // Keep both, or replace: what the person has answered.
  answer(choice) {
    this.#upload.options.metadata.if_exists = choice;
    this.resume();
  }

  async cancel() {
    this.isGivenUp = true;
    this.#stop("cancelled");
    // Where there is no server to be told, what it has runs out by itself.
    await this.#upload.abort(true).catch(() => {});
  }

  #stop(state, sentence = "") {
    this.#row.show(state, sentence);
    if (this.#isRunning) {
      this.#isRunning = false;
      this.#tell.ended();
    }
  }

  #hear(answer) {
    this.#file = answer.getHeader("Rowmill-File") || this.#file;
    this.#remark = answer.getHeader("Rowmill-Remark") || this.#remark;
    if (this.#isRunning) this.#row.show("sending");
  }

  #shouldRetry(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    const isRefusal = status >= 400 && status < 500;
    const isOver = status === 409 && error.originalRequest.getMethod() === "POST";
    if ((isRefusal && status !== 409 && status !== 423) || status === 507 || isOver) return false;
    // Taking it back is tried again too, when the row has long said "cancelled".
    if (this.#isRunning) this.#row.show("sending", status ? sentenceOf(error) : "The server does not answer: trying again.");
    return true;
  }

  #succeed() {
    this.#row.finish(decodeURIComponent(this.#file));
    this.#stop("done", decodeURIComponent(this.#remark));
  }

  #fail(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    if (status === 409 && error.originalRequest.getMethod() === "POST") this.#stop("asking", sentenceOf(error));
    else this.#stop(this.#upload.url || !status ? "paused" : "failed", sentenceOf(error));
  }
}

function sentenceOf(error) {
  if (!error.originalResponse) return "The server does not answer, or the file has changed on your disk.";
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return `The server has answered with ${error.originalResponse.getStatus()}.`;
  }
}
