import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page } from '../../shared/alarm/page.ts';

/** SNS takes 256 KB with the attributes, and refuses what is larger whole. */
const mostBytes = 200_000;

/** The page without what people can do without, as far as it must be: it leaves in any case. */
export function fitPage(page: Page): Page {
  if (sizeOf(page) <= mostBytes) return page;
  return [withoutChildren, withoutDatabase, withoutContext, withFewAlerts].reduce(
    (found, shorten) => (sizeOf(found) <= mostBytes ? found : shorten(found)),
    page,
  );
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function withoutChildren(page: Page): Page {
  return { ...page, alerts: page.alerts.map((alert) => ({ ...alert, children: [] })) };
}

function withoutDatabase(page: Page): Page {
  const { context } = page;
  if (!context?.database) return page;
  const missing = [...context.missing, 'what the database is doing (too long)'];
  return { ...page, context: { ...context, database: null, missing } };
}

function withoutContext(page: Page): Page {
  return { ...page, context: null };
}

/** As many as there is room for, the worst first; the counts say how many there are. */
function withFewAlerts(page: Page): Page {
  const alerts: Alert[] = [];
  let room = mostBytes - sizeOf({ ...page, alerts: [] });
  for (const alert of page.alerts) {
    room -= sizeOf(alert) + 1;
    if (room < 0) break;
    alerts.push(alert);
  }
  return { ...page, alerts };
}
