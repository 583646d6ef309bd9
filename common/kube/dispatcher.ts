// How requests to an API server leave: straight to it, and nowhere else.
import type { RequestContext } from '@kubernetes/client-node';

export type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;
type Handler = Parameters<Dispatcher['dispatch']>[1];

/**
 * The same connections, that follow no redirect: an API server has none to give, and a request carries credentials (a
 * token, a client certificate that any TLS server may ask for, an impersonation).
 */
export function withoutRedirects(agent: Dispatcher): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => dispatch(options, refusingRedirects(handler)));
}

function refusingRedirects(handler: Handler): Handler {
  return {
    onRequestStart: (...heard) => handler.onRequestStart?.(...heard),
    onRequestUpgrade: (...heard) => handler.onRequestUpgrade?.(...heard),
    onResponseStart: (controller, status, headers, ...more) => {
      // fetch follows by this header alone.
      if (status >= 300 && status < 400 && 'location' in headers) {
        controller.abort(new Error(`it answers ${status} and sends us elsewhere, which is not followed`));
        return;
      }
      handler.onResponseStart?.(controller, status, headers, ...more);
    },
    onResponseData: (...heard) => handler.onResponseData?.(...heard),
    onResponseEnd: (...heard) => handler.onResponseEnd?.(...heard),
    onResponseError: (...heard) => handler.onResponseError?.(...heard),
    ...(handler.onBodySent && { onBodySent: handler.onBodySent.bind(handler) }),
    ...(handler.onRequestSent && { onRequestSent: handler.onRequestSent.bind(handler) }),
  };
}
