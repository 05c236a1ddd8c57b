import { HubConnectionBuilder, HubConnectionState } from '@microsoft/signalr';
import { Console } from 'node:console';
import { setTimeout as wait } from 'node:timers/promises';

// Standard output carries JSON lines; the client's own log goes where people look.
globalThis.console = new Console(process.stderr);

export const soonMs = 50;

export const log = line => process.stdout.write(`${JSON.stringify(line)}\n`);

export const argument = () => JSON.parse(process.argv[2]);

/** A stock connection with default options. */
export const connect = ({ url, token }) => new HubConnectionBuilder()
  .withUrl(`${url}/hubs/devices`, { accessTokenFactory: () => token })
  .withAutomaticReconnect()
  .build();

/** The text of an error the hub answered with, or undefined when the call ended with its connection. */
export const hubError = error => /HubException: (.*)$/s.exec(error?.message)?.[1];

/** Whether the same call may be made again: it ended with its connection, or the server asks for it. */
export const passes = error => /^(unavailable|rate_limited): /.test(hubError(error) ?? 'unavailable: ');

/** How long to wait before. */
export const retryAfterMs = error => Number(/retryAfterMs=(\d+)/.exec(error.message)?.[1] ?? soonMs);

/** A connection that is there again after whatever happened, until it is told to leave. */
export class Device {
  #wanted = false;
  #starting;
  #waiting = [];

  constructor(account, onConnected = () => {}) {
    this.connection = connect(account);
    this.onConnected = onConnected;
    this.connection.onreconnected(() => this.#connected());
    // Automatic reconnecting has given up.
    this.connection.onclose(() => this.#wanted && this.start());
    // The hub's hellos are of no interest here; without handlers the client warns.
    for (const method of ['SessionStarted', 'SessionEnded', 'DeviceChanged', 'TokenExpiring', 'Draining']) this.connection.on(method, () => {});
  }

  /** Starts as often as it takes. */
  start() {
    this.#wanted = true;
    return this.#starting ??= this.#startUntilItWorks().finally(() => { this.#starting = undefined; });
  }

  async #startUntilItWorks() {
    while (this.#wanted) {
      try {
        await this.connection.start();
        return this.#connected();
      } catch (error) {
        console.warn(`start: ${error.message}`);
        await wait(soonMs);
      }
    }
  }

  async leave() {
    this.#wanted = false;
    await this.connection.stop();
  }

  /** Resolves once there is a connection. */
  connected() {
    if (this.connection.state === HubConnectionState.Connected) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #connected() {
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.onConnected();
  }
}
