// BullMQ as a deliverer of webhooks: drains jobs that were queued before, each one a signed POST of 400 bytes.
// Prints one line of JSON. Everything comes from the environment that bench.sh sets.
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Queue, Worker } from 'bullmq';
import IORedis from 'ioredis';
import { Pool } from 'undici';

const setting = name => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./bench.sh`);
  return value;
};

const count = Number(setting('BENCH_COUNT'));
const warmUp = Number(setting('BENCH_WARMUP'));
const concurrency = Number(setting('BENCH_CONCURRENCY'));
const sink = new URL(setting('BENCH_SINK'));
const redisPid = setting('BENCH_REDIS_PID');
const [host, port] = setting('TEST_REDIS').split(':');
const payload = JSON.parse(readFileSync(new URL('../payload.json', import.meta.url), 'utf8'));
const secret = Buffer.from('bench-secret-of-thirty-two-bytes');

const connect = () => new IORedis({ host, port: Number(port), maxRetriesPerRequest: null });

// One connection for each slot, kept alive: the fastest HTTP client that Node has.
const merchants = new Pool(sink.origin, { connections: concurrency, pipelining: 1, keepAliveTimeout: 600_000, keepAliveMaxTimeout: 600_000 });

async function deliver({ data }) {
  const body = JSON.stringify({ type: data.event, timestamp: data.occurred_at, data: data.payload });
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const signature = createHmac('sha256', secret).update(`${data.delivery_id}.${timestamp}.${body}`).digest('base64');
  const answer = await merchants.request({
    path: sink.pathname,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': data.delivery_id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode < 200 || answer.statusCode > 299) throw new Error(`status ${answer.statusCode}`);
}

// Seconds of CPU that a process has used, from /proc/PID/stat; Linux counts it in hundredths.
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const ownCpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const redis = connect();
await redis.flushall();

const queue = new Queue('webhooks', { connection: redis });
const options = {
  removeOnComplete: true,
  // The failing merchant is measured by first attempts, so no retry comes within a run.
  attempts: 6,
  backoff: { type: 'exponential', delay: 3_600_000 },
};
const total = warmUp + count;
for (let queued = 0; queued < total; ) {
  const chunk = Math.min(1000, total - queued);
  await queue.addBulk(Array.from({ length: chunk }, () => ({
    name: 'webhook:delivery',
    data: {
      delivery_id: randomUUID(),
      merchant_id: '0194d3a0-0000-7000-8000-000000000000',
      event: 'payment.completed',
      occurred_at: '2026-01-01T00:00:00.000000+00:00',
      payload,
    },
    opts: options,
  })));
  queued += chunk;
}

const worker = new Worker('webhooks', deliver, { connection: connect(), concurrency, autorun: false });
worker.on('error', error => {
  console.error(error);
  process.exit(1);
});

// The first jobs warm the JIT and the connections; the clock runs from the last of them to the last of all.
const measured = await new Promise(resolve => {
  let ended = 0;
  let failed = 0;
  let start;
  const end = () => {
    ended++;
    if (ended === warmUp) start = { time: performance.now(), cpu: ownCpu(), redis: cpuOf(redisPid) };
    if (ended === total) {
      resolve({
        seconds: (performance.now() - start.time) / 1000,
        cpu_seconds: ownCpu() - start.cpu,
        server_cpu_seconds: { 'redis-server': cpuOf(redisPid) - start.redis },
        failed,
      });
    }
  };
  worker.on('completed', end);
  worker.on('failed', () => {
    failed++;
    end();
  });
  worker.run();
});

// Done is what failed only when its retry is kept.
const delayed = await queue.getDelayedCount();
if (delayed !== measured.failed) throw new Error(`${measured.failed} jobs failed, and ${delayed} wait for their retry`);

await worker.close();
await queue.close();
await merchants.close();

console.log(JSON.stringify({ peer: 'BullMQ 6.7.0', merchant: sink.pathname.slice(1), concurrency, count, ...measured }));
process.exit(0);
