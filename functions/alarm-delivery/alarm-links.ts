import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page } from '../../shared/alarm/page.ts';
import { type Link, safeUrl } from './links.ts';

/** What people may open: the runbook, where it is a page, and the alarm in the console. */
export function linksOf({ alerts }: Page): Link[] {
  const [first] = alerts;
  if (!first) return [];
  return [
    ...link('Runbook', first.runbook),
    ...(first.source === 'cloudwatch' ? link('Alarm in CloudWatch', consoleUrl(first)) : []),
  ];
}

function link(text: string, address: string | null): Link[] {
  const url = address === null ? null : safeUrl(address);
  return url === null ? [] : [{ text, url }];
}

function consoleUrl({ region, name }: Alert): string {
  const host = region.startsWith('cn-')
    ? `${region}.console.amazonaws.cn`
    : region.startsWith('us-gov-')
      ? `${region}.console.amazonaws-us-gov.com`
      : `${region}.console.aws.amazon.com`;
  return `https://${host}/cloudwatch/home?region=${encodeURIComponent(region.toWellFormed())}#alarmsV2:alarm/${encodeURIComponent(name.toWellFormed())}`;
}
