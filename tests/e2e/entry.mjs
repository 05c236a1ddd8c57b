// Tries to enter with a stock client, and notes what it reads when it may not.
import { argument, connect, log } from './device.mjs';

const connection = connect(argument());
try {
  await connection.start();
  log({ call: 'start', message: null });
  await connection.stop();
} catch (error) {
  log({ call: 'start', message: error.message });
}
