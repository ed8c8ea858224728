import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AwsFault, AwsReply } from './service.ts';

/** The wire formats of the services that the stack knows; they differ in how an error is written. */
export type Protocol = 'query' | 'json' | 'rest-json' | 's3';

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  rds: 'query',
  sns: 'query',
  sts: 'query',
  s3: 's3',
  lambda: 'rest-json',
  dynamodb: 'json',
  monitoring: 'json',
  secretsmanager: 'json',
  sqs: 'json',
};

/** The protocol of a service; of one that is not known here, as its request looks. */
export function protocolOf(service: string, headers: IncomingHttpHeaders): Protocol {
  const known = PROTOCOLS[service];
  if (known) return known;
  if (headers['x-amz-target'] !== undefined) return 'json';
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith('application/x-www-form-urlencoded')) return 'query';
  return contentType.includes('json') ? 'rest-json' : 's3';
}

/** Writes an error as the protocol does, such that the SDK gives `code` as `err.name`. */
export function faultReply(protocol: Protocol, { code, message, status }: AwsFault): AwsReply {
  const requestId = randomUUID();
  switch (protocol) {
    case 'query':
      return xml(
        status,
        requestId,
        `<ErrorResponse><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(code)}</Code>` +
          `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case 's3':
      return xml(
        status,
        requestId,
        `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>` +
          `<RequestId>${requestId}</RequestId></Error>`,
      );
    case 'json':
      return json(status, requestId, { __type: code, message }, 'application/x-amz-json-1.0');
    case 'rest-json':
      return json(status, requestId, { Message: message, message }, 'application/json', code);
  }
}

function xml(status: number, requestId: string, body: string): AwsReply {
  const headers = {
    'content-type': 'text/xml',
    'x-amzn-requestid': requestId,
    'x-amz-request-id': requestId,
  };
  return { status, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

function json(
  status: number,
  requestId: string,
  body: object,
  contentType: string,
  errorType?: string,
): AwsReply {
  const headers: Record<string, string> = { 'content-type': contentType, 'x-amzn-requestid': requestId };
  if (errorType) headers['x-amzn-errortype'] = errorType;
  return { status, headers, body: JSON.stringify(body) };
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => XML_ENTITIES[character] ?? character);
}
