import { setTimeout as wait } from 'node:timers/promises';
import { Device, log, passes, retryAfterMs } from './device.mjs';

/** Sends all messages, several at a time; what was not answered goes again with the same id. */
export async function sendAll(plan, progress) {
  const device = new Device(plan.sender);
  await device.start();
  let next = 0;
  const worker = async () => {
    while (next < plan.count) {
      const number = ++next;
      await progress.until(p => !p.present || p.confirmed < p.handled + plan.lead);
      const id = `m-${plan.seed}-${number}`;
      const { deliveries: [{ seq }], duplicate } = await sendUntilAnswered(device, {
        id, to: { device: plan.receiver.id }, type: 'test', body: { number },
      });
      log({ event: 'confirmed', id, seq, duplicate });
      progress.change(p => p.confirmed++);
    }
  };
  await Promise.all(Array.from({ length: plan.sendsInFlight }, worker));
  await device.leave();
}

async function sendUntilAnswered(device, message) {
  for (;;) {
    await device.connected();
    try {
      return await device.connection.invoke('Send', message);
    } catch (error) {
      if (!passes(error)) throw error;
      await wait(retryAfterMs(error));
    }
  }
}
