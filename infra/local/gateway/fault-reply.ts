import type { FaultEffect } from './faults.ts';
import { faultReply, type Protocol } from './protocol.ts';
import { AwsFault, type AwsReply } from './service.ts';

/** Services whose own name for "too many requests" differs from their protocol's usual one. */
const THROTTLES: Readonly<Record<string, { code: string; status: number }>> = {
  dynamodb: { code: 'ProvisionedThroughputExceededException', status: 400 },
  lambda: { code: 'TooManyRequestsException', status: 429 },
  s3: { code: 'SlowDown', status: 503 },
};

/** The answer that an ordered fault gives instead of the service, or undefined when the fault answers nothing. */
export function effectReply(service: string, protocol: Protocol, effect: FaultEffect): AwsReply | undefined {
  const fault = effectFault(service, protocol, effect);
  return fault && faultReply(protocol, fault);
}

function effectFault(service: string, protocol: Protocol, effect: FaultEffect): AwsFault | undefined {
  const isJson = protocol === 'json' || protocol === 'rest-json';
  switch (effect.kind) {
    case 'throttle': {
      const usual = { code: isJson ? 'ThrottlingException' : 'Throttling', status: 400 };
      const { code, status } = THROTTLES[service] ?? usual;
      return new AwsFault(effect.code ?? code, 'Rate exceeded (ordered fault)', status);
    }
    case 'error': {
      const internal = protocol === 's3' ? 'InternalError' : 'InternalFailure';
      const code = effect.status === 503 ? 'ServiceUnavailable' : internal;
      return new AwsFault(code, `Ordered fault with status ${effect.status}`, effect.status);
    }
    case 'deny': {
      const message = effect.message ?? 'User is not authorized to perform this action (ordered fault)';
      // The JSON services answer 400 here, the others 403.
      return new AwsFault(
        isJson ? 'AccessDeniedException' : 'AccessDenied',
        message,
        protocol === 'json' ? 400 : 403,
      );
    }
    case 'latency':
    case 'cut':
      return undefined;
  }
}
