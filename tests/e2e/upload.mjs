import { createReadStream } from 'node:fs';
import { Upload } from 'tus-js-client';
import { argument, log } from './device.mjs';

// A stock tus client with a file; what the server accepted, and where it is in the end.
const { url, token, path, chunk, parallel } = argument();

const upload = new Upload(createReadStream(path), {
  endpoint: `${url}/api/v1/uploads`,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: 'large.bin', filetype: 'application/octet-stream' },
  chunkSize: chunk,
  parallelUploads: parallel,
  retryDelays: Array(400).fill(50),
  onChunkComplete: (_, accepted) => log({ event: 'accepted', accepted }),
  onShouldRetry: (error, attempt, options) => {
    const status = error.originalResponse?.getStatus() ?? 0;
    log({ event: 'failed', status });
    return status < 400 || status >= 500 || status === 409 || status === 423;
  },
  onError: error => { throw error; },
  onSuccess: () => log({ event: 'done', upload: upload.url }),
});
upload.start();
