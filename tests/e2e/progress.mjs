/** How far the two devices have come, for each to wait for the other. */
export class Progress {
  confirmed = 0;
  handled = 0;
  present = false;
  stays = 0;
  #waiting = new Set();

  change(change) {
    change(this);
    for (const check of [...this.#waiting]) check();
  }

  until(condition) {
    return new Promise(resolve => {
      const check = () => {
        if (!condition(this)) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

/** mulberry32: whole numbers from 1 to `most`, the same ones for the same seed. */
export const random = seed => most => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return 1 + ((t ^ (t >>> 14)) >>> 0) % most;
};
