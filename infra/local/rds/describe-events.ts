import type { Action } from './context.ts';
import type { RdsEvent } from './events.ts';
import { paginate } from './wire/pagination.ts';

const sourceTypes = { 'db-instance': 'DB_INSTANCE', 'db-snapshot': 'SNAPSHOT' } as const;
const usualMinutes = 60;

/** What was told in a region within the last hour, or so many minutes as are asked for; oldest first. */
export const describeEvents: Action = (rds, { region, form }) => {
  const from = Date.now() - (form.integer('Duration') ?? usualMinutes) * 60_000;
  const source = form.text('SourceIdentifier');
  const type = form.text('SourceType');
  const found = rds.told.filter(
    (event) =>
      event.region === region &&
      Date.parse(event.detail.Date) >= from &&
      (!source || event.detail.SourceIdentifier === source) &&
      (!type || sourceTypes[type as keyof typeof sourceTypes] === event.detail.SourceType),
  );
  const page = paginate(found, form, ({ detail, id }) => `${detail.Date} ${id}`);
  return { Events: page.items.map(eventFields), Marker: page.marker };
};

function eventFields({ detail }: RdsEvent) {
  return {
    SourceIdentifier: detail.SourceIdentifier,
    SourceType: detail.SourceType === 'SNAPSHOT' ? 'db-snapshot' : 'db-instance',
    Message: detail.Message,
    EventCategories: [...detail.EventCategories],
    Date: detail.Date,
    SourceArn: detail.SourceArn,
  };
}
