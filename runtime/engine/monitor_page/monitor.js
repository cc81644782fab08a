'use strict';
// The picture comes from /picture, one after another; the numbers from /status, once a second. Whatever happens, the page
// tells how old the picture is: what is not known to be new is grey.

const STALE_MS = 1000;
const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let number = 0;            // of the picture that is shown
let shownAt = null;        // performance.now() when it was drawn; null: none was
let picture = null;        // {blob, captureMs}
let offsetMs = 0;          // clock of the receiver less ours
let bestRoundTrip = Infinity;
let reachable = true;
let refusal = null;        // what a receiver that answers says instead of pictures
let answeredAt = null;     // performance.now() of `answer`
let run = null;            // of the receiver
let answer = null;         // the newest /status
let before = null;         // the one before it

async function request(path) {
  const response = await fetch(path, {cache: 'no-store', signal: AbortSignal.timeout(5000)}).catch((error) => {
    reachable = false;
    throw error;
  });
  reachable = true;
  refusal = response.status === 403 ? 'The receiver was started anew: open the address that it prints now.' : null;
  if (!response.ok) throw new Error(`${response.status}`);
  return response;
}

// Pictures.

async function draw(response) {
  const newAt = performance.now() - Number(response.headers.get('X-Age-Ms'));  // the way of its bytes is part of its age
  const blob = await response.blob();
  const bitmap = await createImageBitmap(blob);
  const canvas = $('picture');
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  bitmap.close();
  number = Number(response.headers.get('X-Number'));
  const captureMs = Number(BigInt(response.headers.get('X-Capture-Ns')) / 1000n) / 1000;
  picture = {blob, captureMs};
  shownAt = newAt;
  $('snapshot').disabled = false;
  const label = decodeURIComponent(response.headers.get('X-Label'));
  $('label-name').textContent = label || 'no confident label';
  $('label-confidence').textContent = label ? `${Math.round(100 * response.headers.get('X-Confidence'))} %` : '';
  const isRecorded = answer?.status?.recorded === true;
  const latency = Date.now() + offsetMs - captureMs;
  $('latency').textContent = isRecorded || captureMs === 0 ? ''
    : latency < -100 ? `the device's clock is ${(-latency / 1000).toFixed(1)} s ahead`
    : `${Math.max(0, Math.round(latency))} ms from capture to screen`;
  refresh();
}

async function fetchPictures() {
  for (;;) {
    try {
      const response = await request(`/picture?after=${number}`);
      if (response.status === 200) await draw(response);
    } catch (error) {
      await sleep(500);  // no answer, a refusal, or no picture
    }
  }
}

// Numbers.

async function fetchStatus() {
  for (;;) {
    try {
      const asked = performance.now();
      const response = await request('/status');
      const roundTrip = performance.now() - asked;
      const next = await response.json();
      // The clock that was read on the shortest way is the best; slowly let go of it, for clocks drift.
      bestRoundTrip += 0.5;
      if (roundTrip <= bestRoundTrip) {
        bestRoundTrip = roundTrip;
        offsetMs = next.now_ns / 1e6 + roundTrip / 2 - Date.now();
      }
      before = answer;
      answer = next;
      answeredAt = performance.now();
      if (run !== null && next.run !== run) number = 0;  // the receiver was started anew
      run = next.run;
      showNumbers(next.status);
    } catch (error) {
      // request() knows whether it was reached
    }
    refresh();
    await sleep(1000);
  }
}

const fixed = (value, digits) => value === undefined ? undefined : value.toFixed(digits);
const unit = (value, digits, name) => value === undefined ? undefined : `${value.toFixed(digits)} ${name}`;

function fill(list, rows) {
  $(list).replaceChildren(...rows.filter(([, value]) => value !== undefined).flatMap(([name, value, kind]) => {
    const term = document.createElement('dt'), detail = document.createElement('dd');
    term.textContent = name;
    detail.textContent = value;
    if (kind === 'sub') term.className = 'sub';
    if (kind === 'alarm' && value !== 0) detail.className = 'alarm';
    return [term, detail];
  }));
}

function showNumbers(s) {
  $('node').textContent = [s.node, s.width && `${s.width} × ${s.height}`].filter(Boolean).join(' · ');
  const p50 = s.latency_ms_p50_now ?? s.latency_ms_p50, p99 = s.latency_ms_p99_now ?? s.latency_ms_p99;
  fill('now', [
    ['pictures/s', fixed(s.fps_now ?? s.fps, 1)],
    ['bitrate', unit(s.kbit_per_s_now ?? s.kbit_per_s, 0, 'kbit/s')],
    ['bits a pixel', fixed(s.bpp_now ?? s.bpp, 3)],
    ['PSNR', s.psnr_db === undefined ? undefined : `${s.psnr_db.toFixed(2)} dB, ${s.psnr_samples} samples`],
    ['latency, p50 / p99', p50 === undefined ? undefined : `${p50.toFixed(0)} / ${p99.toFixed(0)} ms`],
  ]);
  const refused = Object.entries(s.refused ?? {}).filter(([, count]) => count > 0);
  fill('counts', [
    ['received', s.frames_received],
    ['opened', s.frames_opened],
    ['decoded', s.frames_decoded],
    ['lost on the way', s.frames_lost, 'alarm'],
    ['refused', s.frames_refused, 'alarm'],
    ...refused.map(([reason, count]) => [reason, count, 'sub']),
    ['without reference', s.missing_reference || undefined, 'alarm'],
    ['dropped here, too slow', s.receive_dropped || undefined, 'alarm'],
    ['reconnects', s.reconnects || undefined],
  ]);
}

// The truth about the picture.

function reason() {
  if (refusal) return refusal;
  if (!reachable) return 'The receiver does not answer: it was stopped, or the network is gone.';
  const s = answer?.status ?? {}, old = before?.status ?? {};
  if (s.state === 'failed') return s.error || 'The receiver failed.';
  if (s.state === 'done' || s.state === 'stopping') return 'The stream has ended.';
  const note = answer?.note && answer.note.age_ms < 600000 ? ` ${answer.note.text}` : '';
  const refused = (s.frames_refused ?? 0) - (old.frames_refused ?? 0);
  if (refused > 0) {
    const why = Object.entries(s.refused).filter(([name, count]) => count > (old.refused?.[name] ?? 0)).map(([name]) => name);
    return `Frames come, but are refused (${why.join(', ')}).${note}`;
  }
  if (s.frames_received !== undefined && s.frames_received === old.frames_received) return `No frames arrive.${note}`;
  if (s.frames_decoded !== undefined && s.frames_decoded === old.frames_decoded) return `Frames arrive, but none can be decoded.${note}`;
  if (shownAt === null) return 'Waiting for the first picture.';
  return `Frames are lost on the way; the last good picture is not shown as new.${note}`;
}

function span(ms) {
  const s = Math.floor(ms / 1000);
  if (s < 120) return `${s} s`;
  return s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
}

function refresh() {
  const age = shownAt === null ? Infinity : performance.now() - shownAt;
  const state = age <= STALE_MS ? 'live' : shownAt === null ? 'waiting' : 'stale';
  const pill = state === 'live' && answer?.status?.recorded === true ? 'recorded' : state;
  if ($('state').textContent !== pill) $('state').textContent = pill;
  $('state').dataset.state = pill;
  $('stage').dataset.state = state;
  $('numbers').dataset.state = answeredAt !== null && performance.now() - answeredAt < 3000 ? 'live' : 'stale';
  if (state === 'live') return;
  const since = new Date(Date.now() - age);
  $('since').textContent = state === 'waiting' ? 'No picture yet' : `No new picture for ${span(age)}, since ${since.toLocaleTimeString()}`;
  const why = reason();
  if ($('reason').textContent !== why) $('reason').textContent = why;
}

$('snapshot').addEventListener('click', () => {
  const link = document.createElement('a');
  const time = new Date(picture.captureMs || Date.now()).toISOString().replace(/[:.]/g, '-');
  link.href = URL.createObjectURL(picture.blob);
  link.download = `latentcast-${time}.jpg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});

setInterval(refresh, 200);
fetchPictures();
fetchStatus();
