import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Upload } from 'tus-js-client';
import { argument, log } from './device.mjs';

// Stock tus clients, each with one file after another until the file `until` appears. They try again what they
// try again by default; what they give up is lost.
const { url, token, lanes, bytes, chunk, everyMs, until } = argument();

const upload = file => new Promise(resolve => {
  const failed = error => log({ event: 'failed', status: error.originalResponse?.getStatus() ?? 0 });
  const upload = new Upload(file, {
    endpoint: `${url}/api/v1/uploads`,
    headers: { Authorization: `Bearer ${token}` },
    metadata: { filename: 'large.bin' },
    chunkSize: chunk,
    // Its own decision, noted.
    onShouldRetry: error => {
      failed(error);
      const status = error.originalResponse?.getStatus() ?? 0;
      return status < 400 || status >= 500 || status === 409 || status === 423;
    },
    onBeforeRequest: () => wait(everyMs),
    onError: error => {
      log({ event: 'lost', upload: upload.url, message: error.message });
      resolve();
    },
    onSuccess: () => {
      log({ event: 'done', upload: upload.url, sha256: createHash('sha256').update(file).digest('hex').toUpperCase() });
      resolve();
    },
  });
  upload.start();
});

await Promise.all(Array.from({ length: lanes }, async () => {
  do await upload(randomBytes(bytes)); while (!existsSync(until));
}));
