import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secret = os.environ["WEBHOOK_SECRET"]
key = base64.b64decode(secret[len("whsec_"):]) if secret.startswith("whsec_") else secret.encode()  # older plain text


def is_genuine(headers, body):
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isdecimal() and len(timestamp) < 12 and abs(time.time() - int(timestamp)) <= 5 * 60):
        return False
    content = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(signature.encode(), expected.encode()) for signature in signatures)


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))  # as it came, before any parsing
        genuine = is_genuine(self.headers, body)
        if genuine:
            webhook = json.loads(body)
            # The same webhook-id may come again: keep those that you have seen.
            print(self.headers["webhook-id"], webhook["type"], webhook["data"], flush=True)
        self.send_response(204 if genuine else 400)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 9000))), Hooks)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
