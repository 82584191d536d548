// node's socket.io with its defaults: phones join the room of their screen, and a posted message goes to all of them.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    phones.to("lobby").emit("stage", JSON.parse(Buffer.concat(parts).toString()));
    response.end();
  });
});
const phones = new Server(http).of("/phone");
phones.on("connection", (socket) => socket.join(socket.handshake.auth.screen));
http.listen(0, "127.0.0.1", () => console.log(`listening on port ${http.address().port}`));
