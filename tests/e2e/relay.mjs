// Two devices on stock clients: one sends, the other comes and goes. Notes what each of them saw as JSON lines.
import { argument } from './device.mjs';
import { Progress, random } from './progress.mjs';
import { Receiver } from './receiver.mjs';
import { sendAll } from './sender.mjs';

const plan = argument();
const progress = new Progress();
await Promise.all([sendAll(plan, progress), new Receiver(plan, progress, random(plan.seed)).run()]);
