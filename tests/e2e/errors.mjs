// Wrong calls of a stock client, and what it reads then: one JSON line a call.
import { argument, connect, log } from './device.mjs';

const account = argument();
const connection = connect(account);
const message = { id: 'm1', to: { device: account.id }, type: 'test', body: 1 };
const beyondAnyHead = 1e9;
const beyondBodyLimit = 'x'.repeat(64 * 1024);

async function call(name, method, ...args) {
  try {
    await connection.invoke(method, ...args);
    log({ call: name, message: null });
  } catch (error) {
    log({ call: name, message: error.message });
  }
}

await connection.start();
await call('Send', 'Send', message);
await call('Send without id', 'Send', { ...message, id: undefined });
await call('Send to a device that is not there', 'Send', { ...message, id: 'm2', to: { device: 'nobody' } });
await call('Send with an unknown field in `to`', 'Send', { ...message, id: 'm3', to: { device: account.id, colour: 'red' } });
await call('Send with a number as type', 'Send', { ...message, id: 'm4', type: 4 });
await call('Send a body beyond the limit', 'Send', { ...message, id: 'm5', body: beyondBodyLimit });
await call('Send other content with the same id', 'Send', { ...message, body: 2 });
await call('Resume with window 0', 'Resume', 0, 0);
await call('Resume beyond the head', 'Resume', beyondAnyHead, 256);
await call('Acknowledge beyond the head', 'Acknowledge', beyondAnyHead);
await call('Call of itself', 'Call', account.id, 'ask', undefined, 5);
await call('Call of a device that is not there', 'Call', 'nobody', 'ask', {}, 5);
await call('an unknown method', 'Sned', message);
await call('a right call, after all', 'Send', message);
await connection.stop();
