import { S3Client } from '@aws-sdk/client-s3';

/** S3 clients of the stack's own services: past the gateway, so that neither its log nor its faults see them. */
export interface InternalS3 {
  client(region: string): S3Client;
  destroy(): void;
}

/** One client for each region, made when first asked for. */
export function internalS3(port: () => number): InternalS3 {
  const clients = new Map<string, S3Client>();
  return {
    client(region) {
      const known = clients.get(region);
      if (known) return known;
      const client = new S3Client({
        region,
        endpoint: `http://127.0.0.1:${port()}`,
        credentials: { accessKeyId: 'export.rds.amazonaws.com', secretAccessKey: 'local' },
      });
      clients.set(region, client);
      return client;
    },
    destroy() {
      for (const client of clients.values()) client.destroy();
      clients.clear();
    },
  };
}
