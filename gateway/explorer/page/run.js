// Operations to the gateway: over HTTP, and subscriptions over one WebSocket each (graphql-transport-ws).

const AGAIN_AFTER_MS = 1000;

/** The answer and its status. Raises TypeError when there is none, SyntaxError when it is not JSON. */
export async function ask(url, request, headers) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  return { status: response.status, answer: await response.json() };
}

/**
 * Follows a subscription until it completes or `stop` is called; a line that breaks is taken up again, and the present comes first.
 * Tells `next(answer)`, `state(text)` and, once, `end()`.
 */
export function follow(url, request, headers, { next, state, end }) {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  let socket;
  let count = 0;
  let over = false;
  const finish = (text) => {
    if (over) return;
    over = true;
    state(text);
    socket.close(1000);
    end();
  };
  const hear = (message, say) => {
    if (message.type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: request });
    else if (message.type === 'ping') say({ type: 'pong' });
    else if (message.type === 'next') {
      count += 1;
      state(`following: ${count} so far`);
      next(message.payload);
    } else if (message.type === 'error') {
      next({ errors: message.payload });
      finish('refused');
    } else if (message.type === 'complete') finish(`complete after ${count}`);
  };
  const open = () => {
    if (over) return;
    socket = new WebSocket(address, 'graphql-transport-ws');
    const say = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => {
      say({ type: 'connection_init', payload: headers });
      state('following');
    };
    socket.onmessage = ({ data }) => hear(JSON.parse(data), say);
    socket.onclose = ({ code, reason }) => {
      if (over) return;
      // 4400 and above say that the same would happen again, but for 4408: it was too slow.
      if (code >= 4400 && code !== 4408) finish(`closed: ${code} ${reason}`);
      else {
        state(`closed: ${code} ${reason}; coming back`);
        setTimeout(open, AGAIN_AFTER_MS);
      }
    };
  };
  open();
  return { stop: () => finish(`stopped after ${count}`) };
}
