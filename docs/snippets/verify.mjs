import { createServer } from "node:http";
import { Webhook } from "standardwebhooks"; // npm install standardwebhooks

// whsec_…; older plain text: new Webhook(new TextEncoder().encode(secret), { format: "raw" })
const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks); // as it came, before any parsing
    webhook.verify(body, request.headers);
    const { type, data } = JSON.parse(body);
    console.log(request.headers["webhook-id"], type, data); // the same id may come again: keep those that you have seen
    response.writeHead(204).end();
  } catch (error) {
    console.error(error.message);
    response.writeHead(400).end(error.message);
  }
});
server.listen(process.env.PORT ?? 9000, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
