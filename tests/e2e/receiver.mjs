import { setTimeout as wait } from 'node:timers/promises';
import { Device, hubError, log, passes, soonMs } from './device.mjs';

/** An app as the contract wants it: handles a seq once, acknowledges as it goes, comes and goes at random. */
export class Receiver {
  #handled = new Set();
  #highest = 0;
  #unacknowledged = 0;
  #acknowledgeAt = 1;
  #sinceReturn = 0;

  constructor(plan, progress, random) {
    Object.assign(this, { plan, progress, random });
    this.device = new Device(plan.receiver, () => this.#resume());
    this.device.connection.on('Message', envelope => this.#handle(envelope));
  }

  /** Until all messages are handled and acknowledged. */
  async run() {
    const { plan, progress, random } = this;
    await this.device.start();
    for (;;) {
      const stay = random(plan.longestStay);
      await progress.until(p => p.handled === plan.count || this.#sinceReturn >= stay);
      if (progress.handled === plan.count) break;
      if (random(2) === 1) await this.#cut();
      else await this.#leave();
    }
    await this.#acknowledge(this.#highest);
    log({ event: 'done', position: await this.device.connection.invoke('Resume', 0, 256) });
    await this.device.leave();
  }

  async #cut() {
    const { stays } = this.progress;
    log({ event: 'cut' });
    await this.progress.until(p => p.stays > stays);
  }

  async #leave() {
    log({ event: 'left' });
    const back = Math.min(this.plan.count, this.progress.confirmed + this.random(this.plan.longestAbsence));
    await this.device.leave();
    this.progress.change(p => { p.present = false; });
    await this.progress.until(p => p.confirmed >= back);
    const { stays } = this.progress;
    await this.device.start();
    await this.progress.until(p => p.stays > stays);
  }

  // After each connection, the first and those the client made by itself.
  async #resume() {
    try {
      // An app may resume from what it has handled, or leave it to the server to know.
      const after = this.random(2) === 1 ? this.#highest : 0;
      this.#sinceReturn = 0;
      await this.device.connection.invoke('Resume', after, 256);
      log({ event: 'returned' });
      this.progress.change(p => { p.stays++; p.present = true; });
    } catch (error) {
      if (!passes(error)) fail(error);
      // Without an answer the next connection resumes; `unavailable` leaves this one to try again.
      if (!hubError(error)) return;
      await wait(soonMs);
      await this.#resume();
    }
  }

  #handle({ seq, id, attempt }) {
    log({ event: 'received', seq, id, attempt });
    if (!this.#handled.has(seq)) {
      this.#handled.add(seq);
      this.#highest = seq;
    }
    this.#sinceReturn++;
    if (++this.#unacknowledged >= this.#acknowledgeAt) {
      this.#unacknowledged = 0;
      this.#acknowledgeAt = this.random(this.plan.longestUnacknowledged);
      void this.#acknowledge(seq);
    }
    this.progress.change(p => { p.handled = this.#handled.size; });
  }

  async #acknowledge(seq) {
    try {
      await this.device.connection.invoke('Acknowledge', seq);
      log({ event: 'acknowledged', seq });
    } catch (error) {
      if (!passes(error)) fail(error);
      // Unanswered: a hint that may count or not.
    }
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
