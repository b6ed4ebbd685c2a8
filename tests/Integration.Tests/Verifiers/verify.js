// Verifies one webhook as merchants do, with code that is not the gateway's.
//
//   stdin:  {"headers": {name: value}, "body": base64, "secret": text or null, "publicKey": "whpk_…" or null}
//   stdout: one line for each verifier, "name: verified" or "name: why not"
//   exit:   0 when every verifier that could be asked accepted the webhook, else 1
//
// svix and standardwebhooks verify with the secret, tweetnacl (Ed25519) with the public key.
import { readFileSync } from "node:fs";
import * as standard from "standardwebhooks";
import * as svix from "svix";
import nacl from "tweetnacl";

const toleranceSeconds = 5 * 60;
const { headers, body, secret, publicKey } = JSON.parse(readFileSync(0, "utf8"));
const payload = Buffer.from(body, "base64");

const verifiers = {};
if (secret) {
  // A secret without the prefix is older plain text: its UTF-8 bytes are the key.
  const key = secret.startsWith("whsec_") ? [secret] : [new Uint8Array(Buffer.from(secret, "utf8")), { format: "raw" }];
  verifiers["standardwebhooks v1"] = () => new standard.Webhook(...key).verify(payload, headers);
  verifiers["svix v1"] = () => new svix.Webhook(...key).verify(payload, headers);
}
if (publicKey) {
  verifiers["tweetnacl v1a"] = () => verifyEd25519(Buffer.from(publicKey.slice("whpk_".length), "base64"));
}

let accepted = Object.keys(verifiers).length > 0;
for (const [name, verify] of Object.entries(verifiers)) {
  try {
    verify();
    console.log(`${name}: verified`);
  } catch (error) {
    accepted = false;
    console.log(`${name}: ${error.message}`);
  }
}
process.exitCode = accepted ? 0 : 1;

function verifyEd25519(key) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } =
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= toleranceSeconds)) {
    throw new Error("Message timestamp too old or too new");
  }

  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), payload]);
  const matches = signatures
    .split(" ")
    .filter((signature) => signature.startsWith("v1a,"))
    .some((signature) => nacl.sign.detached.verify(content, Buffer.from(signature.slice("v1a,".length), "base64"), key));
  if (!matches) {
    throw new Error("No matching signature found");
  }
}
