import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { argument, connect, log, passes } from './device.mjs';

// What stock clients do not try again by themselves, over and over until a file appears: each must succeed at once.
// And connections that stay, with default automatic reconnecting, which must never give up.
const { url, stay, enter, asking: asker, until, everyMs } = argument();
const failed = (what, error) => log({ event: 'failed', what, message: `${error?.message ?? error}` });
const over = () => existsSync(until);
const quiet = connection => {
  for (const method of ['SessionStarted', 'SessionEnded', 'DeviceChanged', 'TokenExpiring', 'Draining', 'Message', 'Receipt', 'UploadProgress', 'FileChanged']) connection.on(method, () => {});
  return connection;
};

/** A device whose app has just been opened, again and again. */
async function entering(token) {
  while (!over()) {
    const connection = quiet(connect({ url, token }));
    try {
      await connection.start();
      log({ event: 'entered' });
      await connection.invoke('Resume', 0, 16).catch(error => { if (!passes(error)) throw error; });
    } catch (error) {
      failed('start', error);
    }
    await connection.stop();
    await wait(everyMs);
  }
}

async function staying(token) {
  const connection = quiet(connect({ url, token }));
  let leaving = false;
  connection.onreconnected(() => log({ event: 'reconnected' }));
  connection.onclose(error => leaving || failed('reconnecting', error));
  await connection.start();
  while (!over()) await wait(everyMs);
  leaving = true;
  await connection.stop();
}

/** A backend: reads, and sends messages with ids of their own. */
async function asking(token, to) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  while (!over()) {
    try {
      const body = JSON.stringify({ id: crypto.randomUUID(), to: { device: to }, type: 'test', ttlSeconds: 60 });
      for (const [what, answer] of [['GET', await fetch(`${url}/api/v1/devices`, { headers })], ['POST', await fetch(`${url}/api/v1/messages`, { method: 'POST', headers, body })]]) {
        log({ event: 'answered' });
        const text = await answer.text();
        if (!answer.ok) failed(what, `${answer.status} ${text}`);
      }
    } catch (error) {
      failed('fetch', error.cause ?? error);
    }
    await wait(everyMs);
  }
}

await Promise.all([...stay.map(staying), ...enter.map(entering), asking(asker.token, asker.id)]);
