// An ojek company's machine over HTTP: takes what is offered, and carries it to its end. Node.js 20 or later, nothing to install.
//
//   WLIJO_URL=https://wlijo.example CLIENT_ID=cli_… CLIENT_SECRET=… RIDER_ID=rid_… node ojek.mjs
//
// It takes test jobs alone: where it says `ride`, your own system has a rider ride, and asks them for the PIN that the buyer shows.

const { WLIJO_URL, CLIENT_ID, CLIENT_SECRET, RIDER_ID, STEP_S = "1", WAIT_S = "1" } = process.env;
const ENDS = new Set(["NOT_YOUR_JOB", "OFFER_EXPIRED", "OFFER_TAKEN", "OFFER_WITHDRAWN"]);
const jobs = new Map();
const known = new Set(); // keep it for 7 days where your jobs are kept
let token = "";

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** Status, answer, and for how many seconds not to ask again. Status 0: nobody answered. */
async function ask(method, path, headers, body) {
  try {
    const answer = await fetch(WLIJO_URL.replace(/\/$/, "") + path, { method, headers, body, signal: AbortSignal.timeout(40_000) });
    const said = await answer.json().catch(() => ({}));
    return [answer.status, said, Number(answer.headers.get("retry-after") ?? 0)];
  } catch (error) {
    console.log("no answer:", String(error));
    return [0, {}, 0];
  }
}

async function signIn() {
  const authorization = "Basic " + Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64");
  const form = { authorization, "content-type": "application/x-www-form-urlencoded" };
  const [status, said, waitS] = await ask("POST", "/oauth2/token", form, "grant_type=client_credentials");
  if (status === 200) {
    token = said.access_token;
    return;
  }
  console.log("not signed in:", status, said);
  await sleep(waitS || 5);
}

/** Until it is answered with 200: what was not answered is sent again as it was. */
async function withToken(method, path, body) {
  for (let pauseS = 1; ; pauseS = Math.min(pauseS * 2, 60)) {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/cloudevents+json" } : {}) };
    const [status, said, waitS] = await ask(method, path, headers, body);
    if (status === 200) return said;
    if (status === 401) await signIn();
    else if (status && status < 500 && status !== 429) throw new Error(`${path}: ${status} ${JSON.stringify(said)}`);
    else await sleep(waitS || pauseS);
  }
}

/** Whether it counts. Its id is made of the offer and the report, so that a repeat has the same one. */
async function reply(job, kind, name, data = {}) {
  const event = { specversion: "1.0", id: `${job.offer}.${name}`, type: `partner.${kind}.v1`, data: { job_id: job.id, ...data } };
  const said = await withToken("POST", "/partner/v1/replies", JSON.stringify(event));
  console.log(job.id, name, said.outcome, said.code ?? "");
  if (said.outcome === "refused" && ENDS.has(said.code)) jobs.delete(job.id);
  return said.outcome === "applied";
}

async function hear(event) {
  if (known.has(event.id)) return; // it came before
  known.add(event.id);
  const { data } = event;
  const job = jobs.get(data.job_id);
  if (event.type === "partner.job_offered.v1" && data.test) {
    const offered = { id: data.job_id, offer: data.offer_id, cash: data.cash_to_collect_rupiah, state: "OFFERED", at: 0 };
    jobs.set(data.job_id, { ...offered, locked: false, closed: false });
  } else if (!job) {
    return; // not ours, or not for us
  } else if (event.type === "partner.job_assigned.v1") {
    job.cash = data.cash_to_collect_rupiah ?? job.cash;
  } else if (event.type === "partner.job_changed.v1") {
    if (data.change === "CASH_CHANGED") job.cash = data.cash_to_collect_rupiah;
    if (data.change === "PIN_LOCKED") job.locked = true;
    if (data.change === "AREA_CLOSED" || data.change === "AREA_OPEN") job.closed = data.change === "AREA_CLOSED";
  } else if (event.type === "partner.job_withdrawn.v1") {
    if (!data.offer_id || data.offer_id === job.offer) jobs.delete(job.id);
  } else if (event.type === "partner.report_requested.v1" && job.state !== "OFFERED") {
    await reply(job, "status", `status.${event.id}`, { status: job.state });
  }
}

/** The next step of a rider, a step in STEP_S seconds. */
async function ride(job) {
  if (Date.now() < job.at) return;
  if (job.state === "OFFERED") {
    if (await reply(job, "accept", "accept", { offer_id: job.offer, rider_id: RIDER_ID })) job.state = "ASSIGNED";
  } else if (job.state === "ASSIGNED") {
    if (await reply(job, "arrived", "at_pickup", { at: "pickup" })) job.state = "AT_PICKUP";
  } else if (job.state === "AT_PICKUP") {
    if (await reply(job, "picked_up", "picked_up")) job.state = "PICKED_UP";
  } else if (job.state === "PICKED_UP") {
    if (!job.closed && (await reply(job, "arrived", "at_dropoff", { at: "dropoff" }))) job.state = "AT_DROPOFF";
  } else if (job.state === "AT_DROPOFF" && job.locked) {
    if (await reply(job, "failed", "failed", { code: "BUYER_UNREACHABLE" })) job.state = "FAILED_ATTEMPT";
  } else if (job.state === "AT_DROPOFF") {
    if (await reply(job, "delivered", "delivered", { pin: "000000", cash_collected_rupiah: job.cash })) jobs.delete(job.id);
  } else if (job.state === "FAILED_ATTEMPT") {
    if (await reply(job, "status", "returning", { status: "RETURNING" })) job.state = "RETURNING";
  } else if (job.state === "RETURNING") {
    if (await reply(job, "status", "returned", { status: "RETURNED" })) jobs.delete(job.id);
  }
  job.at = Date.now() + Number(STEP_S) * 1000;
}

await signIn();
for (let cursor = ""; ; ) {
  const page = await withToken("GET", `/partner/v1/events?after=${encodeURIComponent(cursor)}&wait=${WAIT_S}`);
  for (const event of page.events) await hear(event);
  cursor = page.cursor; // keep it where your jobs are kept
  for (const job of [...jobs.values()]) await ride(job);
}
