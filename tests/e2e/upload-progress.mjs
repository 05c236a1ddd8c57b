import http from 'node:http';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { setTimeout as wait } from 'node:timers/promises';
import { argument, Device, log } from './device.mjs';

// Many uploads at once on a thread of their own; on this one a stock device that notes when it heard of what.
if (isMainThread) {
  const { url, token, uploadToken, uploads, chunks, chunkBytes, everyMs } = argument();
  const heard = [];
  const device = new Device({ url, token });
  device.connection.on('UploadProgress', ({ uploadId, receivedBytes }) => heard.push({ uploadId, receivedBytes, nanoseconds: Number(process.hrtime.bigint()) }));
  await device.start();
  await new Promise((resolve, reject) => new Worker(new URL(import.meta.url), { workerData: { url, uploadToken, uploads, chunks, chunkBytes, everyMs } })
    .on('error', reject).on('exit', code => (code === 0 ? resolve() : reject(new Error(`uploads ended with ${code}`)))));
  // What was sent before its answer has arrived with it.
  await device.connection.invoke('ListDevices', null);
  await device.leave();
  heard.forEach(log);
} else {
  const { url, uploadToken, uploads, chunks, chunkBytes, everyMs } = workerData;
  const agent = new http.Agent({ keepAlive: true });
  const chunk = Buffer.alloc(chunkBytes);
  const ask = (method, to, headers, body, wanted) => new Promise((resolve, reject) => {
    const request = http.request(to, { method, agent, headers: { Authorization: `Bearer ${uploadToken}`, 'Tus-Resumable': '1.0.0', 'Content-Length': body?.length ?? 0, ...headers } }, answer => {
      answer.resume().on('end', () => (answer.statusCode === wanted ? resolve(answer.headers) : reject(new Error(`${method} ${to}: ${answer.statusCode}`))));
    });
    request.on('error', reject).end(body);
  });
  const began = performance.now();
  await Promise.all(Array.from({ length: uploads }, async (_, n) => {
    // One byte more than is sent: none is completed.
    const { location } = await ask('POST', `${url}/api/v1/uploads`, { 'Upload-Length': chunks * chunkBytes + 1 }, undefined, 201);
    for (let i = 0; i < chunks; i++) {
      // Chunks come at even distances, those of all uploads spread over them; without any as fast as they go.
      await wait(Math.max(0, began + (i + n / uploads) * everyMs - performance.now()));
      await ask('PATCH', new URL(location, url), { 'Upload-Offset': i * chunkBytes, 'Content-Type': 'application/offset+octet-stream' }, chunk, 204);
    }
  }));
  agent.destroy();
}
