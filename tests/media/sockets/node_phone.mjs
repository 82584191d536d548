// A phone on node's own client. Each event is printed as a line of JSON; long texts are printed as their length.
// While it is held, it reads nothing from its socket: it waits for a line on its standard input.
import { readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const { io } = createRequire(new URL("../../../media/phone/app/package.json", import.meta.url))("socket.io-client");
const [url, transports] = process.argv.slice(2);
const print = (...line) => writeSync(1, `${JSON.stringify(line)}\n`);
const short = (value) => (typeof value === "string" && value.length > 100 ? value.length : value);

const socket = io(url, { transports: transports.split(","), reconnectionDelay: 20, forceNew: true });
socket.on("connect", () => {
  print("connect", socket.io.engine.transport.name);
  socket.io.engine.once("upgrade", (transport) => print("upgrade", transport.name));
});
socket.on("disconnect", (reason) => print("disconnect", reason));
socket.on("hold", () => {
  print("held");
  readSync(0, Buffer.alloc(1));
});
socket.onAny((event, ...values) => {
  if (event !== "hold") print(event, ...values.map(short));
});
