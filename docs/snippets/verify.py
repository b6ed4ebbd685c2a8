import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secret = os.environ.get("WEBHOOK_SECRET", "")
key = base64.b64decode(secret[len("whsec_"):]) if secret.startswith("whsec_") else secret.encode()  # older plain text
if not key:
    sys.exit("Set WEBHOOK_SECRET.")


def complaint_of(headers, body):
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isdecimal() and len(timestamp) < 12 and abs(time.time() - int(timestamp)) <= 5 * 60):
        return "webhook-timestamp is missing or more than five minutes off"
    content = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    signatures = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(signature.encode(), expected.encode()) for signature in signatures):
        return "webhook-signature is not of this body and this WEBHOOK_SECRET"
    return None


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))  # as it came, before any parsing
        complaint = complaint_of(self.headers, body)
        if complaint is None:
            webhook = json.loads(body)
            # The same webhook-id may come again: keep those that you have seen.
            print(self.headers["webhook-id"], webhook["type"], webhook["data"], flush=True)
        self.send_response(400 if complaint else 204)
        self.end_headers()
        if complaint:
            print(complaint, file=sys.stderr, flush=True)
            self.wfile.write(complaint.encode())


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 9000))), Hooks)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
